names = ["a", "b", "c"]
scores = (90, 70)
for place, (name, score) in enumerate(zip(names, scores), start=1):
    print(place, name, score)
print(any(s > 80 for s in scores), all(s > 80 for s in scores))
print(list(zip(*[(1, "x"), (2, "y")])), dict(zip(names, scores)), list(reversed(names)))
