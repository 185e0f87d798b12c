pipeline = [
    lambda text: text.strip(),
    lambda text: text.replace(
        "-", " "
    ),
    str.title,
]
value = "  hello-world "
for stage in pipeline:
    value = stage(value)
print(value)
