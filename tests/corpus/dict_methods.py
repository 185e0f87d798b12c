stock = {"apples": 3, "pears": 0}
stock.update(plums=7)
stock["apples"] -= 1
missing = stock.get("kiwis", 0)
removed = stock.pop("pears")
stock.setdefault("figs", []).append("ripe")
merged = {**stock, "apples": 10} | {"limes": 1}
for fruit, amount in sorted(merged.items()):
    print(fruit, amount)
print(missing, removed, "plums" in stock, list(stock))
