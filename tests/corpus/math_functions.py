import math


def quadratic(a, b, c):
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return ()
    root = math.sqrt(discriminant)
    return ((-b + root) / (2 * a), (-b - root) / (2 * a))


print(quadratic(1, -3, 2), quadratic(1, 0, 1))
print(math.hypot(3, 4), math.comb(5, 2), math.isclose(0.1 + 0.2, 0.3))
print(math.floor(-2.5), math.ceil(2.1), round(2.675, 2), divmod(-7, 3))
