import re

TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<op>[-+*/()=]))")


def tokenize(text):
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise SyntaxError(f"unexpected {text[position]!r} at {position}")
        yield match.lastgroup, match.group(match.lastgroup)
        position = match.end()


print(list(tokenize("x = 3.5*(y+2)")))
try:
    list(tokenize("a $ b"))
except SyntaxError as error:
    print(error)
