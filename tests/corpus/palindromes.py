def is_palindrome(text):
    letters = [c for c in text.lower() if c.isalnum()]
    left, right = 0, len(letters) - 1
    while left < right:
        if letters[left] != letters[right]:
            return False
        left += 1
        right -= 1
    return True


for phrase in ("No lemon, no melon", "python"):
    print(phrase, is_palindrome(phrase))
