SOURCE = """
[server]
host = local
port=80
; comment
[client]
name = x
"""


def parse(text):
    sections, current = {}, None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split(";")[0].strip()
        if not line:
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], {})
        elif "=" in line and current is not None:
            key, _, value = line.partition("=")
            current[key.strip()] = int(value) if value.strip().isdigit() else value.strip()
        else:
            raise ValueError(f"line {number}: {raw!r}")
    return sections


print(parse(SOURCE))
try:
    parse("oops")
except ValueError as error:
    print(error)
