inventory = {}
ledger = []


def record(action, item, amount):
    ledger.append({"action": action, "item": item, "amount": amount})


def add(item, amount=1):
    inventory[item] = inventory.get(item, 0) + amount
    record("add", item, amount)


def remove(item, amount=1):
    if inventory.get(item, 0) < amount:
        record("refuse", item, amount)
        return False
    inventory[item] -= amount
    if not inventory[item]:
        del inventory[item]
    record("remove", item, amount)
    return True


add("bolt", 10)
add("nut")
print(remove("nut"), remove("nut"), remove("bolt", 4))
print(inventory, [entry["action"] for entry in ledger])
