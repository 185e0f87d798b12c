from functools import cache, lru_cache, partial, reduce, singledispatch


@lru_cache(maxsize=None)
def climb(n):
    return 1 if n < 2 else climb(n - 1) + climb(n - 2)


@cache
def slow(n):
    return n * 100


@singledispatch
def show(value):
    return f"thing {value}"


@show.register
def _(value: int):
    return f"int {value}"


print(climb(6), slow(2), slow(2), climb.cache_info().hits)
print(reduce(lambda a, b: a + b, [1, 2, 3], 10), partial(pow, 2)(5))
print(show("a"), show(1))
