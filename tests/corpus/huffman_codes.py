import heapq
from collections import Counter


def codes(text):
    heap = [(count, letter) for letter, count in Counter(text).items()]
    heapq.heapify(heap)
    while len(heap) > 1:
        low, high = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (low[0] + high[0], low[1] + high[1]))
        for letter in low[1]:
            table[letter] = "0" + table.get(letter, "")
        for letter in high[1]:
            table[letter] = "1" + table.get(letter, "")
    return table


table = {}
codes("abracadabra")
print(dict(sorted(table.items())))
