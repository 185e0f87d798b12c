class Subject:
    def __init__(self):
        self._observers = []

    def subscribe(self, callback):
        self._observers.append(callback)
        return lambda: self._observers.remove(callback)

    def notify(self, *event):
        for callback in list(self._observers):
            callback(*event)


seen = []
subject = Subject()
unsubscribe = subject.subscribe(lambda kind, value: seen.append((kind, value)))
subject.subscribe(print)
subject.notify("set", 1)
unsubscribe()
subject.notify("set", 2)
print(seen)
