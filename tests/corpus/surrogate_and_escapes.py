tricky = ["\ud800", "tab\there", "nul\x00", "quote'\"", "back\\slash", "\x7f\u2028", "\U0001f600"]
lengths = []
for text in tricky:
    lengths.append(len(repr(text)))
print(lengths)
