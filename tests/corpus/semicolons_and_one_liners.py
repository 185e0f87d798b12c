x = 1; y = 2; x += y
if x > 2: print("big"); y = 0
for i in range(3): y += i
while y > 2: y -= 1


def f(a): return a * 2
class C: value = 3


print(f(x), y, C.value, (lambda: 7)())
