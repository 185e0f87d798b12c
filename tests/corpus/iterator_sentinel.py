values = iter([1, 2, 0, 3])


def read():
    return next(values)


for value in iter(read, 0):
    print("got", value)
print(list(values))
