def middle(x):
    print("asked")
    return x


for value in (1, 5, 12):
    inside = 0 < middle(value) <= 10 != 5
    print(value, inside)
print(1 < 3 > 2, 1 == 1.0 == True)
