"""Functions that format text: padding, tables, templates, f-strings, percent and format."""
import datetime
import functools
import json
import math
import re
import string
import textwrap
from collections import ChainMap
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from fractions import Fraction


def price_tag(amount, currency="$"):
    sign = "-" if amount < 0 else ""
    return f"{sign}{currency}{abs(amount):,.2f}"
#: price_tag(1234.5)
#: price_tag(-3, "€")
#: price_tag(0)
#: price_tag(1e6, currency="¥")


def two_columns(rows):
    width = max((len(left) for left, _ in rows), default=0)
    return [f"{left:<{width}} | {right:>6}" for left, right in rows]
#: two_columns([("tea", 3), ("coffee", 12)])
#: two_columns([])
#: two_columns([("crème", "n/a")])
#: two_columns([("a", 1, 2)])


def receipt_line(item, qty, unit, width=24):
    price = "%.2f" % (qty * unit)
    label = "%s x%d" % (item, qty)
    dots = "." * (width - len(label) - len(price))
    return label + dots + price
#: receipt_line("apple", 3, 0.5)
#: receipt_line("very long product name", 1, 10, width=12)
#: receipt_line("gum", 0, 1.25, width=16)
#: receipt_line("tea", "2", 1)


def ascii_box(text):
    lines = text.split("\n")
    w = max(map(len, lines))
    bar = "+" + "-" * (w + 2) + "+"
    body = ["| " + line.ljust(w) + " |" for line in lines]
    return "\n".join([bar, *body, bar])
#: ascii_box("hello\nyou")
#: ascii_box("")
#: ascii_box("x")


def hex_dump(data, per_line=4):
    out = []
    for offset in range(0, len(data), per_line):
        chunk = data[offset:offset + per_line]
        hexes = " ".join(f"{b:02x}" for b in chunk)
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in chunk)
        out.append(f"{offset:04x}  {hexes:<{per_line * 3}}{text}")
    return out
#: hex_dump(b"GET /\r\n")
#: hex_dump(b"")
#: hex_dump(bytes([0, 255, 65]), per_line=2)
#: hex_dump("text")


def human_size(n, units=("B", "KB", "MB", "GB")):
    value = float(n)
    for unit in units[:-1]:
        if abs(value) < 1024:
            return f"{value:.0f}{unit}" if unit == "B" else f"{value:.1f}{unit}"
        value /= 1024
    return f"{value:.1f}{units[-1]}"
#: human_size(512)
#: human_size(2048)
#: human_size(5_000_000)
#: human_size(-10)
#: human_size(3 * 1024 ** 4)


def fill_template(template, values):
    for key, value in values.items():
        template = template.replace("{{" + key + "}}", str(value))
    left = template.find("{{")
    if left != -1:
        raise KeyError(template[left + 2:template.index("}}", left)])
    return template
#: fill_template("Dear {{name}}, you owe {{sum}}", {"name": "Eve", "sum": 12})
#: fill_template("no fields", {})
#: fill_template("Hi {{who}}", {"name": "Bo"})
#: fill_template("{{a}}{{a}}", {"a": None})


def greet_all(people, pattern="{0:>8}: {1!r}"):
    return [pattern.format(name, role) for name, role in people]
#: greet_all([("Ann", "admin"), ("Bo", None)])
#: greet_all([("x", 1)], "{1:03d}/{0}")
#: greet_all([], "")
#: greet_all([("x", 1)], "{2}")


def progress_bar(done, total, width=10, *, fill="#", empty="."):
    if total == 0:
        return f"[{empty * width}]   0%"
    ratio = min(done / total, 1)
    full = int(ratio * width)
    return f"[{fill * full}{empty * (width - full)}] {ratio:>4.0%}"
#: progress_bar(3, 10)
#: progress_bar(0, 0)
#: progress_bar(12, 8, 4, fill="=")
#: progress_bar(1, 3, width=6, empty=" ")


def clock(seconds):
    minutes, s = divmod(int(seconds), 60)
    h, m = divmod(minutes, 60)
    return "%d:%02d:%02d" % (h, m, s) if h else "%d:%02d" % (m, s)
#: clock(75)
#: clock(3661.9)
#: clock(0)
#: clock(-1)


def markdown_table(headers, rows):
    lines = ["| " + " | ".join(headers) + " |"]
    lines.append("|" + "---|" * len(headers))
    for row in rows:
        cells = (str(row.get(h, "")) for h in headers)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
#: markdown_table(["id", "name"], [{"id": 1, "name": "Ann"}, {"id": 2}])
#: markdown_table(["x"], [])
#: markdown_table(["a"], [{"a": None, "b": 2}])


def align_numbers(values, places=1):
    texts = [format(v, f".{places}f") for v in values]
    widest = len(max(texts, key=len, default=""))
    return [t.rjust(widest) for t in texts]
#: align_numbers([1, 22.25, -3.14])
#: align_numbers([])
#: align_numbers([1000, 0.5], places=3)
#: align_numbers([1, "2"])


def fixed_record(name, account, balance):
    fields = [name[:10].ljust(10), str(account).zfill(6), f"{balance:+09.2f}"]
    record = "".join(fields)
    assert len(record) == 25, record
    return record
#: fixed_record("Müller", 42, 19.5)
#: fixed_record("A very long name", 123456, -0.005)
#: fixed_record("", 0, 0)
#: fixed_record("Bo", 1234567, 1)


def banner(title, width=20, ch="="):
    title = f" {title.strip().upper()} " if title.strip() else ""
    line = title.center(width, ch)
    if len(line) > width:
        line = line[:width - 1] + "…"
    return line
#: banner("menu")
#: banner("", 6, "*")
#: banner("a rather long heading here", width=12)
#: banner("odd", ch="<>")


def log_entry(level, message, **extra):
    parts = ["[{:^7}]".format(level.upper()), message]
    for k in sorted(extra):
        parts.append("{}={!r}".format(k, extra[k]))
    return " ".join(parts)
#: log_entry("info", "started", port=8080, host="local")
#: log_entry("warning", "disk low")
#: log_entry("e", "", code=None)


class Level(Enum):
    LOW = 1
    MID = 2
    HIGH = 3

    def __format__(self, spec):
        return format(self.name.title(), spec)


def alert_rows(readings, mid=50, high=80):
    rows = []
    for sensor, value in readings:
        level = Level.HIGH if value >= high else Level.MID if value >= mid else Level.LOW
        rows.append(f"{sensor:<5}{level:>6}{value:6.1f}")
    return rows
#: alert_rows([("t1", 20), ("t2", 85.25)])
#: alert_rows([("p", 50)], high=50)
#: alert_rows([])


def date_label(year, month, day, style="long"):
    d = datetime.date(year, month, day)
    match style:
        case "iso":
            return d.isoformat()
        case "short":
            return f"{d:%d/%m/%y}"
        case "long":
            return f"{d.day} {d:%B %Y}"
        case other:
            raise ValueError(f"unknown style {other!r}")
#: date_label(2024, 2, 29)
#: date_label(1999, 12, 1, "short")
#: date_label(2023, 7, 4, style="iso")
#: date_label(2023, 7, 4, "tiny")
#: date_label(2023, 2, 29)


def invoice_total(lines, tax="0.20"):
    cents = Decimal("0.01")
    net = sum((Decimal(p) * q for p, q in lines), Decimal(0))
    gross = (net * (1 + Decimal(tax))).quantize(cents, rounding=ROUND_HALF_UP)
    return "net {:>8.2f} gross {:>8.2f}".format(net, gross)
#: invoice_total([("9.99", 2), ("0.50", 3)])
#: invoice_total([], tax="0")
#: invoice_total([("1000.005", 1)], "0.055")


def as_mixed(numerator, denominator):
    f = Fraction(numerator, denominator)
    whole, rest = divmod(abs(f), 1)
    sign = "-" if f < 0 else ""
    if not rest:
        return f"{sign}{whole}"
    lead = f"{whole} " if whole else ""
    return f"{sign}{lead}{rest.numerator}/{rest.denominator}"
#: as_mixed(7, 3)
#: as_mixed(-1, 2)
#: as_mixed(8, 4)
#: as_mixed(1, 0)


def safe_substitute(text, **values):
    t = string.Template(text)
    try:
        return t.substitute(values)
    except KeyError as err:
        return t.safe_substitute(values) + f" (missing {err.args[0]})"
#: safe_substitute("$user logged in from $host", user="root", host="web1")
#: safe_substitute("${item}s cost $$${price}", item="pen")
#: safe_substitute("plain")
#: safe_substitute("bad $ sign")


def bullet_list(items, indent=0, marks="*-+"):
    out = []
    for item in items:
        if isinstance(item, list):
            out.extend(bullet_list(item, indent + 2, marks))
        else:
            mark = marks[indent // 2 % len(marks)]
            out.append(" " * indent + mark + " " + str(item))
    return out
#: bullet_list(["fruit", ["apple", "pear"], "bread"])
#: bullet_list([])
#: bullet_list([[["deep"]], 1])
#: bullet_list(["a", ["b"]], marks=">")


def ordinal(n):
    if 10 <= n % 100 <= 20:
        suffix = "th"
    else:
        suffix = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
#: ordinal(1)
#: ordinal(12)
#: ordinal(23)
#: ordinal(0)
#: ordinal(111)


def podium(results):
    medals = ["gold", "silver", "bronze"]
    ranked = sorted(results.items(), key=lambda kv: kv[1], reverse=True)
    return "\n".join(
        f"{i}. {name:.<10}{score:.>4} {medal}"
        for i, ((name, score), medal) in enumerate(zip(ranked, medals), 1)
    )
#: podium({"Ann": 9, "Bo": 12, "Cy": 3, "Di": 1})
#: podium({"Zoë": 100})
#: podium({})


def bits(value, width=8, group=4):
    if value < 0:
        value += 1 << width
    raw = f"{value:0{width}b}"
    return "_".join(raw[i:i + group] for i in range(0, len(raw), group))
#: bits(10)
#: bits(-1)
#: bits(5, 3, 1)
#: bits(300)


def radix_row(n):
    formats = ("d", "x", "X", "o", "b", "#x", "#010b")
    return {spec: format(n, spec) for spec in formats}
#: radix_row(255)
#: radix_row(0)
#: radix_row(-10)
#: radix_row(1.5)


def to_css(rules):
    blocks = []
    for selector, props in rules.items():
        inner = "; ".join(f"{p.replace('_', '-')}: {v}" for p, v in props.items())
        blocks.append(selector + " {" + (f" {inner} " if inner else "") + "}")
    return "\n".join(blocks)
#: to_css({"h1": {"font_size": "2em", "color": "red"}})
#: to_css({".empty": {}, "p": {"margin": 0}})
#: to_css({})


def sql_insert(table, record):
    def literal(v):
        if v is None:
            return "NULL"
        if isinstance(v, bool):
            return str(v).upper()
        if isinstance(v, (int, float)):
            return repr(v)
        return "'" + v.replace("'", "''") + "'"
    columns = ", ".join(record)
    return "INSERT INTO %s (%s) VALUES (%s)" % (table, columns, ", ".join(map(literal, record.values())))
#: sql_insert("users", {"id": 1, "name": "O'Neil", "active": True})
#: sql_insert("t", {"x": None, "y": -2.5})
#: sql_insert("t", {"tags": []})


def html_tag(name, *children, **attrs):
    rendered = "".join(f' {k.rstrip("_")}="{v}"' for k, v in attrs.items() if v is not False)
    if not children:
        return f"<{name}{rendered}/>"
    return f"<{name}{rendered}>{''.join(children)}</{name}>"
#: html_tag("a", "home", href="/", class_="nav")
#: html_tag("br")
#: html_tag("ul", html_tag("li", "1"), html_tag("li", "2"))
#: html_tag("input", disabled=False, value=3)


def wrap_quote(text, width=20, prefix="> "):
    if not text.strip():
        return prefix.rstrip()
    return textwrap.fill(text, width, initial_indent=prefix, subsequent_indent=prefix)
#: wrap_quote("I will be late for the meeting today")
#: wrap_quote("   ")
#: wrap_quote("short", prefix="| ")
#: wrap_quote("hello there", width=1)


def dedent_block(code):
    lines = textwrap.dedent(code).strip("\n").expandtabs(4).splitlines()
    return [f"{no:>2} {line}".rstrip() for no, line in enumerate(lines, start=1)]
#: dedent_block("\n    if x:\n        y()\n")
#: dedent_block("\ta\n\t\tb")
#: dedent_block("")


def render_row(cells, widths, aligns="<"):
    out = ""
    for i, cell in enumerate(cells):
        try:
            width = widths[i]
        except IndexError:
            width = 0
        align = aligns[i % len(aligns)]
        out += f"{cell!s:{align}{width}}|"
    return out[:-1]
#: render_row(["id", 7, None], [4, 5, 6], "<>^")
#: render_row(["a", "b", "c"], [2])
#: render_row([], [])
#: render_row([1], [3], "x")


def column_widths(rows, cap=12):
    widths = []
    for row in rows:
        for i, cell in enumerate(row):
            size = min(len(str(cell)), cap)
            if i == len(widths):
                widths.append(size)
            elif size > widths[i]:
                widths[i] = size
    return widths
#: column_widths([["id", "name"], [10, "Bartholomew Jr"], [7]])
#: column_widths([])
#: column_widths([["abc"], ["a", "b"]], cap=2)


def percent_changes(prices):
    labels = []
    for old, new in zip(prices, prices[1:]):
        if not old:
            labels.append("n/a")
            continue
        change = (new - old) / old
        arrow = "▲" if change > 0 else "▼" if change < 0 else "="
        labels.append(f"{arrow}{change:+.1%}")
    return labels
#: percent_changes([100, 110, 99, 99])
#: percent_changes([0, 5])
#: percent_changes([1])


def bar_chart(data, scale=1):
    longest = max(len(k) for k in data)
    for label, value in data.items():
        yield label.rjust(longest) + " " + "█" * round(value / scale) + f" {value}"


def chart_text(data, scale=1):
    try:
        return "\n".join(bar_chart(data, scale))
    except ValueError:
        return "(no data)"
#: chart_text({"jan": 3, "february": 5})
#: chart_text({})
#: chart_text({"x": 25, "y": 5}, scale=10)
#: chart_text({"x": 1}, scale=0)


def phone_number(digits):
    digits = "".join(filter(str.isdigit, digits))
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) != 10:
        raise ValueError("expected 10 digits, got %d" % len(digits))
    return "({}{}{}) {}{}{}-{}{}{}{}".format(*digits)
#: phone_number("555 123 4567")
#: phone_number("+1 (800) 555-0199")
#: phone_number("12345")
#: phone_number("")


def group_digits(number, size=3, sep=" "):
    s = str(abs(number))
    groups = []
    while s:
        groups.insert(0, s[-size:])
        s = s[:-size]
    return ("-" if number < 0 else "") + sep.join(groups)
#: group_digits(1234567)
#: group_digits(-1000, sep=".")
#: group_digits(12, 4)
#: group_digits(0)


def card_mask(number, visible=4):
    compact = number.replace(" ", "").replace("-", "")
    if not compact.isdecimal():
        return "invalid"
    masked = compact[-visible:].rjust(len(compact), "*")
    return " ".join(re.findall(".{1,4}", masked))
#: card_mask("4111 1111 1111 1234")
#: card_mask("5500-0000", visible=2)
#: card_mask("12ab")
#: card_mask("123", visible=8)


def address_label(person):
    lines = [
        person["name"].title(),
        person.get("company"),
        person["street"],
        f"{person['zip']:>05} {person['city'].upper()}",
    ]
    return "\n".join(line for line in lines if line)
#: address_label({"name": "ann lee", "street": "1 Elm St", "zip": "501", "city": "Holtsville"})
#: address_label({"name": "bo", "company": "Acme", "street": "Ring 2", "zip": "90210", "city": "x"})
#: address_label({"name": "cy", "street": "?"})


def render_config(defaults, user):
    settings = ChainMap(user, defaults)
    width = max(len(k) for k in settings)
    out = []
    for key in sorted(settings):
        origin = "*" if key in user else " "
        out.append("%s%-*s = %s" % (origin, width, key, settings[key]))
    return out
#: render_config({"port": 80, "debug": False}, {"debug": True})
#: render_config({"theme": "dark"}, {})
#: render_config({}, {})


def json_line(event, indent=None):
    try:
        return json.dumps(event, sort_keys=True, indent=indent)
    except TypeError:
        return json.dumps({"repr": repr(event)})
#: json_line({"b": 1, "a": [True, None]})
#: json_line({1, }, indent=2)
#: json_line("é")
#: json_line({"k": {}}, 1)


@dataclass
class Money:
    cents: int
    code: str = "EUR"

    def __str__(self):
        return f"{self.cents // 100}.{self.cents % 100:02d} {self.code}"

    def __format__(self, spec):
        if spec == "short":
            return f"{self.cents / 100:.0f}"
        return format(str(self), spec)


def show_money(*amounts, code="EUR"):
    wallet = [Money(a, code) for a in amounts]
    print(*wallet, sep=" | ")
    return " ".join(f"{m:>12}" for m in wallet), [f"{m:short}" for m in wallet]
#: show_money(1999, 5)
#: show_money(100000, code="USD")
#: show_money()


def compass(degrees):
    points = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"]
    d = degrees % 360
    return f"{points[math.floor((d + 22.5) / 45) % 8]} ({d:03.0f}°)"
#: compass(0)
#: compass(350)
#: compass(-90)
#: compass(725.4)


def indent_tree(node, depth=0):
    name, children = node
    text = "  " * depth + ("└ " if depth else "") + name + "\n"
    for child in children:
        text += indent_tree(child, depth + 1)
    return text
#: indent_tree(("root", [("bin", []), ("usr", [("lib", [])])]))
#: indent_tree(("leaf", []))
#: indent_tree(("bad",))


def make_formatter(spec, prefix="", suffix=""):
    def fmt(value):
        nonlocal count
        count += 1
        return f"{count}:{prefix}{value:{spec}}{suffix}"
    count = 0
    return fmt


def format_series(values, spec, unit=""):
    fmt = make_formatter(spec, suffix=unit)
    return list(map(fmt, values))
#: format_series([1.234, 20], ".1f", "kg")
#: format_series(["a", "bb"], ">4")
#: format_series([], "d")
#: format_series([1.5], "d")


def scientific(values, digits=2):
    pieces = []
    for v in values:
        mantissa, _, exponent = f"{v:.{digits}e}".partition("e")
        pieces.append(f"{mantissa}×10^{int(exponent)}")
    return pieces
#: scientific([12345, 0.00067])
#: scientific([0, -1], digits=0)
#: scientific([])


def ellipsis_cells(row, width):
    return tuple(c if len(c) <= width else c[:width - 1] + "…" for c in map(str, row))
#: ellipsis_cells(["short", "much too long", 1234567], 6)
#: ellipsis_cells([], 3)
#: ellipsis_cells([None, 3.14159], 4)


def zip_columns(left, right, gap=" | "):
    a, b = left.splitlines(), right.splitlines()
    height = max(len(a), len(b))
    a += [""] * (height - len(a))
    b += [""] * (height - len(b))
    w = max([len(x) for x in a] or [0])
    return [x.ljust(w) + gap + y for x, y in zip(a, b)]
#: zip_columns("one\nthree", "x\ny\nz")
#: zip_columns("", "")
#: zip_columns("only left", "", gap="")


def numbered_choices(options, default=None):
    menu = ""
    for key, option in zip("abcdefg", options):
        star = "*" if option == default else ""
        menu += f"{key}) {option}{star}  "
    return menu.rstrip() or "nothing to choose"
#: numbered_choices(["Easy", "Normal", "Hard"], "Normal")
#: numbered_choices([])
#: numbered_choices(range(8, 10))


def time_ago(seconds):
    steps = [("year", 31_536_000), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)]
    if seconds < 1:
        return "just now"
    for unit, size in steps:
        n, _ = divmod(seconds, size)
        if n:
            return f"{n} {unit}{'s'[:n != 1]} ago"
#: time_ago(3600)
#: time_ago(59)
#: time_ago(200_000)
#: time_ago(0)
#: time_ago(1)


def coordinates(lat, lon):
    def part(value, positive, negative):
        letter = positive if value >= 0 else negative
        whole, frac = divmod(abs(value), 1)
        return f"{whole:.0f}°{frac * 60:04.1f}'{letter}"
    if not -90 <= lat <= 90:
        raise ValueError(f"{lat=} out of range")
    return part(lat, "N", "S") + " " + part(lon, "E", "W")
#: coordinates(48.5, 2.25)
#: coordinates(-33.75, -70)
#: coordinates(91, 0)
#: coordinates(0, 0)


def debug_vars(**named):
    width = functools.reduce(max, map(len, named), 0)
    chunks = []
    for name, value in named.items():
        kind = type(value).__name__
        chunks.append(f"{name:>{width}} = {value!r:<8} <{kind}>")
    return chunks
#: debug_vars(x=1, total="ten")
#: debug_vars()
#: debug_vars(items=[1, 2], ok=None, ratio=0.1 + 0.2)


def score_board(home, away, score, *, width=16):
    first, second = score
    winner = home if first > second else away if second > first else None
    line = "{h:<{w}}{a:>{w}}".format(h=f"{home} {first}", a=f"{second} {away}", w=width // 2)
    return line if winner is None else line + f"  ({winner} won)"
#: score_board("Reds", "Blues", (2, 1))
#: score_board("A", "B", (0, 0), width=8)
#: score_board("A", "B", [0, 3])
#: score_board("A", "B", (1,))


def translate_message(catalog, key, *args, lang="en"):
    messages = catalog.get(lang) or catalog["en"]
    message = messages.get(key, key)
    try:
        return message % args
    except TypeError as e:
        return f"{message} <{e}>"
#: translate_message({"en": {"hi": "Hello %s"}}, "hi", "Ann")
#: translate_message({"en": {"n": "%d of %d"}, "fr": {"n": "%d sur %d"}}, "n", 1, 5, lang="fr")
#: translate_message({"en": {"hi": "Hello %s"}}, "hi", lang="xx")
#: translate_message({"en": {}}, "raw", 3)
