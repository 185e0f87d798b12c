x = 1
x = x + 1
x = x + 1
print(x)
x = x + 1
print(x)


def step(x):
    x = x + 1
    x = x + 1
    return x


x = step(x)
x = step(x)
print(x)
