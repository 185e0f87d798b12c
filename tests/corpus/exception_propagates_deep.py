def level3(n):
    return 10 // n


def level2(n):
    value = level3(n)
    return value + 1


def level1(n):
    try:
        return level2(n)
    except ZeroDivisionError:
        return -1


print(level1(5), level1(0))
