def apply_twice(function, value):
    return function(function(value))


def on_event(name, handlers):
    return [handler(name) for handler in handlers]


print(apply_twice(lambda x: x + 3, 1))
print(apply_twice(str.upper, "a"))
print(on_event("click", [len, lambda n: n[::-1]]))
