table = str.maketrans("aeiou", "43102", "!")
text = "hello there, friends!"
print(text.translate(table))
vowels = sum(1 for c in text if c in "aeiou")
acronym = "".join(word[0].upper() for word in text.split())
print(vowels, acronym, text.title(), text.expandtabs())
