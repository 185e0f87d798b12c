x = [1, 2, 3]
y = x
del x
del y[0]
table = {"a": 1, "b": 2}
del table["a"]


class Box:
    pass


box = Box()
box.value = 5
del box.value
print(y, table, hasattr(box, "value"))
try:
    x
except NameError as error:
    print(error)
