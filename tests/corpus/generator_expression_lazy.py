log = []


def noisy(n):
    log.append(n)
    return n * 2


lazy = (noisy(n) for n in range(4))
first = next(lazy)
rest = list(lazy)
print(first, rest, log)
