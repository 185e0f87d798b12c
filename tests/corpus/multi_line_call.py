def report(title, *rows, width):
    lines = [title.center(width)]
    for row in rows:
        lines.append(str(row).rjust(width))
    return lines


text = "\n".join(
    report(
        "numbers",
        1 + 2,
        len(
            "four"
        ),
        width=max(
            8,
            10,
        ),
    )
)
print(text)
