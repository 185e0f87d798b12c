from contextlib import contextmanager, suppress


@contextmanager
def tag(name):
    print(f"<{name}>")
    try:
        yield name
    finally:
        print(f"</{name}>")


with tag("p") as name:
    print("text in", name)
with suppress(ZeroDivisionError):
    1 / 0
try:
    with tag("b"):
        raise ValueError("inside")
except ValueError as error:
    print(error)
