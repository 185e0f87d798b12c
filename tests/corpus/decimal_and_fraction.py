from decimal import Decimal, localcontext
from fractions import Fraction

total = Decimal("0.1") + Decimal("0.2")
half = Fraction(1, 3) + Fraction(1, 6)
with localcontext() as context:
    context.prec = 5
    third = Decimal(1) / 3
context = None
print(total, half, third, float(half))
