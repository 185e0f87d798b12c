def first(n):
    total = 0
    for i in range(n):
        total += i
    return total


def second(n):
    total = 0
    for i in range(n):
        total += i
    return total


print(first(3))
print(second(3))
print(first(3))
