people = [("Ann", 31), ("Bob", 17), ("Cy", 45)]
adults = [
    name.upper()
    for name, age in people
    if age >= 18
]
ages = {
    name: age
    for name, age in people
    if name != "Bob"
}
total = sum(
    age
    for _, age in people
)
print(adults, ages, total)
