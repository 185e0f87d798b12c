def risky():
    raise OSError(5, "device")


def logged():
    try:
        risky()
    except OSError:
        print("logging")
        raise


try:
    logged()
except OSError as error:
    print(error.errno, error.strerror)
