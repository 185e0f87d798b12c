def inner():
    received = yield 1
    print("inner got", received)
    return "result"


def outer():
    value = yield from inner()
    print("outer has", value)
    yield 2


g = outer()
print(next(g))
print(g.send("hello"))
print(next(g, "exhausted"))
