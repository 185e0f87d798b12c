def describe(n):
    sign = "negative" if n < 0 else "zero" if n == 0 else "positive"
    parity = n % 2 and "odd" or "even"
    return f"{sign} {parity}"


for n in (-3, 0, 4):
    print(n, describe(n))
name = "" or None or "default"
flag = not name and 1
print(name, flag)
