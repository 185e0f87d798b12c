class Managed:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("open", self.name)
        return self.name.upper()

    def __exit__(self, kind, error, traceback):
        print("close", self.name, kind.__name__ if kind else None)
        return kind is KeyError


with Managed("a") as a, Managed("b") as b:
    print(a, b)
with Managed("c"):
    raise KeyError("swallowed")
print("after")
