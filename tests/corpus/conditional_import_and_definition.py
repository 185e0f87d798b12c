import sys

if sys.maxsize > 2**31:
    def width():
        return 64
else:
    def width():
        return 32

try:
    from math import prod
except ImportError:
    prod = None
print(width(), prod([2, 3, 4]))
