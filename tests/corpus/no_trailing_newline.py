def halve(n):
    return n / 2


value = 10
while value > 3:
    value = halve(value)
print(value)