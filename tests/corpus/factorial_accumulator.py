def factorial(n, acc=1):
    if n == 0:
        return acc
    return factorial(n - 1, acc * n)


for n in (0, 1, 5, 20):
    print(n, factorial(n))
