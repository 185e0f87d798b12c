from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


def describe(value):
    match value:
        case Point(x=0, y=0):
            return "origin"
        case Point(x=0, y=y):
            return f"on the axis at {y}"
        case {"kind": "circle", "r": radius, **rest}:
            return f"circle {radius} {rest}"
        case [1, [2, _], *_]:
            return "nested"
        case int(n) | float(n) if n > 100:
            return "big"
        case None | True:
            return "constant"
        case str():
            return "text"
    return "unknown"


samples = [Point(0, 0), Point(0, 3), {"kind": "circle", "r": 2, "c": "red"}, [1, [2, 9], 3], 101.5, None, "s", 7]
for sample in samples:
    print(describe(sample))
