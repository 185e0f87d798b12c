class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __del__(self):
        print("gone", self.x)


p = Point(1, 2)
try:
    p.z = 3
except AttributeError:
    print("no such slot")
p = None
print("end")
