def run(tasks):
    errors = []
    for task in tasks:
        try:
            task()
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("some failed", errors)


try:
    run([lambda: 1 / 0, lambda: int("x"), lambda: None])
except* ZeroDivisionError as group:
    print("math:", group.exceptions)
except* ValueError as group:
    print("value:", len(group.exceptions))
