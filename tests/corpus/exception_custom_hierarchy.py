class AppError(Exception):
    code = 1


class NotFound(AppError):
    code = 404


class Denied(AppError):
    code = 403


def handle(error):
    try:
        raise error
    except NotFound as e:
        return "missing", e.code
    except (Denied, PermissionError) as e:
        return "denied", getattr(e, "code", None)
    except AppError as e:
        return "other", e.code


for error in (NotFound(), Denied(), PermissionError(), AppError()):
    print(handle(error))
