values = [1, 2, 3, 4]
count = 0
for value in values:
    if value % 2:
        count += 1
    else:
        count += 1
    if value > 2:
        count += 1
    else:
        pass
print(count)
print(count)
