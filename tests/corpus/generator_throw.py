def worker():
    done = []
    while True:
        try:
            item = yield len(done)
            done.append(item)
        except KeyError as error:
            print("skipped", error)
        finally:
            print("tick", done)


w = worker()
next(w)
w.send("a")
print(w.throw(KeyError("b")))
w.send("c")
w.close()
