def to_base(number, base):
    if number == 0:
        return "0"
    digits = ""
    negative = number < 0
    number = abs(number)
    while number:
        number, digit = divmod(number, base)
        digits = "0123456789abcdef"[digit] + digits
    return "-" + digits if negative else digits


print(to_base(255, 2), to_base(-255, 16), to_base(0, 8))
assert int(to_base(12345, 7), 7) == 12345
