def transpose(matrix):
    return [list(row) for row in zip(*matrix)]


def multiply(a, b):
    columns = transpose(b)
    return [
        [sum(x * y for x, y in zip(row, column)) for column in columns]
        for row in a
    ]


identity = [[1 if i == j else 0 for j in range(2)] for i in range(2)]
matrix = [[1, 2], [3, 4]]
print(multiply(matrix, identity) == matrix)
print(multiply(matrix, transpose(matrix)))
