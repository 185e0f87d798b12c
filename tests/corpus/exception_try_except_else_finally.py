def divide(a, b):
    try:
        result = a / b
    except ZeroDivisionError:
        print("division by zero")
        result = None
    else:
        print("fine")
    finally:
        print("done")
    return result


print(divide(6, 3))
print(divide(1, 0))
