name = "nobody"
try:
    name = input("name? ")
    age = int(input("age? "))
except EOFError:
    print("no input")
    age = 0
print(name, age)
