from itertools import groupby


def encode(text):
    return [(letter, len(list(run))) for letter, run in groupby(text)]


def decode(pairs):
    text = ""
    for letter, count in pairs:
        text += letter * count
    return text


packed = encode("aaabccd")
print(packed)
assert decode(packed) == "aaabccd"
