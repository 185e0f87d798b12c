def append(item, target=[]):
    target.append(item)
    return target


def safe(item, target=None):
    if target is None:
        target = []
    target.append(item)
    return target


append(1)
print(append(2), safe(1), safe(2))
print(append.__defaults__)
