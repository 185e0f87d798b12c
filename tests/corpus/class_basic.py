class Rectangle:
    """A box with sides."""

    sides = 4
    created = []

    def __init__(self, width, height):
        self.width = width
        self.height = height
        Rectangle.created.append((width, height))

    def area(self):
        return self.width * self.height

    def scaled(self, factor):
        return Rectangle(self.width * factor, self.height * factor)


small = Rectangle(2, 3)
large = small.scaled(2)
print(small.area(), large.area(), Rectangle.created, large.sides)
