import heapq

ROADS = {"a": {"b": 7, "c": 3}, "b": {"d": 2}, "c": {"b": 1, "d": 8}, "d": {}}


def distances(start):
    best = {start: 0}
    queue = [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if cost > best[node]:
            continue
        for other, length in ROADS[node].items():
            new = cost + length
            if new < best.get(other, float("inf")):
                best[other] = new
                heapq.heappush(queue, (new, other))
    return best


print(distances("a"))
