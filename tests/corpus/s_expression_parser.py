def read(tokens):
    token = tokens.pop(0)
    if token == "(":
        items = []
        while tokens[0] != ")":
            items.append(read(tokens))
        tokens.pop(0)
        return items
    try:
        return int(token)
    except ValueError:
        return token


def evaluate(tree, env):
    if isinstance(tree, str):
        return env[tree]
    if isinstance(tree, int):
        return tree
    function, *args = [evaluate(part, env) for part in tree]
    return function(*args)


source = "(+ 1 (* x 3))"
tree = read(source.replace("(", "( ").replace(")", " )").split())
env = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "x": 4}
print(tree, evaluate(tree, env))
