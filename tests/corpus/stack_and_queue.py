class Stack:
    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)

    def pop(self):
        if not self._items:
            raise IndexError("pop from an empty stack")
        return self._items.pop()

    def __len__(self):
        return len(self._items)


class Queue(Stack):
    def pop(self):
        return self._items.pop(0)


for kind in (Stack, Queue):
    box = kind()
    for word in ("a", "b", "c"):
        box.push(word)
    out = [box.pop(), box.pop()]
    print(kind.__name__, out, len(box))
try:
    Stack().pop()
except IndexError as error:
    print(error)
