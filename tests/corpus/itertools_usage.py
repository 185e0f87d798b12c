import itertools

counter = itertools.count(10, 5)
first = [next(counter) for _ in range(3)]
pairs = list(itertools.combinations("abc", 2))
chained = list(itertools.chain([1], (2, 3)))
products = ["".join(p) for p in itertools.product("xy", repeat=2)]
running = list(itertools.accumulate([1, 2, 3], lambda a, b: a * b))
head = list(itertools.takewhile(lambda n: n < 3, [1, 2, 3, 1]))
counter = None
print(first, pairs, chained, products, running, head)
