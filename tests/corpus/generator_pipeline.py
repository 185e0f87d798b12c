def numbers(limit):
    for n in range(limit):
        yield n


def evens(source):
    for n in source:
        if n % 2 == 0:
            yield n


def squares(source):
    return (n * n for n in source)


print(sum(squares(evens(numbers(5)))))
