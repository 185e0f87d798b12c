ROUTES = []


def route(pattern):
    parts = pattern.strip("/").split("/")

    def register(handler):
        ROUTES.append((parts, handler))
        return handler
    return register


@route("/users/<id>")
def user(id):
    return f"user {id}"


@route("/")
def home():
    return "home"


def dispatch(path):
    given = path.strip("/").split("/")
    for parts, handler in ROUTES:
        if len(parts) != len(given):
            continue
        params = {}
        for part, text in zip(parts, given):
            if part.startswith("<"):
                params[part[1:-1]] = text
            elif part != text:
                break
        else:
            return handler(**params)
    return "404"


print([dispatch(p) for p in ("/users/7", "/", "/nope/x/y")])
