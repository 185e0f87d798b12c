first, *middle, last = [1, 2, 3, 4]
(a, b), c = (5, 6), 7
a, b = b, a
[x, [y, *z]] = "p", "qrs"
for name, (low, high) in {"t": (1, 9)}.items():
    span = high - low
print(first, middle, last, a, b, c, x, y, z, name, span)
