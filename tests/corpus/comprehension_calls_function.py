def clean(word):
    word = word.strip()
    return word.lower()


def keep(word):
    return len(word) > 1


words = [clean(w) for w in (" A ", "Bee", " SEA") if keep(w.strip())]
print(words)
