class Base:
    def hello(self):
        return ["base"]


class Left(Base):
    def hello(self):
        return ["left"] + super().hello()


class Right(Base):
    def hello(self):
        return ["right"] + super().hello()


class Both(Left, Right):
    def hello(self):
        return ["both"] + super().hello()


print(Both().hello(), [c.__name__ for c in Both.__mro__])
