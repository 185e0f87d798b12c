

# a comment before any code


def f(x):

    # a comment inside

    return x + 1


print(f(1))


