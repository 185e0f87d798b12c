def parse(text):
    try:
        try:
            return int(text)
        except ValueError:
            return float(text)
    except ValueError as error:
        return f"{type(error).__name__}: {error}"


for text in ("3", "2.5", "x"):
    print(parse(text))
