def box(text, border="#"):
    line = border * (len(text) + 4)
    return f"{line}\n{border} {text} {border}\n{line}"


message = box("hi")
for line in message.split("\n"):
    print(line)
