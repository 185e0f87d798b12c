from collections import Counter, defaultdict, deque

graph = defaultdict(list)
for a, b in [(1, 2), (1, 3), (2, 3)]:
    graph[a].append(b)
ring = deque(range(4), maxlen=4)
ring.rotate(1)
ring.append("new")
letters = Counter("mississippi")
letters.subtract("miss")
print(dict(graph), list(ring), letters.most_common(1))
