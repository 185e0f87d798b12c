def find(items, wanted):
    position = -1
    for i, item in enumerate(items):
        try:
            if item == wanted:
                position = i
                break
        finally:
            print("checked", item)
    return position


print(find("abc", "b"))
