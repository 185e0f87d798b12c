COMMANDS = {}


def command(name):
    def register(function):
        COMMANDS[name] = function
        return function
    return register


@command("up")
@command("north")
def go_up(y):
    return y + 1


@command("down")
def go_down(y):
    return y - 1


y = 0
for word in "up up down north".split():
    y = COMMANDS[word](y)
print(y, sorted(COMMANDS))
