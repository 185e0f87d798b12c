import unicodedata

words = ["café", "cafe\u0301", "ﬁn"]
for word in words:
    nfc = unicodedata.normalize("NFC", word)
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    print(len(word), len(nfc), plain)
