def adder(n):
    def add(x):
        return x + n
    return add


adders = {n: adder(n) for n in (1, 10)}
for n, add in adders.items():
    print(n, add(5))
