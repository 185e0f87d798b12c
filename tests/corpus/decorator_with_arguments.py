import functools


def repeat(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            results = []
            for _ in range(times):
                results.append(function(*args))
            return results
        return wrapper
    return decorate


@repeat(times=2)
def greet(name):
    """Says hello."""
    return f"hello {name}"


print(greet("Bo"), greet.__name__, greet.__doc__)
