def invert(n):
    return 1 / n


try:
    values = [invert(n) for n in (2, 1, 0, 4)]
except ZeroDivisionError as error:
    values = str(error)
print(values)
