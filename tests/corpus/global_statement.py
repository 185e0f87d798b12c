counter = 0
history = []


def bump():
    global counter
    counter += 1
    history.append(counter)


def define():
    global created
    created = "later"


bump()
bump()
define()
print(counter, history, created)
