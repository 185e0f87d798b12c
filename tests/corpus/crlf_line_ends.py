"""Every line of this file ends in CR LF."""
text = "a\r\nb"
lines = text.splitlines()


def count(words):
    total = 0
    for word in words:
        total += len(word)
    return total


block = """one
two"""
print(count(lines), len(block))
