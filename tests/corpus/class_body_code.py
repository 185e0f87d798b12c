class Config:
    names = []
    for letter in "ab":
        names.append(letter * 2)
    size = len(names)
    if size > 1:
        mode = "many"
    else:
        mode = "one"
    del letter

    class Inner:
        depth = 2
        doubled = [n * 2 for n in range(depth)]


print(Config.names, Config.mode, Config.Inner.doubled)
