people = [("Zed", 30), ("amy", 25), ("Bob", 30)]
by_age = sorted(people, key=lambda p: (-p[1], p[0].lower()))
youngest = min(people, key=lambda p: p[1])
people.sort(key=lambda p: p[0].lower())
print(by_age, youngest, people)
