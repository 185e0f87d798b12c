a = {1, 2, 3}
b = frozenset([3, 4])
union = a | b
common = a & b
a.add(10)
a.discard(99)
a -= {1}
difference = a ^ b
print(sorted(union), common, sorted(difference), {2, 3} <= a)
