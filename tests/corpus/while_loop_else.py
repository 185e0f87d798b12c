def search(limit, target):
    n = 1
    while n < limit:
        if n * n == target:
            print("found", n)
            break
        n += 1
    else:
        print("no root of", target)
    return n


print(search(6, 16), search(4, 5))
