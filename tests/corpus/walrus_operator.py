data = [4, 8, 15, 16, 23]
if (count := len(data)) > 3:
    print(f"{count} items")
position = 0
while (value := data[position]) < 16:
    position += 1
print(value, position)
filtered = [y for x in data if (y := x * 2) > 20]
print(filtered, y)
