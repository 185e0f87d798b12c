words = ["apple", "bob", "cat", "apple"]
lengths = {word: len(word) for word in words}
initials = {word[0] for word in words}
inverted = {length: word for word, length in lengths.items()}
print(lengths, sorted(initials), inverted)
