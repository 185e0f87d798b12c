from enum import Enum, Flag, auto


class Color(Enum):
    RED = 1
    GREEN = 2

    @property
    def code(self):
        return self.name[0].lower()


class Mode(Flag):
    READ = auto()
    WRITE = auto()


mode = Mode.READ | Mode.WRITE
for color in Color:
    print(color.name, color.value, color.code)
print(Color(2), Color["RED"] is Color.RED, Mode.READ in mode)
