letters = list("abcdefgh")
print(letters[2:5], letters[-3:], letters[::-2], letters[:])
letters[1:3] = ["X", "Y", "Z"]
letters[::4] = ["0", "0", "0"]
del letters[-2:]
window = slice(1, None, 3)
print(letters, letters[window], "python"[1:-1:2])
