def cleanup(log):
    log.append("cleanup")
    raise RuntimeError("cleanup failed")


def run():
    log = []
    try:
        try:
            raise ValueError("first")
        finally:
            cleanup(log)
    except RuntimeError as error:
        log.append(type(error.__context__).__name__)
    return log


print(run())
