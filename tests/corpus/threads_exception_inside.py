import queue
import threading

results = queue.Queue()


def divide(a, b):
    return a / b


def work(pairs):
    for a, b in pairs:
        try:
            results.put(divide(a, b))
        except ZeroDivisionError as error:
            results.put(str(error))


def start(*pairs):
    threading.Thread(target=work, args=(pairs,)).start()


start((6, 3), (1, 0))
for _ in range(2):
    print(results.get())
try:
    print(divide(1, 0))
except ZeroDivisionError:
    print("main too")
