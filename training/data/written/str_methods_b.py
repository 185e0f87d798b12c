"""Case methods, is* predicates, padding, translate, encode, expandtabs, splitlines, prefixes and suffixes, format."""
import string
import textwrap
import unicodedata
from datetime import date


def cases(s):
    return s.lower(), s.upper(), s.title(), s.capitalize(), s.swapcase()
#: cases("heLLo wORLD")
#: cases("it's 3rd-rate")
#: cases("straße")
#: cases("")


def same_text(a, b):
    if a == b:
        return "exact"
    if a.lower() == b.lower():
        return "lower"
    return "folded" if a.casefold() == b.casefold() else ""
#: same_text("Yes", "yes")
#: same_text("STRASSE", "straße")
#: same_text("no", "no")
#: same_text("a", "b")


def kinds(s):
    checks = ("isalpha", "isdigit", "isalnum", "isspace", "isupper", "islower", "istitle")
    return [name[2:] for name in checks if getattr(s, name)()]
#: kinds("Abc")
#: kinds("42")
#: kinds("A1 b")
#: kinds(" \t")
#: kinds("")


def digit_kinds(chars):
    out = {}
    for c in chars:
        out[c] = (c.isdecimal(), c.isdigit(), c.isnumeric())
    return out
#: digit_kinds("7²½")
#: digit_kinds("-x")
#: digit_kinds("")


def to_int(s, default=None):
    s = s.strip()
    if s.lstrip("-").isdigit():
        return int(s)
    return default
#: to_int(" 42 ")
#: to_int("-7")
#: to_int("--7")
#: to_int("3.5", 0)
#: to_int("")


def safe_name(s):
    s = s.lower().replace(" ", "_").replace("-", "_")
    if not s.isidentifier():
        s = "_" + "".join(c for c in s if c.isalnum() or c == "_")
    return s
#: safe_name("Max Size")
#: safe_name("2nd-place!")
#: safe_name("été")
#: safe_name("")


def banner(title, width=20, fill="="):
    if title:
        title = f" {title} "
    return title.center(width, fill)
#: banner("Menu", 15)
#: banner("Menu", 16)
#: banner("", 5, "*")
#: banner("too long for it", 4)
#: banner("x", 9, "ab")


def row(cells, widths):
    out = ""
    for c, w in zip(cells, widths):
        c = str(c)
        out += c.rjust(w) if c.isdigit() else c.ljust(w, ".")
    return out
#: row(["apple", 3, 120], [8, 4, 5])
#: row(["ab", -1], [1, 4])
#: row([], [3])
#: row([None, 2.5], [6, 6])


def pad_ids(ids, width=4):
    return [str(i).zfill(width) for i in ids]
#: pad_ids([7, 42, 12345])
#: pad_ids([-3, "+5", "x"])
#: pad_ids(["", "--1"], 3)
#: pad_ids([1], 0)


def next_code(code):
    prefix = code.rstrip(string.digits)
    num = code[len(prefix):]
    if not num:
        return code + "1"
    return prefix + str(int(num) + 1).zfill(len(num))
#: next_code("INV-0099")
#: next_code("a9")
#: next_code("draft")
#: next_code("007")


def phone_key(s):
    return s.translate(str.maketrans("+", "0", " ()-./"))
#: phone_key("+49 (30) 12-34")
#: phone_key("555.0199")
#: phone_key("- -")
#: phone_key("call me")


def leet(s, table={"a": "4", "e": "3", "o": "0", "ss": None}):
    try:
        t = str.maketrans(table)
    except ValueError as e:
        return str(e)
    return s.translate(t)
#: leet("open sesame")
#: leet("open sesame", {"e": "3", "s": "$"})
#: leet("tea & cake", {"&": "and", " ": None})
#: leet("abc", {97: 98, "b": ""})


def table_of(src, dst, drop=""):
    t = str.maketrans(src, dst, drop)
    return {chr(k): v and chr(v) for k, v in t.items()}
#: table_of("ab", "xy")
#: table_of("ab", "xy", "b!")
#: table_of("", "")
#: table_of("abc", "x")


def tidy_key(s):
    bad = s.translate({ord(c): None for c in string.ascii_letters + "_."})
    if bad:
        raise KeyError("bad char " + bad[0])
    return s.translate({46: "__", 95: 45, 120: None}).lower()
#: tidy_key("Db.Main_Host")
#: tidy_key("")
#: tidy_key("max_size 2")
#: tidy_key("x.y")


def byte_sizes(words, enc="utf-8"):
    return [len(w.encode(enc)) for w in words]
#: byte_sizes(["abc", "né", "日本"])
#: byte_sizes(["ab", ""], "utf-16")
#: byte_sizes(["ok", "é"], "ascii")
#: byte_sizes(["é"], "latin-1")


def to_ascii(s, how="ignore"):
    b = s.encode("ascii", how)
    return b, b.decode()
#: to_ascii("naïve café")
#: to_ascii("naïve", "replace")
#: to_ascii("é€", "backslashreplace")
#: to_ascii("1 < ü", "xmlcharrefreplace")
#: to_ascii("ü", "strict")


def unaccent(word):
    flat = unicodedata.normalize("NFD", word)
    return "".join(ch for ch in flat if not unicodedata.combining(ch))
#: unaccent("Crème brûlée")
#: unaccent("Ångström")
#: unaccent("plain")
#: unaccent("")


def tab_cols(line, sizes=(8, 4, 0)):
    return {n: line.expandtabs(n) for n in sizes}
#: tab_cols("a\tbc\td")
#: tab_cols("\tx", [2])
#: tab_cols("abcd\te\nf\tg", (4, 1))
#: tab_cols("none", ())


def lines_of(text):
    plain = text.splitlines()
    kept = text.splitlines(True)
    return plain, kept, text.split("\n")
#: lines_of("a\nb\n")
#: lines_of("a\r\nb\rc")
#: lines_of("\n\n")
#: lines_of("")


def eol_style(text):
    seen = {}
    for ln in text.splitlines(keepends=True):
        body = ln.rstrip("\r\n")
        seen[ln[len(body):] or "none"] = body
    return sorted(seen), seen
#: eol_style("a\nb\r\nc")
#: eol_style("x\n\ny\n")
#: eol_style("")
#: eol_style("p\x0cq")


def is_image(name, exts=(".png", ".jpg", ".gif")):
    return name.lower().endswith(exts)
#: is_image("Cat.JPG")
#: is_image("cat.jpg.txt")
#: is_image("x.bmp", ".bmp")
#: is_image("x", ())
#: is_image("x.png", [".png"])


def scheme(url):
    if url.startswith(("http://", "https://")):
        return "web"
    if url.startswith("//", 1) or url.startswith(":", 4, 6):
        return "odd"
    return "mail" if url.startswith("mailto:") else None
#: scheme("https://a.b")
#: scheme("mailto:x@y.z")
#: scheme("x//abc")
#: scheme("abcd:e")
#: scheme("")


def edge_checks(s, p):
    return [s.startswith(p), s.startswith(p, 1), s.startswith(p, -2), s.endswith(p, 0, -1), s.endswith(p, 2)]
#: edge_checks("abab", "ab")
#: edge_checks("aaa", "a")
#: edge_checks("xyz", "")
#: edge_checks("", "q")
#: edge_checks("", "")


def strip_ends(s, pre, suf):
    once = s.removeprefix(pre).removesuffix(suf)
    many = s.lstrip(pre).rstrip(suf)
    return once, many
#: strip_ends("test_test_case.py", "test_", ".py")
#: strip_ends("aaa", "a", "a")
#: strip_ends("abc", "", "")
#: strip_ends("py.py", "x", "py")


def short_branch(ref):
    for p in ("refs/heads/", "refs/tags/", "origin/"):
        if (rest := ref.removeprefix(p)) != ref:
            return rest
    return ref or "HEAD"
#: short_branch("refs/heads/main")
#: short_branch("refs/tags/v1.0")
#: short_branch("dev")
#: short_branch("")


def price_tag(item, price, qty=1):
    return "{:<10}{:>3d} x {:8.2f}".format(item, qty, price)
#: price_tag("tea", 2.5)
#: price_tag("a very long name", 10, 12)
#: price_tag("ink", 1e6, -4)
#: price_tag("pen", 2, 1.5)


def fmt_args(tpl, *a, **kw):
    try:
        return tpl.format(*a, **kw)
    except (KeyError, IndexError) as e:
        return type(e).__name__ + ": " + str(e)
#: fmt_args("{} and {}", 1, 2)
#: fmt_args("{1}{0}{1}", "a", "b")
#: fmt_args("{x!r:>6}|{y[0]}", x="q", y=[3, 4])
#: fmt_args("{name}", nome="bo")
#: fmt_args("{{{}}} {}", 5)


def bases(n):
    return f"{n:b} {n:o} {n:x} {n:#X} {n:+d} {n:,}"
#: bases(255)
#: bases(-10)
#: bases(1234567)
#: bases(0)


def align_all(v, w=7):
    out = []
    for a in "<>^=":
        try:
            out.append(format(v, f"*{a}{w}"))
        except ValueError:
            out.append("-")
    return out
#: align_all(-42)
#: align_all("hi")
#: align_all(3.5, 5)
#: align_all("longer", 3)


def percent_line(done, total):
    if total == 0:
        return "n/a"
    frac = done / total
    return f"{frac:.0%} ({done}/{total})" if frac < 1 else "done".upper()
#: percent_line(1, 3)
#: percent_line(0, 8)
#: percent_line(9, 9)
#: percent_line(2, 0)
#: percent_line(1, 200)


def old_style(name, n, ratio):
    return "%-6s|%4d|%05.1f|%%" % (name, n, ratio)
#: old_style("abc", 12, 3.14159)
#: old_style("longname", -5, -2)
#: old_style(None, 3.9, 100.05)
#: old_style("x", "3", 1)


def headline(s, small=("of", "the", "and", "a")):
    words = s.lower().split()
    return " ".join(w if i and w in small else w.capitalize() for i, w in enumerate(words))
#: headline("the lord OF the rings")
#: headline("a tale")
#: headline("x", ())
#: headline("")


def toggle_first(s):
    return s[:1].swapcase() + s[1:]
#: toggle_first("Hello")
#: toggle_first("hello")
#: toggle_first("9x")
#: toggle_first("")
#: toggle_first("ßa")


def menu_label(s):
    out = [s[:1].upper()]
    for c in s[1:]:
        if c in "_-":
            c = " "
        elif c.isdigit() and not out[-1].isdigit():
            c = "#" + c
        out.append(c)
    return "".join(out)
#: menu_label("open_file2")
#: menu_label("x-10_20")
#: menu_label("A")
#: menu_label("")


def shouting(msg):
    letters = [c for c in msg if c.isalpha()]
    if not letters:
        return False
    return sum(map(str.isupper, letters)) / len(letters) > 0.7
#: shouting("WHY NOT??")
#: shouting("Hello There")
#: shouting("123!")
#: shouting("OK ok OK OK")


def upper_runs(s):
    prev = False
    n = 0
    for c in s:
        up = c.isupper()
        n += up and not prev
        prev = up
    return n
#: upper_runs("parseHTTPRequest")
#: upper_runs("ABC")
#: upper_runs("")
#: upper_runs("a B c D")


def pin_error(pin):
    if not pin.isdecimal():
        return "digits only"
    if len(pin) not in (4, 6):
        return f"bad length {len(pin)}"
    if len(set(pin)) == 1:
        return "too simple"
#: pin_error("1234")
#: pin_error("12a4")
#: pin_error("12345")
#: pin_error("0000")
#: pin_error("")


def split_alnum(s):
    i = 0
    while i < len(s) and not s[i].isdigit():
        i += 1
    return s[:i].upper(), s[i:].zfill(3)
#: split_alnum("bx12")
#: split_alnum("abc")
#: split_alnum("99a")
#: split_alnum("")


def shift_row(s, n=1):
    keys = "qwertyuiop"
    n = n % len(keys)
    moved = keys[n:] + keys[:n]
    return s.translate(str.maketrans(keys + keys.upper(), moved + moved.upper()))
#: shift_row("Power", 1)
#: shift_row("Quiet", -1)
#: shift_row("tip", 10)
#: shift_row("abc")


def box(text):
    lines = text.splitlines() or [""]
    w = max(map(len, lines))
    bar = "+" + "-" * w + "+"
    return [bar, *("|" + ln.ljust(w) + "|" for ln in lines), bar]
#: box("hi\nthere")
#: box("")
#: box("a\n\n")


def indent_of(line, tab=4):
    full = line.expandtabs(tab)
    if full.isspace() or not full:
        return -1
    return len(full) - len(full.lstrip())
#: indent_of("    x = 1")
#: indent_of("\t\ty")
#: indent_of("  \tz", 8)
#: indent_of("   ")
#: indent_of("")


def dedent_lines(block):
    text = textwrap.dedent(block).strip("\n")
    return [ln.rstrip() for ln in text.splitlines()]
#: dedent_lines("\n    if x:\n        y  \n")
#: dedent_lines("a\n  b")
#: dedent_lines("")
#: dedent_lines("  p\n\n  q\n")


def center_list(words, w=7):
    for i, s in enumerate(words):
        words[i] = s.center(w, "~") if len(s) % 2 else s.center(w - 1)
    return words
#: center_list(["abc", "ab", ""])
#: center_list(["a", "abcd"], 4)
#: center_list([])
#: center_list(["seven77", "eight888"])


def date_label(y, m, d):
    day = date(y, m, d)
    return f"{day:%d.%m.%y}", "{:%Y/%j}".format(day), str(day)
#: date_label(2024, 2, 29)
#: date_label(2023, 12, 31)
#: date_label(2023, 2, 29)
#: date_label(1999, 1, 1)


def type_of(token):
    match token:
        case "" | "null" | "None":
            return None
        case "true" | "false":
            return token == "true"
        case _ if token.isnumeric():
            return int(token)
    return token
#: type_of("true")
#: type_of("12")
#: type_of("null")
#: type_of("x1")
#: type_of("½")


def repeat_name(s, times):
    try:
        return (s.title() + " ") * times
    except AttributeError:
        return [s] * times
#: repeat_name("bo", 2)
#: repeat_name("bo", -1)
#: repeat_name(5, 3)
#: repeat_name(None, 0)


def plural(n, word, many=None):
    if n == 1:
        return f"1 {word}"
    if many is None:
        many = word[:-1] + "ies" if word.endswith("y") else word + ("es" if word.endswith(("s", "x", "ch")) else "s")
    return f"{n or 'no'} {many}"
#: plural(1, "box")
#: plural(3, "box")
#: plural(0, "city")
#: plural(2, "mouse", "mice")
#: plural(5, "day", "")


def printable(s):
    return "".join(c if c.isprintable() else f"<{ord(c):02x}>" for c in s)
#: printable("a\tb\n")
#: printable("ok é")
#: printable("\x00\x7f")
#: printable("")


def hex_bytes(s):
    raw = s.encode()
    return raw.hex(" "), [f"{b:08b}" for b in raw[:2]]
#: hex_bytes("Az")
#: hex_bytes("é!")
#: hex_bytes("")


def check_title(s):
    if not s.istitle():
        fixed = s.title()
        raise ValueError(f"expected {fixed!r}, got {s!r}")
    return s.split()
#: check_title("New York City")
#: check_title("New york")
#: check_title("A1B")
#: check_title("X")


def redact(card, shown=4, ch="•"):
    digits = card.replace(" ", "")
    assert digits.isdigit() and shown >= 0
    return digits[len(digits) - shown:].rjust(len(digits), ch)
#: redact("1234 5678 9012")
#: redact("4242", 0, "x")
#: redact("12 34", 4)
#: redact("12-34")


def legend(**marks):
    width = max((len(k) for k in marks), default=0) + 1
    return "\n".join(f"{k:.<{width}}{v!s:>5.4}" for k, v in marks.items())
#: legend(low=1, medium=2.71828)
#: legend(a=None, b="truncated")
#: legend()


def sort_nocase(words):
    return sorted(words), sorted(words, key=str.casefold), max(words, key=str.lower, default="")
#: sort_nocase(["banana", "Apple", "cherry"])
#: sort_nocase(["b", "B", "a", "A"])
#: sort_nocase([])
