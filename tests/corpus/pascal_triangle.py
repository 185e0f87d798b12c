def rows(count):
    row = [1]
    for _ in range(count):
        yield row
        row = [a + b for a, b in zip([0] + row, row + [0])]


for row in rows(5):
    print(" ".join(map(str, row)).center(12).rstrip())
