"""Functions that clean text: normalising, stripping, case, replacing, translate, unicode."""
import functools
import html
import re
import string
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import methodcaller


def tidy_note(note, width=30):
    words = note.replace("\u200b", "").split()
    while words and words[-1] in ("--", "-", "…"):
        words.pop()
    return " ".join(words)[:width].rstrip()
#: tidy_note("  call   back\tlater \n -- ")
#: tidy_note("")
#: tidy_note("zero\u200bwidth", width=4)
#: tidy_note("- …")


def clean_username(raw, limit=12):
    name = raw.strip().casefold()
    name = "".join(c if c.isalnum() else "_" for c in name)
    while "__" in name:
        name = name.replace("__", "_")
    name = name.strip("_")[:limit]
    if not name:
        raise ValueError("empty user name")
    return name
#: clean_username("  Jean-Luc Picard ")
#: clean_username("Ünal!!", limit=3)
#: clean_username("a   b")
#: clean_username("--- ")


def slugify(title, sep="-"):
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", sep, ascii_title.lower()).strip(sep)
#: slugify("Crème Brûlée: a Recipe!")
#: slugify("Already-good", "_")
#: slugify("日本")
#: slugify("  ")


def strip_accents(s):
    kept = []
    for ch in unicodedata.normalize("NFD", s):
        if unicodedata.category(ch) == "Mn":
            continue
        kept.append(ch)
    return "".join(kept)
#: strip_accents("Łódź café")
#: strip_accents("naïve")
#: strip_accents("")
#: strip_accents("plain")


def remove_punct(text, keep="'"):
    drop = "".join(c for c in string.punctuation if c not in keep)
    return text.translate(str.maketrans("", "", drop))
#: remove_punct("It's 5 o'clock, Bob!")
#: remove_punct("a-b_c", keep="_-")
#: remove_punct("", "")
#: remove_punct("«no»")


def straight_quotes(text):
    table = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2026: "...", 0xA0: " "}
    fixed = text.translate(table)
    return fixed, len(fixed) - len(text)
#: straight_quotes("\u201cwait\u2026\u201d")
#: straight_quotes("it\u2019s")
#: straight_quotes("plain")


def decode_bytes(data):
    for encoding in ("ascii", "utf-8"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1"), "latin-1"
#: decode_bytes(b"hello")
#: decode_bytes(b"caf\xc3\xa9")
#: decode_bytes(b"caf\xe9")
#: decode_bytes(b"")


def fix_line_endings(text, newline="\n"):
    lines = text.splitlines()
    if text.endswith(("\r", "\n")):
        lines.append("")
    return newline.join(lines)
#: fix_line_endings("a\r\nb\rc\n")
#: fix_line_endings("one line")
#: fix_line_endings("x\ny", newline="\r\n")
#: fix_line_endings("")


def drop_comments(source, marker="#"):
    out = []
    for line in source.splitlines(keepends=True):
        if line.lstrip().startswith(marker):
            continue
        code, found, _ = line.partition(" " + marker)
        out.append(code.rstrip() + "\n" if found else line)
    return "".join(out)
#: drop_comments("x = 1 # one\n# all\ny = 2\n")
#: drop_comments("a // b // c", marker="//")
#: drop_comments("")


def column_name(header, taken=()):
    name = re.sub(r"\W+", "_", header.strip().lower().replace("%", " pct ").replace("#", " num "))
    name = name.strip("_") or "col"
    if name[0].isdigit():
        name = f"c_{name}"
    base, n = name, 2
    while name in taken:
        name, n = f"{base}_{n}", n + 1
    return name
#: column_name(" Growth (%) ")
#: column_name("2024 sales", {"c_2024_sales"})
#: column_name("#")
#: column_name("??", taken=["col", "col_2"])


def header_name(env_key, *, prefix="HTTP_"):
    if not env_key.startswith(prefix):
        return None
    first, *others = env_key[len(prefix):].split("_")
    if first in ("X", "WWW"):
        return "-".join([first, *(part.title() for part in others)])
    return "-".join(map(str.capitalize, (first, *others)))
#: header_name("HTTP_USER_AGENT")
#: header_name("HTTP_X_REQUEST_ID")
#: header_name("PATH")
#: header_name("CONTENT_TYPE", prefix="")


def smart_title(s):
    out = s.title()
    for wrong, right in (("'S", "'s"), ("'T", "'t"), (" Ii", " II"), ("Usa", "USA")):
        out = out.replace(wrong, right)
    return out
#: smart_title("the king's speech")
#: smart_title("made in the usa, don't ask")
#: smart_title("part ii")
#: smart_title("")


def swap_words(text, mapping):
    words = text.split(" ")
    for i, w in enumerate(words):
        core = w.strip(".,!")
        if core.lower() in mapping:
            new = mapping[core.lower()]
            if core.istitle():
                new = new.capitalize()
            words[i] = w.replace(core, new, 1)
    return " ".join(words)
#: swap_words("Colour is nice, colour!", {"colour": "color"})
#: swap_words("Nothing here", {})
#: swap_words("", {"a": "b"})


def normalise_phone(raw, country="+44"):
    cleaned = raw.translate({ord(c): None for c in " ()-./"})
    if cleaned.startswith("00"):
        cleaned = "+" + cleaned[2:]
    elif cleaned.startswith("0"):
        cleaned = country + cleaned.lstrip("0")
    if not cleaned.removeprefix("+").isdecimal():
        raise ValueError(f"bad phone: {raw!r}")
    return cleaned
#: normalise_phone("(020) 7946-0018")
#: normalise_phone("0049 30/1234")
#: normalise_phone("+1.212.555")
#: normalise_phone("call me")


def normalise_email(address):
    user, at, domain = address.strip().rpartition("@")
    if not at or not user:
        return None
    domain = domain.lower().rstrip(".")
    if domain in ("gmail.com", "googlemail.com"):
        user = user.split("+")[0].replace(".", "")
        domain = "gmail.com"
    return user.lower() + "@" + domain
#: normalise_email(" J.Doe+news@GoogleMail.com ")
#: normalise_email("Bob@Example.ORG.")
#: normalise_email("@nowhere")
#: normalise_email("plain")


def parse_price(label):
    cleaned = label.strip("€$£ \u00a0").replace(" ", "")
    comma, dot = cleaned.rfind(","), cleaned.rfind(".")
    if comma > dot:
        cleaned = cleaned.replace(".", "").replace(",", ".")
    else:
        cleaned = cleaned.replace(",", "")
    return float(cleaned)
#: parse_price("€ 1.299,50")
#: parse_price("$2,000.75")
#: parse_price("15")
#: parse_price("free")


def calm_down(text, allowed=1):
    pieces = []
    for ch, run in groupby(text):
        n = len(list(run))
        pieces.append(ch * n if ch.isalnum() or ch == " " else ch * min(allowed, n))
    calm = "".join(pieces)
    return calm.capitalize() if calm.isupper() else calm
#: calm_down("WHERE IS IT???!!")
#: calm_down("well... ok", allowed=2)
#: calm_down("")
#: calm_down("a--b", 0)


def fix_keyboard(text, layout="de"):
    swaps = {"de": ("zyZY", "yzYZ"), "fr": ("aqzw", "qawz")}
    try:
        table = str.maketrans(*swaps[layout])
    except KeyError:
        raise ValueError(f"no such layout: {layout}") from None
    return text.translate(table)
#: fix_keyboard("Zou maz trz")
#: fix_keyboard("qpple", "fr")
#: fix_keyboard("", layout="de")
#: fix_keyboard("hi", "us")


def strip_tags(markup):
    out, inside = [], False
    for ch in markup:
        if inside:
            inside = ch != ">"
        elif ch == "<":
            inside = True
        else:
            out.append(ch)
    return html.unescape("".join(out)).strip()
#: strip_tags("<b>Tom</b> &amp; <i>Ann</i>")
#: strip_tags(" no tags ")
#: strip_tags("<br/>")
#: strip_tags("5 &lt; 6")


def escape_chars(text, specials="*_`"):
    return "".join("\\" + c if c in specials else c for c in text)
#: escape_chars("2*3 and snake_case")
#: escape_chars("a.b", specials=".")
#: escape_chars("")


def unescape(text):
    codes = {"n": "\n", "t": "\t", "\\": "\\", '"': '"'}
    out = []
    it = iter(text)
    for ch in it:
        if ch != "\\":
            out.append(ch)
            continue
        nxt = next(it, None)
        if nxt is None:
            raise ValueError("dangling backslash")
        out.append(codes.get(nxt, nxt))
    return "".join(out)
#: unescape("a\\tb\\n")
#: unescape("quote \\\" end")
#: unescape("plain")
#: unescape("bad\\")


def visible(text):
    swaps = {"\t": "→", "\n": "¶", " ": "·"}
    shown = ""
    for ch in text:
        if ch in swaps:
            shown += swaps[ch]
        elif ch.isprintable():
            shown += ch
        else:
            shown += f"<{ord(ch):x}>"
    return shown
#: visible("a b\tc\n")
#: visible("bell\x07")
#: visible("")


def pipeline(text, *steps):
    for step in steps:
        try:
            if isinstance(step, tuple):
                name, *args = step
                text = methodcaller(name, *args)(text)
            else:
                text = getattr(text, step)()
        except AttributeError:
            text += f" [no {step}]"
    return text
#: pipeline("  Hello ", "strip", "swapcase")
#: pipeline("a-b-c", ("replace", "-", "+", 1), ("center", 9, "*"))
#: pipeline("x", "explode")
#: pipeline("same")
#: pipeline("x", ("zfill", "3"))


def compose(*funcs):
    def run(value):
        return functools.reduce(lambda v, f: f(v), funcs, value)
    return run


def clean_tags(raw):
    tidy = compose(str.strip, str.lower, lambda t: t.lstrip("#"))
    tags = {tidy(t): None for t in raw.split(",")}
    tags.pop("", None)
    return list(tags)
#: clean_tags("#Python, web,python , #WEB")
#: clean_tags(",,")
#: clean_tags("Été")


def trim_common_indent(block):
    lines = block.expandtabs(4).split("\n")
    indents = [len(ln) - len(ln.lstrip()) for ln in lines if ln.strip()]
    cut = min(indents, default=0)
    return "\n".join(ln[cut:].rstrip() for ln in lines)
#: trim_common_indent("    a\n      b\n\n    c")
#: trim_common_indent("\tx\n    y")
#: trim_common_indent("")
#: trim_common_indent("a\n b")


def merge_hyphenated(lines):
    merged = []
    carry = ""
    for line in lines:
        line = carry + line.strip()
        if line.endswith("-"):
            carry = line[:-1]
        else:
            merged.append(line)
            carry = ""
    if carry:
        merged.append(carry + "-")
    return merged
#: merge_hyphenated(["the exam-", "ple of", "it"])
#: merge_hyphenated(["end-"])
#: merge_hyphenated([])
#: merge_hyphenated(["a-", "b-", "c"])


def to_ascii(text, fallback="?"):
    special = {"ß": "ss", "æ": "ae", "ø": "o", "ł": "l"}
    out = ""
    for ch in text:
        if ch.isascii():
            out += ch
        elif ch.lower() in special:
            rep = special[ch.lower()]
            out += rep.upper() if ch.isupper() else rep
        else:
            base = unicodedata.normalize("NFKD", ch)[0]
            out += base if base.isascii() else fallback
    return out
#: to_ascii("Søren Łęcki")
#: to_ascii("Straße ÆON")
#: to_ascii("東京", fallback="_")
#: to_ascii("ok")


def char_names(text):
    names = []
    for ch in text:
        try:
            names.append(unicodedata.name(ch).lower())
        except ValueError:
            names.append("U+%04X" % ord(ch))
    return names
#: char_names("é!")
#: char_names("\n")
#: char_names("")


def char_classes(text):
    tally = Counter()
    for c in text:
        kind = ("digit" if c.isdigit() else "upper" if c.isupper() else "lower" if c.islower()
                else "space" if c.isspace() else "other")
        tally[kind] += 1
    return dict(tally.most_common())
#: char_classes("Room 42b!")
#: char_classes("")
#: char_classes("ΑΒγ ٣")


def same_text(a, b):
    def canon(s):
        return unicodedata.normalize("NFC", s).casefold().strip()
    return a == b, canon(a) == canon(b)
#: same_text("caf\u00e9", "cafe\u0301")
#: same_text("STRASSE", "straße ")
#: same_text("a", "b")


def strip_prefixes(lines, *prefixes):
    out = []
    for line in lines:
        for p in prefixes:
            if line.startswith(p):
                line = line.removeprefix(p)
                break
        out.append(line.lstrip())
    return out
#: strip_prefixes(["Re: hi", "Fwd: Re: yo", "plain"], "Re:", "Fwd:")
#: strip_prefixes(["> > deep"], ">")
#: strip_prefixes([], "x")
#: strip_prefixes(["same"])


def trim_extension(filename, known=(".gz", ".tar", ".txt", ".zip")):
    changed = True
    while changed:
        changed = False
        for ext in known:
            shorter = filename.removesuffix(ext)
            if shorter != filename and shorter:
                filename = shorter
                changed = True
    return filename
#: trim_extension("backup.tar.gz")
#: trim_extension("notes.md")
#: trim_extension(".txt")
#: trim_extension("a.b.c", known=(".c", ".b"))


def safe_filename(name, replacement="_"):
    bad = set('<>:"/\\|?*')
    chars = [replacement if c in bad or not c.isprintable() else c for c in name]
    result = "".join(chars).rstrip(". ")
    stem = result.split(".")[0].upper()
    if stem in {"CON", "NUL", "PRN"}:
        result = replacement + result
    return result or "unnamed"
#: safe_filename("report: Q1/Q2?.pdf")
#: safe_filename("con.txt")
#: safe_filename("...")
#: safe_filename("tab\there ", replacement="-")


def redact(text, secrets):
    hidden = 0
    for secret in sorted(secrets, key=len, reverse=True):
        if not secret:
            raise ValueError("empty secret")
        hidden += text.count(secret)
        text = text.replace(secret, "*" * len(secret))
    return text, hidden
#: redact("token=abc123 user=abc", {"abc", "abc123"})
#: redact("clean", [])
#: redact("aaaa", ["aa"])
#: redact("x", ["", "x"])


def normalise_bool(value):
    if isinstance(value, bool):
        return value
    match str(value).strip().lower():
        case "1" | "y" | "yes" | "true":
            return True
        case "0" | "n" | "no" | "false" | "":
            return False
    raise ValueError(f"not a yes/no value: {value!r}")
#: normalise_bool(" Yes ")
#: normalise_bool(0)
#: normalise_bool(True)
#: normalise_bool("maybe")


def clean_row(row, nulls=("", "na", "null", "-")):
    return {
        k.strip().lower(): None if v.strip().lower() in nulls else v.strip()
        for k, v in row.items()
        if k and not k.startswith("_")
    }
#: clean_row({" Name": "Ann ", "Age": "NA", "_id": "7"})
#: clean_row({})
#: clean_row({"x": "-"}, nulls=())
#: clean_row({"n": 5})


@dataclass(frozen=True)
class Contact:
    name: str
    city: str = ""

    def cleaned(self):
        return replace(self, name=self.name.strip().title(), city=self.city.strip().upper())


def dedupe_contacts(pairs):
    seen, duplicates = set(), 0
    for pair in pairs:
        contact = Contact(*pair).cleaned()
        if contact in seen:
            duplicates += 1
        seen.add(contact)
    return sorted((c.name, c.city) for c in seen), duplicates
#: dedupe_contacts([("ann lee", "rome"), (" Ann Lee", "ROME "), ("bo",)])
#: dedupe_contacts([])
#: dedupe_contacts([("a", "b", "c")])


def sentence_case(text):
    lowered = text.lower()
    result = []
    fresh = True
    for ch in lowered:
        if fresh and ch.isalpha():
            ch = ch.upper()
            fresh = False
        elif ch in ".?!":
            fresh = True
        result.append(ch)
    return "".join(result)
#: sentence_case("HELLO THERE. HOW ARE YOU?")
#: sentence_case("é fini. ok")
#: sentence_case("")


def spaced_out(word, every=3, sep=" "):
    chunks = [word[i:i + every] for i in range(0, len(word), every)]
    return sep.join(chunks)
#: spaced_out("AB12CD34")
#: spaced_out("", 2)
#: spaced_out("deadbeef", every=2, sep=":")
#: spaced_out("abc", every=0)


def balance_quotes(text, quote='"'):
    odd = text.count(quote) % 2 == 1
    if odd:
        text = text.rstrip()
        text = text[:-1] if text.endswith(quote) else text + quote
    return text
#: balance_quotes('he said "hi')
#: balance_quotes('done" ')
#: balance_quotes("'a' 'b", quote="'")
#: balance_quotes("none")


def strip_ansi(line):
    plain = ""
    while (esc := line.find("\x1b[")) >= 0:
        plain += line[:esc]
        end = line.find("m", esc)
        if end < 0:
            return plain
        line = line[end + 1:]
    return plain + line
#: strip_ansi("\x1b[31mred\x1b[0m text")
#: strip_ansi("plain")
#: strip_ansi("cut \x1b[1")


def apply_rules(text, rules, max_passes=5):
    for n in range(1, max_passes + 1):
        before = text
        for pattern, new in rules:
            text = re.sub(pattern, new, text)
        if text == before:
            return text, n
    else:
        raise RuntimeError(f"no fixpoint after {max_passes} passes")
#: apply_rules("a -- b", [(r"\s*--\s*", "-")])
#: apply_rules("((x))", [(r"^\((.*)\)$", r"\1")])
#: apply_rules("x", [("x", "xx")], max_passes=3)
#: apply_rules("", [])


def normalise_isbn(code):
    s = code.upper().replace("ISBN", "").strip(": ")
    s = "".join(s.split("-"))
    digits = [10 if c == "X" else int(c) for c in s]
    if len(digits) == 10:
        check = sum(w * d for w, d in zip(range(10, 0, -1), digits)) % 11
        return s if check == 0 else s + "?"
    return s
#: normalise_isbn("ISBN: 0-306-40615-2")
#: normalise_isbn("080442957X")
#: normalise_isbn("978-1")
#: normalise_isbn("12O4")


def unit_words(text):
    short = {"kilograms": "kg", "grams": "g", "metres": "m", "meters": "m"}
    pattern = re.compile("|".join(sorted(short, key=len, reverse=True)), re.I)
    return pattern.sub(lambda m: short[m.group().lower()], text)
#: unit_words("5 Kilograms and 20 grams")
#: unit_words("100 METRES")
#: unit_words("2 litres")


def fill_blanks(column, filler=None):
    last = filler
    for i, cell in enumerate(column):
        if cell is None or not cell.strip():
            column[i] = last
        else:
            last = column[i] = cell.strip()
    return column
#: fill_blanks(["north", "", " ", "south ", None])
#: fill_blanks(["", "x"], filler="?")
#: fill_blanks([])
#: fill_blanks([0, "a"])


def digits_only(s, allow_minus=True):
    sign = "-" if allow_minus and s.lstrip().startswith(("-", "\u2212")) else ""
    digits = "".join(str(unicodedata.digit(c)) for c in s if c.isdigit())
    return int(sign + digits)
#: digits_only("tel 12-34")
#: digits_only(" \u22125 °C")
#: digits_only("x² + 3")
#: digits_only("none")


def split_keep(text, stops=";,"):
    out = [""]
    for ch in text:
        out[-1] += ch
        if ch in stops:
            out.append("")
    if not out[-1]:
        out.pop()
    return [piece.lstrip() for piece in out]
#: split_keep("one, two; three")
#: split_keep("")
#: split_keep("a|b|", stops="|")


def canonical_address(text):
    short = dict(street="st", avenue="ave", road="rd", north="n", south="s")
    words = text.lower().replace(".", "").replace(",", " ").split()
    words = [short.get(w, w) for w in words]
    if words and words[0].isdigit():
        words.append(words.pop(0))
    return " ".join(words)
#: canonical_address("12 North Main Street.")
#: canonical_address("Ocean Avenue, 9")
#: canonical_address("")


def deep_strip(value):
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {deep_strip(k): deep_strip(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(deep_strip(v) for v in value)
    return value
#: deep_strip({" a ": [" b", 1], "c": ("d ",)})
#: deep_strip("  x ")
#: deep_strip(None)
#: deep_strip([])


def zero_pad_numbers(names, width=3):
    def pad(m):
        return m[0].zfill(width)
    padded = {re.sub(r"\d+", pad, n): n for n in names}
    return [padded[k] for k in sorted(padded)]
#: zero_pad_numbers(["img10", "img9", "img100"])
#: zero_pad_numbers(["b2", "a"], width=1)
#: zero_pad_numbers([])


def flatten_paragraphs(text):
    paragraphs = [[]]
    for line in text.splitlines():
        if line.strip():
            paragraphs[-1].append(line.strip())
        elif paragraphs[-1]:
            paragraphs.append([])
    total = len(list(chain.from_iterable(paragraphs)))
    return [" ".join(p) for p in paragraphs if p], total
#: flatten_paragraphs("one\ntwo\n\n\nthree")
#: flatten_paragraphs("")
#: flatten_paragraphs("\n a \n")


def hide_digits(text, mask="·", skip=0):
    for i in range(len(text) - 1, skip - 1, -1):
        if text[i].isdecimal() and not text[max(i - 1, 0)].isalpha():
            text = text[:i] + mask + text[i + 1:]
    return text
#: hide_digits("tel 4412 b7")
#: hide_digits("90-12", skip=2)
#: hide_digits("", mask="")
#: hide_digits("5 to 10", "")
