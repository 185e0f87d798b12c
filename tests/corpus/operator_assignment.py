x = 10
x += 5
x -= 3
x *= 2
x /= 4
x //= 1
x **= 2
x %= 7
values = [1, 2]
alias = values
values += [3]
values *= 2
matrix = [[0] * 2] * 2
matrix[0][1] += 9
print(x, alias, matrix)
