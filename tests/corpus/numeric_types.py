values = [1, 2.0, 3 + 4j, True, 1e100, float("inf"), -0.0, 10**30]
kinds = []
for value in values:
    kinds.append(type(value).__name__)
total = sum(values[:4])
nan = float("nan")
print(kinds, total, nan == nan, 7 // -2, 7 % -2, 2 ** -1, 0.1 + 0.2)
