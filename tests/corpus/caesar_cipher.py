def shift(letter, by):
    if letter.isupper():
        base = ord("A")
    elif letter.islower():
        base = ord("a")
    else:
        return letter
    return chr((ord(letter) - base + by) % 26 + base)


def encrypt(text, key):
    return "".join(shift(letter, key) for letter in text)


secret = encrypt("Hello, World!", 3)
plain = encrypt(secret, -3)
print(secret, plain)
