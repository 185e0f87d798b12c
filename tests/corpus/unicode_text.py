grüße = "Grüße"
名前 = "東京"
emoji = "👩‍👩‍👧 ok 🎉"


def länge(текст):
    return len(текст), len(текст.encode("utf-8"))


for text in (grüße, 名前, emoji):
    print(text, länge(text), text[::-1] if text.isalpha() else text.upper())
print("naïve".casefold(), "ß".upper(), "\N{SNOWMAN}", ascii("é"))
