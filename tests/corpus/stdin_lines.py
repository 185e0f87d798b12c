import sys

total = 0
for line in sys.stdin:
    total += len(line)
rest = sys.stdin.read()
print(total, repr(rest))
