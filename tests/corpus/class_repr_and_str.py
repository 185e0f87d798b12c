class Money:
    def __init__(self, cents):
        self.cents = cents

    def __str__(self):
        return f"${self.cents / 100:.2f}"

    def __repr__(self):
        return f"Money({self.cents})"

    def __format__(self, spec):
        return str(self).rjust(int(spec or 0))


price = Money(1999)
print(price, [price], f"{price:>10}"[:3] if False else f"{price:10}")
