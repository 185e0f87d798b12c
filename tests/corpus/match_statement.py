def run(command):
    match command.split():
        case ["go", ("north" | "south") as direction]:
            return f"walk {direction}"
        case ["take", item, *more] if item != "all":
            return f"take {item} and {len(more)} more"
        case [single]:
            return f"just {single}"
        case _:
            return "what?"


for text in ("go north", "take lamp box", "look", "take all", "go up now"):
    print(run(text))
