import queue
import threading

jobs = queue.Queue()
results = queue.Queue()


def work():
    while (job := jobs.get()) is not None:
        name, n = job
        total = 0
        for i in range(n):
            total += i
        results.put((name, total))


def start():
    threading.Thread(target=work).start()


start()
for job in (("a", 3), ("b", 5)):
    jobs.put(job)
    print(results.get())
jobs.put(None)
