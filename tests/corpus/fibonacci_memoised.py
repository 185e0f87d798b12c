cache = {}


def fib(n):
    if n in cache:
        return cache[n]
    value = n if n < 2 else fib(n - 1) + fib(n - 2)
    cache[n] = value
    return value


print(fib(12))
print(sorted(cache.items())[-1])
