def outer(x):
    def middle(y):
        def inner(z):
            return x + y + z
        return inner(y) + x
    total = 0
    for y in (1, 2):
        total += middle(y)
    return total


print(outer(10))
