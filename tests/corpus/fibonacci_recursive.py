def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


results = []
for n in range(6):
    results.append(fib(n))
print(results)
