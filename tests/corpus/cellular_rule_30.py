cells = [0] * 4 + [1] + [0] * 4
for _ in range(4):
    print("".join(".#"[c] for c in cells))
    padded = [0, *cells, 0]
    cells = [
        padded[i - 1] ^ (padded[i] | padded[i + 1])
        for i in range(1, len(padded) - 1)
    ]
