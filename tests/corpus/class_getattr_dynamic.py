class Recorder:
    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def method(*args):
            self.calls.append((name, args))
            return self

        return method


r = Recorder()
r.open("f").write("x", 2).close()
print(r.calls, hasattr(r, "_private"))
