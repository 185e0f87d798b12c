def area(width, height, /, *, scale=1):
    return width * height * scale


print(area(2, 3), area(2, 3, scale=10))
try:
    area(width=1, height=2)
except TypeError as error:
    print("TypeError:", str(error)[:20])
