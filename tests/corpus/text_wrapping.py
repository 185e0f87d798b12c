def wrap(text, width):
    lines, line = [], ""
    for word in text.split():
        candidate = f"{line} {word}".strip()
        if len(candidate) > width and line:
            lines.append(line)
            line = word
        else:
            line = candidate
    if line:
        lines.append(line)
    return lines


text = "The quick brown fox jumps over the lazy dog and runs away"
for number, line in enumerate(wrap(text, 16), start=1):
    print(f"{number:>2}: {line:<16}|")
