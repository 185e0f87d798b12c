class Circle:
    def __init__(self, radius):
        self.radius = radius

    @property
    def radius(self):
        return self._radius

    @radius.setter
    def radius(self, value):
        if value < 0:
            raise ValueError("negative radius")
        self._radius = value

    @property
    def diameter(self):
        return 2 * self.radius


circle = Circle(2)
circle.radius += 1
print(circle.diameter)
try:
    circle.radius = -1
except ValueError as error:
    print(error, circle.radius)
