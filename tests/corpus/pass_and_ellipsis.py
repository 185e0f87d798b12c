class Empty:
    pass


def todo():
    ...


for _ in range(2):
    pass
if not todo():
    pass
else:
    print("unreachable")
print(todo(), Empty.__name__, ...)
