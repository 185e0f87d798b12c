class Temperature:
    scale = "C"

    def __init__(self, degrees):
        self.degrees = degrees

    @classmethod
    def from_fahrenheit(cls, f):
        return cls(cls.convert(f))

    @staticmethod
    def convert(f):
        return round((f - 32) * 5 / 9, 1)


t = Temperature.from_fahrenheit(212)
print(t.degrees, Temperature.convert(32), t.scale)
