def trace(function):
    def wrapper(*args, **kwargs):
        print("enter", function.__name__, args, kwargs)
        result = function(*args, **kwargs)
        print("leave", result)
        return result
    return wrapper


@trace
def add(a, b=2):
    return a + b


add(1)
add(1, b=5)
