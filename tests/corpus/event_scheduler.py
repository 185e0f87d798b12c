import heapq

events = []
for when, name in [(5, "lunch"), (1, "wake"), (3, "work"), (3, "call")]:
    heapq.heappush(events, (when, name))
clock = 0
while events:
    when, name = heapq.heappop(events)
    waited, clock = when - clock, when
    print(f"t={clock} {name} after {waited}")
