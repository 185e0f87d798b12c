from collections import Counter

text = """the cat sat on the mat
the cat ran"""
counts = Counter()
for line in text.splitlines():
    counts.update(line.split())
top = counts.most_common(2)
print(top, counts["dog"], sum(counts.values()))
del counts["the"]
print(max(counts, key=counts.get))
