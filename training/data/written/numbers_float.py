"""Floats, decimals and fractions: money, averages, interpolation, units, rounding, math functions, clamping."""
import cmath
import math
import statistics
from bisect import bisect_right
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise


def add_tax(price, rate=0.2):
    tax = round(price * rate, 2)
    return {"net": price, "tax": tax, "gross": round(price + tax, 2)}
#: add_tax(19.99)
#: add_tax(100, 0.075)
#: add_tax(0.0)
#: add_tax(4.5, rate=0)


def clamp(value, low=0.0, high=1.0):
    if low > high:
        low, high = high, low
    return max(low, min(value, high))
#: clamp(1.7)
#: clamp(-0.25)
#: clamp(15, 10, 20)
#: clamp(5.5, 9, 6)


def lerp_color(start, end, t):
    mixed = []
    for a, b in zip(start, end):
        mixed.append(int(a + (b - a) * t + 0.5))
    return "#%02x%02x%02x" % tuple(mixed)
#: lerp_color((0, 0, 0), (255, 255, 255), 0.5)
#: lerp_color((255, 0, 0), (0, 0, 255), 0.25)
#: lerp_color((10, 20, 30), (40, 50, 60), 0)
#: lerp_color((1, 2), (3, 4), 1.0)


def mean_or_none(values):
    values = [v for v in values if v is not None]
    return sum(values) / len(values) if values else None
#: mean_or_none([3, 4.5, None, 6])
#: mean_or_none([None, None])
#: mean_or_none([0.1, 0.2])
#: mean_or_none([])


def weighted_grade(scores, weights):
    total = sum(s * weights[name] for name, s in scores.items())
    norm = sum(weights[name] for name in scores)
    return round(total / norm, 1)
#: weighted_grade({"exam": 80, "lab": 95}, {"exam": 0.7, "lab": 0.3})
#: weighted_grade({"quiz": 60.5}, {"quiz": 2, "exam": 5})
#: weighted_grade({"essay": 70}, {"exam": 1})
#: weighted_grade({}, {})


def celsius(reading):
    reading = reading.strip().upper()
    unit = reading[-1:]
    number = float(reading[:-1].rstrip(" °"))
    if unit == "C":
        return number
    elif unit == "F":
        return round((number - 32) * 5 / 9, 2)
    elif unit == "K":
        return round(number - 273.15, 2)
    raise ValueError(f"unknown unit {unit!r}")
#: celsius("98.6 F")
#: celsius("20°C")
#: celsius("0k")
#: celsius("12 R")
#: celsius("F")


def bankers_rounding(values):
    return [(v, round(v), int(v + 0.5), math.floor(v), math.ceil(v)) for v in values]
#: bankers_rounding([0.5, 1.5, 2.5])
#: bankers_rounding([-0.5, -1.5])
#: bankers_rounding([2.4, 2.6, 3])
#: bankers_rounding([1e400])


def distance(p, q=(0, 0)):
    dx, dy = p[0] - q[0], p[1] - q[1]
    return math.hypot(dx, dy)
#: distance((3, 4))
#: distance((1, 1), (1, 1))
#: distance((1.5, -2), (-1.5, 2))
#: distance((1, 0), (0, 1))
#: distance((2,))


def to_polar(x, y):
    r = math.sqrt(x * x + y * y)
    angle = math.degrees(math.atan2(y, x))
    if angle < 0:
        angle += 360
    return round(r, 3), round(angle, 1)
#: to_polar(1, 1)
#: to_polar(0, -2)
#: to_polar(-3.0, 4.0)
#: to_polar(0, 0)


def parse_amount(text):
    text = text.strip().lstrip("$€£")
    negative = text.startswith("(") and text.endswith(")")
    cleaned = text.strip("()").replace(",", "")
    try:
        amount = float(cleaned)
    except ValueError:
        return None
    return -amount if negative else amount
#: parse_amount("$1,234.50")
#: parse_amount("(99.5)")
#: parse_amount(" 7 ")
#: parse_amount("n/a")
#: parse_amount("€")


def cents(amount: str) -> int:
    """Whole cents of a decimal string, half a cent rounded up."""
    value = Decimal(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return int(value * 100)
#: cents("12.345")
#: cents("0.005")
#: cents("-3.1")
#: cents("7")
#: cents("1.2.3")


def sum_prices(prices):
    total = Decimal(0)
    skipped = 0
    for p in prices:
        try:
            total += Decimal(p)
        except (InvalidOperation, TypeError):
            skipped += 1
    return str(total), skipped
#: sum_prices(["0.10", "0.20"])
#: sum_prices(["1.5", "free", "2.25", None])
#: sum_prices([])
#: sum_prices([3, "-0.01"])


def nearly_equal(a, b, tolerance=1e-9):
    if math.isnan(a) or math.isnan(b):
        return False
    return a == b or abs(a - b) <= tolerance * max(abs(a), abs(b), 1)
#: nearly_equal(0.1 + 0.2, 0.3)
#: nearly_equal(1.0, 1.1)
#: nearly_equal(-0.0, 0.0)
#: nearly_equal(100, 101, tolerance=0.05)
#: nearly_equal(1e400, 1e400)


def interpolate_table(table, x):
    xs = [row[0] for row in table]
    i = bisect_right(xs, x)
    if i == 0:
        return table[0][1]
    if i == len(table):
        return table[-1][1]
    (x0, y0), (x1, y1) = table[i - 1:i + 1]
    return y0 + (x - x0) / (x1 - x0) * (y1 - y0)
#: interpolate_table([(0, 10.0), (10, 20.0), (20, 50.0)], 5)
#: interpolate_table([(0, 10.0), (10, 20.0), (20, 50.0)], 17.5)
#: interpolate_table([(0, 1.0), (2, 3.0)], -4)
#: interpolate_table([(1, 7.0)], 1)
#: interpolate_table([], 0)


def summary_stats(data):
    if len(data) < 2:
        raise statistics.StatisticsError("need at least two points")
    return {
        "mean": statistics.fmean(data),
        "median": statistics.median(data),
        "stdev": round(statistics.stdev(data), 4),
        "spread": max(data) - min(data),
    }
#: summary_stats([2, 4, 4, 4, 5, 5, 7, 9])
#: summary_stats([1.5, 2.5])
#: summary_stats([3])
#: summary_stats([10, -10, 0])


def rain_totals(mm, hours=3):
    wettest = (0.0, None)
    totals = []
    for end in range(hours, len(mm) + 1):
        total = round(math.fsum(mm[end - hours:end]), 2)
        totals.append(total)
        wettest = max(wettest, (total, end), key=lambda pair: pair[0])
    return totals, wettest[1]
#: rain_totals([0.2, 1.4, 3.0, 0.6, 0.0])
#: rain_totals([10.0, 11.5, 9.5], hours=2)
#: rain_totals([1, 2])
#: rain_totals([])


def smooth(readings, alpha=0.5):
    it = iter(readings)
    level = next(it, None)
    for r in it:
        level = alpha * r + (1 - alpha) * level
    return level
#: smooth([10, 20, 30])
#: smooth([4.0, 8.0], alpha=0.25)
#: smooth([])
#: smooth([7])


def growth_rates(figures):
    rates = []
    for before, after in pairwise(figures):
        try:
            rates.append(f"{(after - before) / before:+.1%}")
        except ZeroDivisionError:
            rates.append("n/a")
    return rates
#: growth_rates([100, 110, 99])
#: growth_rates([0, 5, 10])
#: growth_rates([42])
#: growth_rates([-4.0, -2.0, -3.0])


def compound(balance, rate, years):
    history = [balance]
    for _ in range(years):
        balance *= 1 + rate
        history.append(round(balance, 2))
    return history
#: compound(1000, 0.05, 3)
#: compound(250.0, 0, 2)
#: compound(100, -0.5, 4)
#: compound(100, 0.1, 0)


def monthly_payment(principal, annual_rate, months):
    monthly = annual_rate / 12
    if monthly == 0:
        return round(principal / months, 2)
    factor = (1 + monthly) ** -months
    return round(principal * monthly / (1 - factor), 2)
#: monthly_payment(10000, 0.06, 24)
#: monthly_payment(1200, 0, 12)
#: monthly_payment(500, 0.12, 1)
#: monthly_payment(500, 0, 0)


def split_bill(total, people, tip=0.15):
    with_tip = total * (1 + tip)
    each = math.ceil(with_tip / people * 100) / 100
    leftover = each * people - with_tip
    return f"{each:.2f} each, {leftover:.2f} over"
#: split_bill(80, 4)
#: split_bill(100, 3, tip=0)
#: split_bill(59.9, 2, 0.1)
#: split_bill(10, 0)


def format_measure(value, unit="m", digits=2):
    prefixes = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ")]
    for scale, prefix in prefixes:
        if abs(value) >= scale:
            break
    else:
        return f"0 {unit}"
    return f"{value / scale:.{digits}f} {prefix}{unit}"
#: format_measure(1500)
#: format_measure(0.0042, "V")
#: format_measure(-2.5e6, unit="Hz", digits=1)
#: format_measure(0)
#: format_measure(7e-6, "s", 0)


def percent_bar(fraction, width=10):
    fraction = min(1.0, max(0.0, fraction))
    filled = round(fraction * width)
    return "[" + "#" * filled + "." * (width - filled) + f"] {fraction:4.0%}"
#: percent_bar(0.42)
#: percent_bar(1.3)
#: percent_bar(-2)
#: percent_bar(0.25, width=4)
#: percent_bar("half")


def fixed_point(x, bits=4):
    scaled = math.ldexp(x, bits)
    raw = math.trunc(scaled)
    num, den = x.as_integer_ratio()
    return raw, scaled.is_integer(), f"{num}/{den}", x.hex()
#: fixed_point(3.75)
#: fixed_point(-2.5, bits=1)
#: fixed_point(0.1, 8)
#: fixed_point(6)


def as_fraction(x, limit=100):
    f = Fraction(x).limit_denominator(limit)
    whole, rest = divmod(f, 1)
    if rest == 0:
        return str(whole)
    return f"{whole} {rest}" if whole else str(rest)
#: as_fraction(0.75)
#: as_fraction(2.3333333)
#: as_fraction("7/14")
#: as_fraction(-0.5)
#: as_fraction(3.14159, limit=10)


def recipe_scale(ingredients, servings, base=4):
    factor = Fraction(servings, base)
    return {name: float(amount * factor) for name, amount in ingredients.items()}
#: recipe_scale({"flour": 500, "eggs": 3}, 6)
#: recipe_scale({"salt": 1}, 1)
#: recipe_scale({}, 2)
#: recipe_scale({"milk": 2}, 3, base=0)


def impedance(r, l, c, omega):
    z = complex(r, omega * l - 1 / (omega * c))
    size, phase = cmath.polar(z)
    return round(size, 3), round(math.degrees(phase), 2), z.conjugate().imag
#: impedance(10, 0.5, 0.25, 2)
#: impedance(3.0, 1, 0.2, 5)
#: impedance(1, 0, 1, 1)
#: impedance(1, 1, 1, 0)


def fuel_economy(km, litres):
    try:
        per_100 = litres / km * 100
    except ZeroDivisionError:
        per_100 = math.inf
    mpg = 235.215 / per_100 if per_100 else math.inf
    return f"{per_100:.1f} l/100km ({mpg:.0f} mpg)"
#: fuel_economy(450, 30)
#: fuel_economy(0, 2)
#: fuel_economy(120.5, 0)
#: fuel_economy(100, 7.84)


def normalize(weights):
    total = math.fsum(weights.values())
    if math.isclose(total, 0.0, abs_tol=1e-12):
        raise ValueError("weights sum to zero")
    for k in weights:
        weights[k] = round(weights[k] / total, 3)
    return weights
#: normalize({"a": 1, "b": 3})
#: normalize({"x": 0.1, "y": 0.1, "z": 0.1})
#: normalize({"p": 2, "q": -2})
#: normalize({})


def axis_ticks(low, high, n=5):
    rough = (high - low) / n
    power = 10 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    first = math.ceil(low / step)
    return [round(k * step, 6) for k in range(first, math.floor(high / step) + 1)]
#: axis_ticks(0, 10)
#: axis_ticks(-1.5, 3.2)
#: axis_ticks(0.01, 0.04, n=3)
#: axis_ticks(7, 7)


def drop_outliers(samples, k=1.5):
    samples = sorted(samples)
    q1, _, q3 = statistics.quantiles(samples, n=4)
    fence = k * (q3 - q1)
    return [s for s in samples if q1 - fence <= s <= q3 + fence]
#: drop_outliers([10, 12, 11, 13, 95, 12])
#: drop_outliers([1, 2])
#: drop_outliers([0.5, -40.0, 0.7, 0.6, 0.4], k=1)
#: drop_outliers([7])


def percentile(values, p):
    ordered = sorted(values)
    pos = (len(ordered) - 1) * p / 100
    below = math.floor(pos)
    above = math.ceil(pos)
    if below == above:
        return ordered[below]
    return ordered[below] * (above - pos) + ordered[above] * (pos - below)
#: percentile([15, 20, 35, 40, 50], 40)
#: percentile([1, 3], 50)
#: percentile([9, 1, 5], 100)
#: percentile([4.5], 73)
#: percentile([1, 2], 300)


@dataclass
class Point:
    x: float
    y: float

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def scaled(self, k):
        return Point(self.x * k, self.y * k)


def centroid(pairs):
    total = Point(0.0, 0.0)
    for x, y in pairs:
        total = total + Point(x, y)
    return total.scaled(1 / len(pairs))
#: centroid([(0, 0), (4, 0), (2, 6)])
#: centroid([(1.5, -1.5)])
#: centroid([])


def shipping_cost(weight, express=False):
    tiers = ((0.5, 3.2), (2, 5.9), (10, 12.5))
    for limit, cost in tiers:
        if weight <= limit:
            return cost * 1.5 if express else cost
    extra = math.ceil(weight - 10)
    return 12.5 + 0.8 * extra
#: shipping_cost(0.3)
#: shipping_cost(1.99, express=True)
#: shipping_cost(10)
#: shipping_cost(13.2)


def convert(value, source, target):
    to_metre = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048}
    missing = {source, target} - to_metre.keys()
    if missing:
        raise KeyError(missing.pop())
    return round(value * to_metre[source] / to_metre[target], 4)
#: convert(5, "km", "m")
#: convert(72, "in", "ft")
#: convert(1.5, "m", "cm")
#: convert(3, "m", "mile")


def safe_ratio(a, b, default=0.0):
    if not b:
        return default
    ratio = a / b
    if ratio > 1:
        return 1.0
    return ratio
#: safe_ratio(3, 4)
#: safe_ratio(5, 0)
#: safe_ratio(9, 3)
#: safe_ratio(0, -0.0, default=None)
#: safe_ratio(-1, 8)


def decibels(ratios):
    out = []
    for r in ratios:
        if r <= 0:
            out.append(-math.inf)
            continue
        out.append(round(10 * math.log10(r), 2))
    return out
#: decibels([1, 10, 100])
#: decibels([0.5, 0])
#: decibels([2, -3, 1e-3])
#: decibels([])


def half_life_left(amount, half_life, elapsed):
    left = amount * 0.5 ** (elapsed / half_life)
    return float(f"{left:.3g}")
#: half_life_left(80, 5, 15)
#: half_life_left(100, 5730, 1000)
#: half_life_left(1, 2.0, 0)
#: half_life_left(3, 0, 1)


def parse_coordinates(s):
    lat, _, lon = s.partition(",")
    pair = []
    for part, limit in ((lat, 90), (lon, 180)):
        part = part.strip()
        sign = -1 if part[-1] in "SW" else 1
        degrees = sign * float(part.rstrip("NSEW"))
        if abs(degrees) > limit:
            raise ValueError(f"{degrees} is beyond {limit}")
        pair.append(degrees)
    return tuple(pair)
#: parse_coordinates("52.5N, 13.4E")
#: parse_coordinates("33.87S,151.2")
#: parse_coordinates("95N, 0W")
#: parse_coordinates("12.5")


def dms(angle):
    sign = "-" if angle < 0 else ""
    minutes, seconds = divmod(abs(angle) * 3600, 60)
    degrees, minutes = divmod(minutes, 60)
    return f"{sign}{degrees:.0f}°{minutes:02.0f}'{seconds:04.1f}\""
#: dms(12.5)
#: dms(-0.125)
#: dms(0)
#: dms(179.75)


def exchange(amount, rates, *path):
    steps = [amount]
    for a, b in zip(path, path[1:]):
        amount = round(amount * rates[a, b], 2)
        steps.append(amount)
    return " -> ".join(f"{v:.2f} {c}" for v, c in zip(steps, path))
#: exchange(100, {("EUR", "USD"): 1.1, ("USD", "JPY"): 150.0}, "EUR", "USD", "JPY")
#: exchange(5.5, {}, "EUR")
#: exchange(20, {("USD", "GBP"): 0.785}, "USD", "GBP")
#: exchange(1, {}, "EUR", "CHF")


def cart_total(lines, coupon=None):
    subtotal = sum(qty * price for qty, price in lines)
    match coupon:
        case None:
            discount = 0.0
        case {"percent": p}:
            discount = subtotal * p / 100
        case {"fixed": amount, "min": least} if subtotal >= least:
            discount = amount
        case _:
            raise ValueError("coupon does not apply")
    return round(subtotal - discount, 2)
#: cart_total([(2, 9.99), (1, 5.0)])
#: cart_total([(3, 20.0)], {"percent": 15})
#: cart_total([(1, 40)], {"fixed": 5, "min": 30})
#: cart_total([(1, 10)], {"fixed": 5, "min": 30})


def make_meter(scale=1.0):
    total = 0.0
    readings = 0

    def add(x):
        nonlocal total, readings
        total += x * scale
        readings += 1
        return total / readings
    return add


def metered(values, scale):
    meter = make_meter(scale)
    return [meter(v) for v in values]
#: metered([1, 2, 6], 1.0)
#: metered([4, 4], 0.25)
#: metered([], 3)
#: metered([1, "2"], 1.5)


def float_keys(values):
    seen = {}
    for v in values:
        seen.setdefault(v, []).append(type(v).__name__)
    return seen
#: float_keys([1, 1.0, True])
#: float_keys([0.0, -0.0, 0.5])
#: float_keys([2, 2.5, "2"])
#: float_keys([])


def repr_styles(x):
    return [str(x), f"{x:.3f}", f"{x:e}", f"{x:g}", "%8.2f" % x, "{:<9.1f}|".format(x), f"{x:,.0f}"]
#: repr_styles(1234.5678)
#: repr_styles(1e-5)
#: repr_styles(-0.5)
#: repr_styles(10)
#: repr_styles(1e16)


def sane_float(text, default=0.0):
    try:
        x = float(text)
    except (TypeError, ValueError):
        return default
    else:
        return x if math.isfinite(x) else default
#: sane_float("1e3")
#: sane_float(None)
#: sane_float("inf", -1.0)
#: sane_float(" -4.25\n")
#: sane_float("1,5", default="?")


def settle_thermostat(temp, target, gain=0.5):
    if not 0 < gain < 2:
        raise ValueError(f"gain {gain} never settles")
    for minute in range(12):
        error = target - temp
        if abs(error) < 0.1:
            return round(temp, 2), minute
        temp += gain * error
    return None
#: settle_thermostat(18.0, 21.0)
#: settle_thermostat(25, 20, gain=0.9)
#: settle_thermostat(20.05, 20)
#: settle_thermostat(5, 30, gain=0.1)
#: settle_thermostat(18, 21, gain=2)


def integrate(f_values, dx):
    area = (f_values[0] + f_values[-1]) / 2
    area += sum(f_values[1:-1])
    return area * dx
#: integrate([0, 1, 4, 9], 1)
#: integrate([2.0, 2.0], 0.5)
#: integrate([5], 0.1)
#: integrate([], 1)


def snap(value, grid=0.25):
    snapped = round(value / grid) * grid
    error = value - snapped
    return snapped, math.copysign(1, error), round(abs(error), 10)
#: snap(1.3)
#: snap(0.625)
#: snap(-2.2, grid=0.5)
#: snap(3.0, 0.0)


def payroll(hours, rate):
    overtime = max(hours - 40, 0)
    regular = hours - overtime
    gross = regular * rate + overtime * rate * 1.5
    brackets, tax, floor = [(500, 0.1), (1000, 0.2), (math.inf, 0.3)], 0.0, 0
    for top, share in brackets:
        if gross <= floor:
            break
        tax += (min(gross, top) - floor) * share
        floor = top
    return round(gross, 2), round(tax, 2)
#: payroll(38, 12.5)
#: payroll(45, 30)
#: payroll(40, 10)
#: payroll(0, 99)


def rating_stars(scores):
    if not (n := len(scores)):
        return "no ratings"
    avg = sum(scores) / n
    half_steps = round(avg * 2)
    stars = "★" * (half_steps // 2) + ("½" if half_steps % 2 else "")
    return f"{stars:<5} {avg:.2f} ({n})"
#: rating_stars([5, 4, 4])
#: rating_stars([3])
#: rating_stars([])
#: rating_stars([1, 2, 2, 5, 5.0])


def apply_markdowns(price, *percents, floor=1.0):
    for pct in percents:
        lowered = price - price * pct / 100
        if lowered < floor:
            return floor
        price = lowered
    return price
#: apply_markdowns(80, 25, 10)
#: apply_markdowns(20.0)
#: apply_markdowns(4, 50, 50, 50)
#: apply_markdowns(9.5, -10, floor=5)
