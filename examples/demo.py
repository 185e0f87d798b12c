# A call, a loop and an exception.


def half(n):
    if n % 2:
        raise ValueError(n)
    return n // 2


def halve_all(numbers):
    halves = []
    for n in numbers:
        try:
            halves.append(half(n))
        except ValueError:
            halves.append(None)
    return halves


result = halve_all([4, 7])
