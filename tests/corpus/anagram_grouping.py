words = ["listen", "silent", "enlist", "google", "elgoog", "abc"]
groups = {}
for word in words:
    key = "".join(sorted(word))
    groups.setdefault(key, []).append(word)
for key, members in groups.items():
    if len(members) > 1:
        print(key, members)
