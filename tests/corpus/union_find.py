parent = {n: n for n in range(6)}


def find(n):
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = parent[n]
    return n


def union(a, b):
    a, b = find(a), find(b)
    if a == b:
        return False
    parent[max(a, b)] = min(a, b)
    return True


merged = [union(a, b) for a, b in [(0, 1), (2, 3), (1, 3), (0, 2)]]
print(merged, len({find(n) for n in parent}))
