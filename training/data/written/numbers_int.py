"""Integer arithmetic: digits, bases, bits, divisibility, rounding, // and % with negatives."""
import math
import operator
import re
from collections import Counter, namedtuple
from functools import reduce
from itertools import accumulate, count


def pages_needed(total, per_page):
    if per_page <= 0:
        raise ValueError("per_page must be positive")
    full, rest = divmod(total, per_page)
    return full + (1 if rest else 0)
#: pages_needed(101, 25)
#: pages_needed(100, 25)
#: pages_needed(0, 10)
#: pages_needed(5, 0)


def wrap_heading(heading, turn):
    heading += turn
    heading %= 360
    return heading
#: wrap_heading(350, 20)
#: wrap_heading(10, -45)
#: wrap_heading(0, -720)
#: wrap_heading(180, 1081)


def invite_code(n, alphabet="23456789abcdefghjkmnpqrstuvwxyz", width=4):
    code = []
    check = n % 7
    while n > 0 or not code:
        n, r = divmod(n, len(alphabet))
        code.append(alphabet[r])
    return "".join(reversed(code)).rjust(width, alphabet[0]) + f"-{check}"
#: invite_code(0)
#: invite_code(123456)
#: invite_code(-35)
#: invite_code(10, alphabet="xy", width=6)


def parse_number_literal(s):
    s = s.strip().lower().replace("_", "")
    prefixes = {"0x": 16, "0b": 2, "0o": 8}
    base = prefixes.get(s[:2], 10)
    try:
        return int(s, base)
    except ValueError:
        return None
#: parse_number_literal("0xFF")
#: parse_number_literal("  0b1010_1010 ")
#: parse_number_literal("0o17")
#: parse_number_literal("1_000")
#: parse_number_literal("0b12")


def digit_columns(n, width=4):
    cols = []
    for i in range(width):
        cols.insert(0, n // 10 ** i % 10)
    return cols
#: digit_columns(1907)
#: digit_columns(42)
#: digit_columns(123456)
#: digit_columns(7, width=2)
#: digit_columns(-1)


def floor_and_trunc(a, b):
    floor = a // b
    trunc = int(a / b)
    return {"floor": floor, "trunc": trunc, "mod": a % b, "rem": a - trunc * b}
#: floor_and_trunc(7, 2)
#: floor_and_trunc(-7, 2)
#: floor_and_trunc(7, -2)
#: floor_and_trunc(-7, -2)
#: floor_and_trunc(1, 0)


def permission_names(mode):
    names = []
    for bit, name in ((4, "read"), (2, "write"), (1, "execute")):
        if mode & bit:
            names.append(name)
    return names or ["none"]
#: permission_names(7)
#: permission_names(5)
#: permission_names(0)
#: permission_names(10)


def symbolic_mode(mode):
    text = ""
    for shift in (6, 3, 0):
        part = (mode >> shift) & 0b111
        text += "".join(c if part & (4 >> i) else "-" for i, c in enumerate("rwx"))
    return text
#: symbolic_mode(0o755)
#: symbolic_mode(0o640)
#: symbolic_mode(0)
#: symbolic_mode(511)


def round_to_multiple(n, step):
    half = step // 2
    return (n + half) // step * step
#: round_to_multiple(47, 10)
#: round_to_multiple(45, 10)
#: round_to_multiple(-47, 10)
#: round_to_multiple(8, 5)
#: round_to_multiple(12, 0)


def set_flag(flags, position, on=True):
    mask = 1 << position
    if on:
        flags |= mask
    else:
        flags &= ~mask
    return flags, f"{flags:08b}"
#: set_flag(0, 3)
#: set_flag(0b1111, 1, on=False)
#: set_flag(200, 0)
#: set_flag(255, 7, False)
#: set_flag(1, -1)


def routing_number_ok(number):
    if len(number) != 9 or not number.isdecimal():
        return False
    digits = [int(c) for c in number]
    threes, sevens, ones = (sum(digits[k::3]) for k in range(3))
    return (3 * threes + 7 * sevens + ones) % 10 == 0
#: routing_number_ok("111000025")
#: routing_number_ok("123456789")
#: routing_number_ok("12345678x")
#: routing_number_ok("")


def pack_boxes(items, sizes=(24, 12, 6)):
    plan = {}
    for size in sizes:
        boxes, items = divmod(items, size)
        if boxes:
            plan[size] = boxes
    if items:
        smallest = min(sizes)
        plan[smallest] = plan.get(smallest, 0) + 1
    return plan
#: pack_boxes(100)
#: pack_boxes(36)
#: pack_boxes(0)
#: pack_boxes(7, sizes=[5, 3])
#: pack_boxes(8, sizes=())


def share_evenly(total, people):
    base, extra = divmod(total, people)
    return [base + 1] * extra + [base] * (people - extra)
#: share_evenly(10, 3)
#: share_evenly(9, 3)
#: share_evenly(2, 5)
#: share_evenly(-7, 2)
#: share_evenly(4, 0)


def read_meter(value, places=3):
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, frac = divmod(value, 10 ** places)
    text = f"{sign}{whole:_}.{frac:0{places}d}"
    return text.rstrip("0").rstrip(".")
#: read_meter(1234567890)
#: read_meter(-45)
#: read_meter(5000)
#: read_meter(0, places=1)
#: read_meter(98765, 2)


def int_formats(n: int) -> list:
    """The same number as a hex dump, a binary mask, an octal mode and a table cell."""
    return [f"{n:#x}", f"{n:#010b}", format(n, "o"), "%05d" % n, "{:>+8,}".format(n)]
#: int_formats(255)
#: int_formats(0)
#: int_formats(-18)
#: int_formats(12345)
#: int_formats("7")


def bit_summary(n):
    ones = bin(n).count("1")
    length = n.bit_length()
    trailing = (n & -n).bit_length() - 1
    return f"{ones}/{length} set, lowest at {trailing}"
#: bit_summary(40)
#: bit_summary(1)
#: bit_summary(0)
#: bit_summary(-12)
#: bit_summary(255)


def buffer_capacity(wanted, minimum=16):
    capacity = minimum
    grown = 0
    while capacity < wanted:
        capacity += capacity >> 1
        grown += 1
    return {"capacity": capacity, "grown": grown, "slack": capacity - wanted}
#: buffer_capacity(100)
#: buffer_capacity(10)
#: buffer_capacity(50, minimum=4)
#: buffer_capacity(-3, 2)


def shared_divisors(*numbers):
    g = math.gcd(*numbers)
    small = [d for d in range(1, math.isqrt(g) + 1) if g % d == 0]
    large = [g // d for d in small if d * d != g]
    return small + large[::-1]
#: shared_divisors(36, 60)
#: shared_divisors(7, 13)
#: shared_divisors(16)
#: shared_divisors(-18, 45, 90)
#: shared_divisors()


def gear_repeat(teeth):
    try:
        turns = math.lcm(*teeth)
    except TypeError as e:
        return str(e)
    return turns, [turns // t for t in teeth if t]
#: gear_repeat([12, 18])
#: gear_repeat([8, 20, 30])
#: gear_repeat([5, 0])
#: gear_repeat([4, 2.5])
#: gear_repeat([])


def simplify_ratio(w, h):
    assert w > 0 and h > 0, "sizes must be positive"
    d = math.gcd(w, h)
    return f"{w // d}:{h // d}"
#: simplify_ratio(1920, 1080)
#: simplify_ratio(640, 480)
#: simplify_ratio(7, 7)
#: simplify_ratio(0, 5)


def rgb_from_int(color):
    r = color >> 16 & 0xFF
    g = (color >> 8) & 0xFF
    b = color & 0xFF
    return r, g, b
#: rgb_from_int(0xFF8800)
#: rgb_from_int(255)
#: rgb_from_int(16777216)
#: rgb_from_int(-1)


def blend_channel(fg, bg, alpha):
    if not 0 <= alpha <= 255:
        raise ValueError(f"alpha out of range: {alpha}")
    return (fg * alpha + bg * (255 - alpha) + 127) // 255
#: blend_channel(200, 100, 128)
#: blend_channel(255, 0, 255)
#: blend_channel(10, 20, 0)
#: blend_channel(1, 2, 256)


def ordinal(n):
    if n % 100 in (11, 12, 13):
        suffix = "th"
    else:
        suffix = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
#: ordinal(1)
#: ordinal(22)
#: ordinal(113)
#: ordinal(-1)
#: ordinal(0)


def shelf_label(slot, shelves="ABCDEF", per_shelf=12):
    if slot < 0:
        raise ValueError("slot numbers start at 0")
    rack, place = divmod(slot, len(shelves) * per_shelf)
    return f"R{rack + 1}-{shelves[place // per_shelf]}{place % per_shelf:02}"
#: shelf_label(0)
#: shelf_label(71)
#: shelf_label(100)
#: shelf_label(9, shelves="XY", per_shelf=2)
#: shelf_label(-1)


def seat_kind(row, seat, seats_per_row=6):
    if seat not in range(1, seats_per_row + 1):
        raise IndexError((row, seat))
    half = seats_per_row // 2
    kind = "window" if seat in (1, seats_per_row) else "aisle" if seat - half in (0, 1) else "middle"
    return f"{row}{'ABCDEFGHJK'[seat - 1]} {kind}"
#: seat_kind(12, 1)
#: seat_kind(3, 4)
#: seat_kind(7, 8)
#: seat_kind(1, 2, seats_per_row=10)


def grid_neighbours(pos, width, height):
    y, x = divmod(pos, width)
    around = [((y + dy) % height) * width + (x + dx) % width for dy, dx in [(-1, 0), (0, 1), (1, 0), (0, -1)]]
    return sorted(set(around) - {pos})
#: grid_neighbours(0, 4, 3)
#: grid_neighbours(5, 4, 3)
#: grid_neighbours(0, 1, 1)
#: grid_neighbours(3, 2, 2)


def bcd_clock(register):
    h, m = register >> 8, register & 0xFF
    hours = (h >> 4) * 10 + (h & 15)
    minutes = (m >> 4) * 10 + m % 16
    return f"{hours:02}:{minutes:02}" if hours < 24 and minutes < 60 else "??"
#: bcd_clock(0x2359)
#: bcd_clock(0x0905)
#: bcd_clock(0x2999)
#: bcd_clock(0)
#: bcd_clock(0x17A1)


def to_signed(value, bits=8):
    value &= (1 << bits) - 1
    if value >> (bits - 1):
        value -= 1 << bits
    return value
#: to_signed(200)
#: to_signed(127)
#: to_signed(-1, 4)
#: to_signed(65535, bits=16)
#: to_signed(3, 0)


def saturating_add(a, b, lo=-128, hi=127):
    total = a + b
    return max(lo, min(hi, total)), total != max(lo, min(hi, total))
#: saturating_add(100, 50)
#: saturating_add(-100, -50)
#: saturating_add(3, 4)
#: saturating_add(7, 9, lo=0, hi=15)


def combine_masks(*masks, exclude=0):
    combined = reduce(operator.or_, masks, 0)
    common = reduce(operator.and_, masks) if masks else 0
    return combined & ~exclude, common & ~exclude
#: combine_masks(1, 2, 4)
#: combine_masks(6, 3, exclude=2)
#: combine_masks()
#: combine_masks(12, True)
#: combine_masks(1, 2.0)


def house_sides(numbers):
    left, right = [], []
    for n in numbers:
        (left if n & 1 else right).append(n)
    left.sort()
    right.sort(reverse=True)
    return left, right, len(left) - len(right)
#: house_sides([4, 1, 7, 2, 9])
#: house_sides([-3, -2, 0])
#: house_sides([])
#: house_sides([12, "12b"])


def scarce_digits(plates):
    counts = Counter(d for p in plates for d in str(p) if d.isdigit())
    if not counts:
        raise LookupError("no digits at all")
    top, times = counts.most_common(1)[0]
    missing = [d for d in range(10) if str(d) not in counts]
    return int(top), times, missing
#: scarce_digits([4471, 9804])
#: scarce_digits(["B-MW 701", "HH 17"])
#: scarce_digits(["ABC"])
#: scarce_digits([1234567890, -1])


def mask_account(number, keep=4, fill="*"):
    s = str(number)
    hidden = max(len(s) - keep, 0)
    masked = fill * hidden + s[hidden:]
    return " ".join(masked[i:i + 4] for i in range(0, len(masked), 4))
#: mask_account(1234567812345678)
#: mask_account(12345, keep=2)
#: mask_account(99)
#: mask_account(4000123, 3, fill="x")
#: mask_account(-120500)


def odometer_digits_changed(before, after):
    old, new = f"{before:06d}", f"{after:06d}"
    changed = 0
    while changed < 6 and old[:6 - changed] != new[:6 - changed]:
        changed += 1
    return changed, after - before
#: odometer_digits_changed(199, 200)
#: odometer_digits_changed(41999, 42003)
#: odometer_digits_changed(5, 5)
#: odometer_digits_changed(0, 999999)


def parse_size(text):
    m = re.fullmatch(r"(\d+)\s*([kmg]?)i?b?", text.strip(), re.IGNORECASE)
    if m is None:
        raise ValueError("bad size: %r" % text)
    number, unit = m.groups()
    return int(number) << {"": 0, "k": 10, "m": 20, "g": 30}[unit.lower()]
#: parse_size("64K")
#: parse_size(" 3 MiB ")
#: parse_size("512")
#: parse_size("ten kb")


def human_bytes(n):
    for unit in ("B", "KB", "MB", "GB"):
        if abs(n) < 1024:
            return f"{n} {unit}"
        n //= 1024
    else:
        return f"{n} TB"
#: human_bytes(500)
#: human_bytes(2048)
#: human_bytes(-5000000)
#: human_bytes(1 << 42)


def ipv4_to_int(address):
    value = 0
    parts = address.split(".")
    if len(parts) != 4:
        raise ValueError("need four parts")
    for part in parts:
        octet = int(part)
        if octet > 255:
            raise ValueError(f"octet too large: {octet}")
        value = value * 256 + octet
    return value
#: ipv4_to_int("192.168.0.1")
#: ipv4_to_int("0.0.0.0")
#: ipv4_to_int("10.0.300.1")
#: ipv4_to_int("1.2.3")
#: ipv4_to_int("255.255.255.255")


def netmask_to_prefix(mask):
    n = 0
    seen_zero = False
    for octet in map(int, mask.split(".")):
        for bit in format(octet, "08b"):
            if bit == "1":
                if seen_zero:
                    return None
                n += 1
            else:
                seen_zero = True
    return n
#: netmask_to_prefix("255.255.255.0")
#: netmask_to_prefix("255.240.0.0")
#: netmask_to_prefix("255.0.255.0")
#: netmask_to_prefix("0.0.0.0")


def align_up(offset, alignment):
    if alignment & (alignment - 1):
        raise ValueError("alignment must be a power of two")
    return (offset + alignment - 1) & -alignment
#: align_up(13, 8)
#: align_up(16, 8)
#: align_up(1, 4096)
#: align_up(-5, 4)
#: align_up(5, 6)


def struct_layout(fields):
    offset = 0
    layout = {}
    for name, size in fields:
        offset += -offset % size
        layout[name] = offset
        offset += size
    biggest = max((size for _, size in fields), default=1)
    return layout, offset + -offset % biggest
#: struct_layout([("flag", 1), ("id", 4), ("kind", 2)])
#: struct_layout([("x", 8), ("y", 1)])
#: struct_layout([])
#: struct_layout([("a", 1), ("b", 0)])


def gear_pairs(teeth, ratio_num, ratio_den):
    pairs = []
    for driver in teeth:
        driven, rest = divmod(driver * ratio_num, ratio_den)
        if rest:
            continue
        if driven in teeth and driven != driver:
            pairs.append((driver, driven))
    return pairs
#: gear_pairs([12, 18, 24, 36], 3, 2)
#: gear_pairs([10, 15, 25], 2, 3)
#: gear_pairs([], 1, 2)
#: gear_pairs([8, 16], 1, 0)


def best_grid(n, widest=6):
    best = None
    for cols in range(1, min(n, widest) + 1):
        rows = -(-n // cols)
        waste = rows * cols - n
        if best is None or (waste, abs(rows - cols)) < best[:2]:
            best = waste, abs(rows - cols), rows, cols
    return best and best[2:]
#: best_grid(12)
#: best_grid(7)
#: best_grid(10, widest=3)
#: best_grid(1)
#: best_grid(0)


def mixed_radix(n, radices):
    out = []
    for r in reversed(radices):
        out.append(n % r)
        n //= r
    out.append(n)
    out.reverse()
    return tuple(out)
#: mixed_radix(100000, [24, 60, 60])
#: mixed_radix(59, [60])
#: mixed_radix(-1, [24, 60])
#: mixed_radix(12, [])


def from_digits(digits, base=10):
    value = 0
    for d in digits:
        if not 0 <= d < base:
            raise ValueError(f"digit {d} not valid in base {base}")
        value = value * base + d
    return value
#: from_digits([1, 9, 8, 4])
#: from_digits([1, 0, 1, 1], 2)
#: from_digits([1, 2], base=2)
#: from_digits([])
#: from_digits((15, 15), 16)


def seven_segment_rows(codes):
    rows = []
    for code in codes:
        lit = [seg for i, seg in enumerate("abcdefg") if code >> i & 1]
        rows.append(f"{code:07b}={''.join(lit) or 'off'}")
    return rows
#: seven_segment_rows([0b0111111, 0b0000110])
#: seven_segment_rows([0])
#: seven_segment_rows([])
#: seven_segment_rows([91, 1.0])


def queue_slot(head, tail, capacity):
    used = (tail - head) % capacity
    free = capacity - 1 - used
    if free == 0:
        return "full"
    return {"used": used, "free": free, "next": (tail + 1) % capacity}
#: queue_slot(2, 5, 8)
#: queue_slot(6, 1, 8)
#: queue_slot(0, 7, 8)
#: queue_slot(3, 3, 4)
#: queue_slot(0, 0, 0)


def scramble_id(n, key=3, size=1000):
    try:
        back = pow(key, -1, size)
    except ValueError:
        return f"{key} and {size} share a factor"
    hidden = n * key % size
    assert hidden * back % size == n % size
    return hidden
#: scramble_id(417)
#: scramble_id(5, key=10)
#: scramble_id(-2, 7, 100)
#: scramble_id(1, 1, 0)


def parcel_check_digit(code):
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    total = sum(w * int(c) for w, c in zip(weights, code, strict=True))
    check = 11 - total % 11
    return code + str({10: 0, 11: 5}.get(check, check))
#: parcel_check_digit("47312482")
#: parcel_check_digit("00000000")
#: parcel_check_digit("1234567")
#: parcel_check_digit("1234567x")


def decode_varint(bytes_list):
    result = shift = 0
    for i, b in enumerate(bytes_list, 1):
        result |= (b & 0x7F) << shift
        shift += 7
        if not b & 0x80:
            return result, bytes_list[i:]
    raise EOFError("varint is cut off")
#: decode_varint([0xAC, 0x02])
#: decode_varint([5, 6, 7])
#: decode_varint([0x80, 0x80])
#: decode_varint([0xFF, 0xFF, 0x03, 9])


def running_gcds(values):
    return list(accumulate(values, math.gcd))
#: running_gcds([48, 36, 27, 8])
#: running_gcds([0, 0, 5])
#: running_gcds([])
#: running_gcds([-9, 6])


def unpack_version(packed):
    Version = namedtuple("Version", ["major", "minor", "patch"])
    v = Version(packed >> 24, packed >> 16 & 255, packed & 0xFFFF)
    if v.major == 0:
        v = v._replace(minor=0)
    return tuple(v), ".".join(map(str, v))
#: unpack_version(0x030B0007)
#: unpack_version(0x00FF0001)
#: unpack_version(0)


def next_port(used, start=8000, blocked=()):
    candidates = (p for p in count(start) if p not in blocked)
    for port in candidates:
        if port > 65535:
            raise OverflowError("no port left")
        if port not in used:
            return port
#: next_port([8000, 8001])
#: next_port({}, 3000, blocked=(3000, 3001, 3003))
#: next_port([], start=70000)
#: next_port((65535,), 65534)


def trade_kind(position, order):
    match position, order:
        case (_, 0):
            raise ValueError("empty order")
        case (0, _):
            return "open"
        case (p, o) if (p > 0) == (o > 0):
            return "increase"
        case (p, o) if abs(o) > abs(p):
            return f"reverse to {p + o:+d}"
        case _:
            return "reduce" if position + order else "close"
#: trade_kind(0, 5)
#: trade_kind(10, -25)
#: trade_kind(-8, 8)
#: trade_kind(-8, -1)
#: trade_kind(3, 0)
