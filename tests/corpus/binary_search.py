def search(items, target):
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        if items[middle] == target:
            return middle
        if items[middle] < target:
            low = middle + 1
        else:
            high = middle - 1
    return -1


data = [1, 3, 5, 7, 9, 11]
print([search(data, n) for n in (7, 1, 4)])
