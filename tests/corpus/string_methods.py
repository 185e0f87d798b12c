text = "  The Zen of Python, by Tim  "
words = text.strip().lower().split()
title = "-".join(word.capitalize() for word in words)
swapped = title.swapcase()
found = title.find("Zen"), title.count("e"), title.startswith("The")
before, separator, after = title.partition("-Of-")
print(title, swapped, found, before, after)
print("x".center(7, "*"), "42".zfill(5), "a,b,,c".split(","))
