from concurrent.futures import ThreadPoolExecutor


def square(n):
    return n * n


with ThreadPoolExecutor(max_workers=1) as pool:
    squares = list(pool.map(square, range(4)))
pool = None
print(squares, square(9))
