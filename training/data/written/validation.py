"""Checks, error messages, raise, try/except/else/finally and converting input."""
import json
import math
import re
import string
from collections import Counter
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction


def parse_port(text):
    try:
        port = int(text)
    except ValueError:
        raise ValueError(f"port must be a number, got {text!r}") from None
    if not 1 <= port <= 65535:
        raise ValueError(f"port {port} out of range")
    return port
#: parse_port("8080")
#: parse_port(" 443\n")
#: parse_port("http")
#: parse_port("70000")


def check_username(name):
    errors = []
    if len(name) < 3:
        errors.append("too short")
    elif len(name) > 12:
        errors.append("too long")
    if name and not name[0].isalpha():
        errors.append("must start with a letter")
    if not all(ch.isalnum() or ch in "_-" for ch in name):
        errors.append("bad characters")
    return errors
#: check_username("maria_92")
#: check_username("9x")
#: check_username("")
#: check_username("bob the builder")
#: check_username("Zoë-K")


def to_float(value, default=0.0):
    try:
        return float(value)
    except (TypeError, ValueError):
        return default
#: to_float("3.75")
#: to_float(None)
#: to_float("n/a", -1.0)
#: to_float(" 1e3 ")
#: to_float("1,5")


def load_settings(raw):
    defaults = {"debug": False, "workers": 2, "host": "localhost"}
    try:
        data = json.loads(raw)
    except json.JSONDecodeError as exc:
        return {"error": f"{exc.msg} at column {exc.colno}"}
    else:
        if not isinstance(data, dict):
            return {"error": "expected an object, not " + type(data).__name__}
        unknown = sorted(data.keys() - defaults.keys())
        if unknown:
            return {"error": "unknown keys: " + ", ".join(unknown)}
        return {**defaults, **data}
#: load_settings('{"debug": true}')
#: load_settings('{"workers": 8, "host": "db.local"}')
#: load_settings('[1, 2]')
#: load_settings('{"debug": }')
#: load_settings('{"colour": 1, "age": 2}')


def divide_bill(total_cents, people):
    try:
        share, rest = divmod(total_cents, people)
    except ZeroDivisionError:
        return []
    return [share + 1] * rest + [share] * (people - rest)
#: divide_bill(1000, 3)
#: divide_bill(950, 0)
#: divide_bill(2, 5)
#: divide_bill("10", 2)


def parse_bool(word):
    w = str(word).strip().lower()
    if w in {"1", "true", "yes", "on"}:
        return True
    if w in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("not a boolean: %r" % word)
#: parse_bool("Yes")
#: parse_bool(0)
#: parse_bool(" OFF ")
#: parse_bool("maybe")
#: parse_bool(True)


def require_fields(record, *fields):
    missing = [f for f in fields if record.get(f) in (None, "")]
    if missing:
        plural = "s" if len(missing) > 1 else ""
        raise KeyError(f"missing field{plural}: {', '.join(missing)}")
    return {f: record[f] for f in fields}
#: require_fields({"id": 7, "name": "Lamp", "price": 20}, "id", "name")
#: require_fields({"id": 7, "name": ""}, "id", "name", "price")
#: require_fields({"id": 0}, "id")
#: require_fields({})


def coerce_row(row, types):
    out = []
    for cell, kind in zip(row, types):
        try:
            out.append(kind(cell))
        except ValueError:
            out.append(None)
    return out
#: coerce_row(["4", "2.5", "pear"], [int, float, str])
#: coerce_row(["x", "nan?", ""], [int, float, str])
#: coerce_row([], [int])
#: coerce_row(["12", "7"], [float, bool, int])


def parse_iso_day(text):
    try:
        y, m, d = map(int, text.split("-"))
        return date(y, m, d).strftime("%d.%m.%Y")
    except ValueError as e:
        return f"bad date: {e}"
#: parse_iso_day("2024-02-29")
#: parse_iso_day("2023-02-29")
#: parse_iso_day("2023-7")
#: parse_iso_day("2021-12-03")


def first_valid_int(candidates):
    for c in candidates:
        try:
            n = int(c)
        except (ValueError, TypeError):
            continue
        break
    else:
        raise LookupError("no integer among candidates")
    return n
#: first_valid_int(["x", "", "12", "13"])
#: first_valid_int([None, [], 3.9])
#: first_valid_int(["a", "b"])
#: first_valid_int(["-4"])


def parse_money(s):
    s = s.strip()
    negative = s.startswith("(") and s.endswith(")")
    if negative:
        s = s[1:-1]
    digits = s.lstrip("$€").replace(",", "")
    try:
        amount = Decimal(digits).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return str(-amount if negative else amount)
#: parse_money("$1,234.5")
#: parse_money("(20)")
#: parse_money("free")
#: parse_money(" €0.999 ")
#: parse_money("")


def validate_order(order):
    problems = {}
    if not order.get("items"):
        problems["items"] = "order is empty"
    else:
        for i, item in enumerate(order["items"]):
            qty = item.get("qty", 1)
            if not isinstance(qty, int) or isinstance(qty, bool):
                problems[f"items[{i}].qty"] = "not an integer"
            elif qty < 1:
                problems[f"items[{i}].qty"] = "must be positive"
    if "@" not in order.get("email", ""):
        problems["email"] = "invalid"
    return problems
#: validate_order({"items": [{"sku": "A1", "qty": 2}], "email": "a@b.se"})
#: validate_order({"items": [{"qty": 0}, {"qty": True}, {}], "email": "a@b.se"})
#: validate_order({})
#: validate_order({"items": [{"qty": "3"}], "email": "none"})


def read_steps(log):
    events = []
    try:
        events.append("open")
        value = int(log.split("=", 1)[1])
        events.append("parsed %d" % value)
    except IndexError:
        events.append("no value")
    except ValueError:
        events.append("bad value")
    finally:
        events.append("close")
    return events
#: read_steps("level=5")
#: read_steps("level")
#: read_steps("level=high")
#: read_steps("a=-0")


def hex_color(text):
    if not re.fullmatch(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text):
        raise ValueError(f"invalid color {text!r}")
    digits = text.lstrip("#")
    if len(digits) == 3:
        digits = "".join(c * 2 for c in digits)
    return tuple(int(digits[i:i + 2], 16) for i in range(0, 6, 2))
#: hex_color("#ff8800")
#: hex_color("abc")
#: hex_color("#12345")
#: hex_color("000000")


def clamp_percent(value):
    if isinstance(value, str):
        value = value.rstrip("% ")
    try:
        p = round(float(value))
    except OverflowError:
        return 100
    except ValueError:
        return 0
    return max(0, min(100, p))
#: clamp_percent("45%")
#: clamp_percent(130.2)
#: clamp_percent("inf")
#: clamp_percent("-3 %")
#: clamp_percent("lots")


def safe_get(data, path, default=None):
    """Follow a dotted path through dicts and lists."""
    current = data
    for part in path.split("."):
        try:
            current = current[int(part)] if part.lstrip("-").isdigit() else current[part]
        except (KeyError, IndexError, TypeError):
            return default
    return current
#: safe_get({"users": [{"name": "Ada"}, {"name": "Bo"}]}, "users.1.name")
#: safe_get({"users": []}, "users.0.name", "?")
#: safe_get({"a": 5}, "a.b")
#: safe_get({"rows": [[1, 2], [3, 4]]}, "rows.-1.0")


def convert_temperature(text):
    m = re.match(r"\s*(-?\d+(?:\.\d+)?)\s*°?([CF])\s*$", text, re.I)
    if m is None:
        raise ValueError("cannot read temperature")
    degrees, unit = float(m[1]), m.group(2).upper()
    if unit == "C":
        return f"{degrees * 9 / 5 + 32:.1f}F"
    return f"{(degrees - 32) * 5 / 9:.1f}C"
#: convert_temperature("20C")
#: convert_temperature("98.6 f")
#: convert_temperature("-40°F")
#: convert_temperature("warm")


def assert_sorted(xs, strict=False):
    for a, b in zip(xs, xs[1:]):
        if strict:
            assert a < b, f"{a} is not below {b}"
        else:
            assert a <= b, f"{a} is above {b}"
    return len(xs)
#: assert_sorted([1, 2, 2, 9])
#: assert_sorted([1, 2, 2], strict=True)
#: assert_sorted("abc", True)
#: assert_sorted([])


def parse_quantity(s):
    number, _, unit = s.strip().partition(" ")
    try:
        if "/" in number:
            amount = Fraction(number)
        else:
            amount = Fraction(int(number))
    except ZeroDivisionError:
        return "zero denominator"
    except ValueError:
        return "unreadable: " + number
    return f"{float(amount):g} {unit.strip() or 'piece'}"
#: parse_quantity("3/4 cup")
#: parse_quantity("2")
#: parse_quantity("1/0 tsp")
#: parse_quantity("some salt")
#: parse_quantity("  6  large eggs ")


def retry(results, attempts=3):
    errors = 0
    queue = list(results)
    while queue:
        try:
            outcome = queue.pop(0)
            if outcome is None:
                raise ConnectionError("no answer")
            return outcome, errors
        except ConnectionError:
            errors += 1
            if errors >= attempts:
                raise
    return None, errors
#: retry([None, None, "pong"])
#: retry(["ok"])
#: retry([None, None, None, "late"])
#: retry([None], attempts=2)
#: retry([])


def split_errors(lines):
    good, bad = {}, []
    for lineno, line in enumerate(lines, start=1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        key, sep, value = line.partition(":")
        if not sep or not key.strip():
            bad.append(lineno)
            continue
        good[key.strip()] = value.strip()
    return good, bad
#: split_errors(["host: a.example", "", "port : 80 # web"])
#: split_errors(["oops", ": x", "a:b:c"])
#: split_errors([])
#: split_errors(["# only a comment", "empty:"])


class ConfigError(Exception):
    def __init__(self, key, reason):
        super().__init__(f"{key}: {reason}")
        self.key = key


def read_limits(cfg):
    try:
        low, high = cfg["low"], cfg["high"]
        if low > high:
            raise ConfigError("low", "greater than high")
    except KeyError as e:
        raise ConfigError(e.args[0], "not set") from e
    return range(low, high + 1)
#: read_limits({"low": 2, "high": 5})
#: read_limits({"low": 9, "high": 5})
#: read_limits({"high": 1})
#: read_limits({"low": 0, "high": 0})


def describe_config(cfg, keys):
    notes = []
    for key in keys:
        try:
            if key not in cfg:
                raise ConfigError(key, "absent")
            if not cfg[key]:
                raise ConfigError(key, "blank")
        except ConfigError as err:
            notes.append(f"[{err.key}] {err}")
        else:
            notes.append(f"{key} ok")
    return notes
#: describe_config({"user": "root", "pass": ""}, ["user", "pass", "home"])
#: describe_config({}, [])
#: describe_config({"n": 0, "m": 1}, ("n", "m"))


def check_types(**kwargs):
    expected = {"name": str, "age": int, "tags": (list, tuple)}
    for arg, value in kwargs.items():
        if arg not in expected:
            raise TypeError(f"unexpected argument {arg}")
        if not isinstance(value, expected[arg]):
            return f"{arg} has type {type(value).__name__}"
    return "fine"
#: check_types(name="Ann", age=31)
#: check_types(tags=("a", "b"))
#: check_types(age="31")
#: check_types(nam="Ann")
#: check_types()


def normalise_phone(raw, country="46"):
    digits = re.sub(r"[\s()./-]", "", raw)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = f"+{country}{digits[1:]}"
    if not digits.removeprefix("+").isdecimal():
        raise ValueError("letters in phone number: " + raw)
    return digits
#: normalise_phone("070-123 45 67")
#: normalise_phone("0044 20.7946", country="44")
#: normalise_phone("+1 (555) 0199")
#: normalise_phone("call me")


def parse_point(value):
    if isinstance(value, (tuple, list)):
        x, y = value
    elif isinstance(value, dict):
        x, y = value["x"], value["y"]
    elif isinstance(value, str):
        x, y = value.strip("()").split(",")
    else:
        raise TypeError(f"cannot make a point from {value!r}")
    return float(x), float(y)
#: parse_point((3, 4))
#: parse_point({"y": 1, "x": -2.5})
#: parse_point("(7, 8)")
#: parse_point([1, 2, 3])
#: parse_point(12)


def average_of_valid(readings):
    total = count = skipped = 0
    for r in readings:
        try:
            total += r
        except TypeError:
            skipped += 1
        else:
            count += 1
    if count == 0:
        return None, skipped
    return round(total / count, 2), skipped
#: average_of_valid([20.5, 21, None, "err", 19])
#: average_of_valid([])
#: average_of_valid(["a", None])
#: average_of_valid([True, 2])


def check_table(rows):
    if not rows:
        return "no rows"
    width = len(rows[0])
    ragged = [n for n, row in enumerate(rows) if len(row) != width]
    if ragged:
        return "rows %s differ from width %d" % (ragged, width)
    dupes = [name for name, k in Counter(rows[0]).items() if k > 1]
    return f"duplicate header {dupes[0]}" if dupes else None
#: check_table([["id", "name"], [1, "x"], [2, "y"]])
#: check_table([["id", "id"], [1, 2]])
#: check_table([["a"], [], [1, 2], [3]])
#: check_table([])


def parse_clock(text):
    try:
        t = datetime.strptime(text.strip(), "%H:%M")
    except ValueError:
        try:
            t = datetime.strptime(text.strip().upper(), "%I:%M %p")
        except ValueError:
            return -1
    return t.hour * 60 + t.minute
#: parse_clock("07:45")
#: parse_clock("7:45 pm")
#: parse_clock("25:00")
#: parse_clock(" 00:00")


def ensure_unique(ids):
    seen = set()
    for position, item in enumerate(ids):
        if item in seen:
            raise ValueError(f"duplicate id {item} at index {position}, first at {ids.index(item)}")
        seen.add(item)
    return sorted(seen)
#: ensure_unique([30, 10, 20])
#: ensure_unique([5, 6, 5])
#: ensure_unique([])
#: ensure_unique(["b", "a"])


def sqrt_or_message(x):
    try:
        return math.sqrt(x)
    except ValueError as e:
        return str(e)
    except TypeError:
        return sqrt_or_message(float(x))
#: sqrt_or_message(2.25)
#: sqrt_or_message(-1)
#: sqrt_or_message("16")
#: sqrt_or_message("four")


def validate_tree(node, depth=0):
    if depth > 3:
        raise RecursionError("tree too deep")
    if not isinstance(node, dict) or "label" not in node:
        return 1
    return sum(validate_tree(child, depth + 1) for child in node.get("children", ()))
#: validate_tree({"label": "root"})
#: validate_tree({"label": "a", "children": [{"label": "b"}, {"lbl": "c"}, 7]})
#: validate_tree(None)
#: validate_tree({"label": 1, "children": [{"children": []}, {"label": 2, "children": [{}]}]})


def strip_and_check(values, /, *, allow_empty=False, limit=10):
    cleaned = [v.strip() for v in values]
    if not allow_empty and "" in cleaned:
        raise ValueError("empty value at position {}".format(cleaned.index("")))
    too_long = list(filter(lambda v: len(v) > limit, cleaned))
    return too_long or cleaned
#: strip_and_check([" red ", "green"])
#: strip_and_check(["a", "  "])
#: strip_and_check(["a", "  "], allow_empty=True)
#: strip_and_check(["short", "a much longer one"], limit=6)


def parse_version(v):
    core, *rest = v.lstrip("v").split("-", maxsplit=1)
    parts = core.split(".")
    if not all(p.isdigit() for p in parts):
        raise ValueError("bad version " + v)
    major, minor, patch = (parts + ["0", "0"])[:3]
    return int(major), int(minor), int(patch), rest[0] if rest else ""
#: parse_version("v1.4.2")
#: parse_version("3")
#: parse_version("2.0-beta-1")
#: parse_version("1.x")


def exit_code(results):
    code = 0
    for name, status in results.items():
        try:
            code = max(code, {"pass": 0, "skip": 0, "warn": 1, "fail": 2}[status])
        except KeyError as missing:
            print(f"{name}: unknown status {missing}")
            code = 3
    return code
#: exit_code({"lint": "pass", "unit": "warn"})
#: exit_code({"lint": "pass", "unit": "crashed", "e2e": "fail"})
#: exit_code({})
#: exit_code({"a": "fail", "b": "skip"})


def release_resources(names, fail_on=None):
    held = []
    try:
        for n in names:
            if n == fail_on:
                raise RuntimeError("cannot lock " + n)
            held.append(n)
        return f"working with {len(held)}"
    except RuntimeError as e:
        return str(e)
    finally:
        while held:
            print("release", held.pop())
#: release_resources(["db", "cache"])
#: release_resources(["db", "cache", "disk"], fail_on="disk")
#: release_resources([], fail_on="db")


def error_chain(exc_names):
    current = None
    for name in exc_names:
        new = ValueError(name)
        new.__cause__ = current
        current = new
    chain = []
    while current is not None:
        chain.append(current.args[0])
        current = current.__cause__
    return " <- ".join(chain)
#: error_chain(["disk full", "write failed", "save failed"])
#: error_chain(["only"])
#: error_chain([])


def parse_flags(argv):
    opts = {"verbose": 0, "output": None}
    rest = []
    it = iter(argv)
    for arg in it:
        if arg == "--":
            rest.extend(it)
        elif arg.startswith("-v"):
            opts["verbose"] += arg.count("v")
        elif arg in ("-o", "--output"):
            try:
                opts["output"] = next(it)
            except StopIteration:
                raise ValueError(f"{arg} needs a value") from None
        else:
            rest.append(arg)
    return opts, rest
#: parse_flags(["-vv", "in.txt", "-o", "out.txt"])
#: parse_flags(["a", "--", "-v", "b"])
#: parse_flags(["--output"])
#: parse_flags([])


def count_failures(funcs_and_args):
    table = {"int": int, "len": len, "abs": abs, "ord": ord}
    tally = {}
    for fname, arg in funcs_and_args:
        try:
            table[fname](arg)
        except Exception as e:
            kind = type(e).__name__
            tally[kind] = tally.get(kind, 0) + 1
    return tally
#: count_failures([("int", "x"), ("len", 5), ("abs", -2), ("ord", "ab")])
#: count_failures([("len", []), ("int", "7")])
#: count_failures([("max", [1]), ("int", ""), ("int", None)])
#: count_failures([])


def check_interval(start, end, *, step=1):
    if step == 0:
        raise ValueError("step cannot be zero")
    if (end - start) * step < 0:
        return "empty"
    n = (end - start) // step
    last = start + n * step
    return "exact" if last == end else "stops at {0} ({1:+d})".format(last, last - end)
#: check_interval(0, 10, step=5)
#: check_interval(0, 10, step=4)
#: check_interval(5, -5, step=-3)
#: check_interval(3, 1)
#: check_interval(1, 2, step=0)


def decode_field(raw: bytes) -> str:
    for encoding in ("ascii", "utf-8"):
        try:
            return f"{encoding}:{raw.decode(encoding)}"
        except UnicodeDecodeError:
            pass
    return "latin-1:" + raw.decode("latin-1")
#: decode_field(b"plain")
#: decode_field(b"caf\xc3\xa9")
#: decode_field(b"caf\xe9")
#: decode_field(b"")


def merge_limits(base, override):
    merged = dict(base)
    for k, v in override.items():
        if k not in base:
            raise AttributeError(f"no setting named {k!r}")
        merged[k] = type(base[k])(v)
    return merged
#: merge_limits({"size": 10, "ratio": 0.5}, {"size": "20"})
#: merge_limits({"size": 10, "name": "x"}, {"name": 5, "size": 7.9})
#: merge_limits({"size": 10}, {"sise": 1})
#: merge_limits({"size": 10}, {"size": "big"})
#: merge_limits({}, {})


def form_errors(form):
    rules = [
        ("name", lambda v: v.strip() != "", "is required"),
        ("age", lambda v: v.isdigit() and 0 < int(v) < 130, "must be a real age"),
        ("zip", lambda v: len(v) == 5 and v.isdigit(), "needs five digits"),
    ]
    return {field: message for field, ok, message in rules if not ok(form.get(field, ""))}
#: form_errors({"name": "Kim", "age": "44", "zip": "12345"})
#: form_errors({"name": "  ", "age": "200", "zip": "1234"})
#: form_errors({})


def numeric_column(cells, strict=True):
    numbers = []
    for c in cells:
        c = c.strip().replace(" ", "")
        if c in ("", "-"):
            numbers.append(None)
            continue
        try:
            numbers.append(int(c))
        except ValueError:
            try:
                numbers.append(float(c.replace(",", ".")))
            except ValueError:
                if strict:
                    raise
                numbers.append(c)
    return numbers
#: numeric_column(["1", "2,5", "-", " 1 000 "])
#: numeric_column(["7", "seven"], strict=False)
#: numeric_column(["7", "seven"])
#: numeric_column([])


def balance_after(transactions, opening=0):
    balance = opening
    for kind, amount in transactions:
        if amount <= 0:
            raise ValueError("amount must be positive")
        if kind == "withdraw":
            if amount > balance:
                raise ArithmeticError(f"short by {amount - balance}")
            balance -= amount
        elif kind == "deposit":
            balance += amount
        else:
            raise NotImplementedError(kind)
    return balance
#: balance_after([("deposit", 50), ("withdraw", 20)])
#: balance_after([("withdraw", 80)], opening=75)
#: balance_after([("withdraw", 75)], 75)
#: balance_after([], opening=-5)
#: balance_after([("transfer", 1)])


def check_sku(sku):
    try:
        family, number, suffix = sku.split("-")
    except ValueError:
        return "expected three parts, got %d" % (sku.count("-") + 1)
    if not family.isupper():
        return f"family {family!r} must be upper case"
    if len(number) != 4 or not number.isdigit():
        return f"number {number!r} must be four digits"
    return suffix in ("EU", "US", "JP") or f"unknown region {suffix}"
#: check_sku("LMP-0042-EU")
#: check_sku("lmp-0042-EU")
#: check_sku("LMP0042")
#: check_sku("LMP-42-EU")
#: check_sku("LMP-0042-XX")


def check_seats(rows, booked):
    taken, conflicts = set(), []
    for label in booked:
        row, seat = label[0], int(label[1:])
        if row not in rows or not 1 <= seat <= rows[row]:
            raise IndexError(f"no such seat {label}")
        if (row, seat) in taken:
            conflicts.append(label)
        else:
            taken.add((row, seat))
    return len(taken), conflicts
#: check_seats({"A": 10, "B": 12}, ["A1", "B12", "A1"])
#: check_seats({"A": 10}, [])
#: check_seats({"A": 10}, ["A10", "A11"])
#: check_seats({"A": 3}, ["A1", "C2"])
#: check_seats({"A": 3}, ["Ax"])


def hostname_issue(host):
    if not host or len(host) > 60:
        return "bad length"
    for label in host.rstrip(".").lower().split("."):
        if not label:
            return "empty label"
        if label[0] == "-" or label[-1] == "-":
            return f"hyphen at the edge of {label}"
        odd = label.strip(string.ascii_lowercase + string.digits + "-")
        if odd:
            return f"odd characters from {odd[0]!r}"
#: hostname_issue("mail.example.org.")
#: hostname_issue("a..b")
#: hostname_issue("-web.local")
#: hostname_issue("shop_1.net")
#: hostname_issue("")


def checksum_line(line):
    payload, star, given = line.rpartition("*")
    if not star:
        raise ValueError("no checksum in " + line)
    total = 0
    for byte in payload.encode():
        total = total ^ byte
    try:
        expected = int(given, 16)
    except ValueError:
        return "unreadable checksum"
    return "ok" if total == expected else f"got {given}, computed {total:02X}"
#: checksum_line("AB*03")
#: checksum_line("GPS,12*FF")
#: checksum_line("*0")
#: checksum_line("plain text")
#: checksum_line("A*B*zz")


def pin_problem(pin, birth_year=None):
    if not pin.isdigit():
        return "digits only"
    elif len(set(pin)) == 1:
        return "all the same"
    elif pin in string.digits or pin in string.digits[::-1]:
        return "a plain sequence"
    return "birth year" if pin == str(birth_year) else None
#: pin_problem("4071")
#: pin_problem("2222")
#: pin_problem("3456")
#: pin_problem("1987", birth_year=1987)
#: pin_problem("12a4")
