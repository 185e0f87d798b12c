def show(first, *rest, sep="-", **options):
    text = sep.join([first, *rest])
    for key in sorted(options):
        text += f" {key}={options[key]}"
    return text


args = ("b", "c")
settings = {"sep": "+", "x": 1}
print(show("a"))
print(show("a", *args, **settings))
print(show(*"xyz", y=2, **{"z": 3}))
