def make_counter(start=0):
    count = start

    def increment(by=1):
        nonlocal count
        count += by
        return count

    def reset():
        nonlocal count
        count = start

    return increment, reset


increment, reset = make_counter(10)
print(increment(), increment(5))
reset()
print(increment())
