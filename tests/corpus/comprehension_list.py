numbers = [3, -1, 4, -1, 5]
positive = [n for n in numbers if n > 0]
table = [[row * column for column in range(3)] for row in range(2)]
pairs = [(x, y) for x in "ab" for y in (1, 2) if (x, y) != ("a", 2)]
print(positive, table, pairs)
