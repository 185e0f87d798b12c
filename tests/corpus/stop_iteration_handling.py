items = iter("ab")
out = []
while True:
    try:
        out.append(next(items))
    except StopIteration:
        break


def leaky():
    yield next(iter([]))


try:
    list(leaky())
except RuntimeError as error:
    print(error)
print(out, next(items, None))
