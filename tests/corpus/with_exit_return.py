class Guard:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        print("released", details[0])


def locked(n):
    with Guard():
        if n:
            return n * 2
        print("nothing")
    return 0


print(locked(4), locked(0))
