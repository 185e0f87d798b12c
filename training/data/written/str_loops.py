"""Loops over characters that build strings, lists and indexes: scanning, run lengths, swapping, filtering."""
import string
from collections import deque
from itertools import groupby, zip_longest


def tick_case(s):
    out = ""
    up = True
    for ch in s:
        out += ch.upper() if up else ch.lower()
        if ch.isalpha():
            up = not up
    return out
#: tick_case("hello world")
#: tick_case("A-B-C")
#: tick_case("")
#: tick_case("42")


def double_each(s, skip=" "):
    r = []
    for c in s:
        r.append(c)
        if c not in skip:
            r.append(c)
    return "".join(r)
#: double_each("ab c")
#: double_each("hello", "l")
#: double_each("", "x")
#: double_each("abc", "")


def fold_rules(s, marks="-=."):
    out = ""
    i = 0
    while i < len(s):
        j = i
        while j < len(s) and s[j] == s[i]:
            j += 1
        out += f"{s[i]}{{{j - i}}}" if s[i] in marks and j - i > 2 else s[i:j]
        i = j
    return out
#: fold_rules("Total.....12")
#: fold_rules("----==--")
#: fold_rules("aaaa", "a")
#: fold_rules("")


def moves(s):
    x = y = 0
    n = ""
    for c in s:
        if c.isdigit():
            n += c
            continue
        dx, dy = {"E": (1, 0), "W": (-1, 0), "N": (0, 1), "S": (0, -1)}[c]
        x += dx * int(n or 1)
        y += dy * int(n or 1)
        n = ""
    return x, y
#: moves("3EN2W")
#: moves("12S")
#: moves("0N5")
#: moves("2EX")
#: moves("")


def runs(s):
    out = []
    for ch in s:
        if out and out[-1][0] == ch:
            out[-1][1] += 1
        else:
            out.append([ch, 1])
    return out
#: runs("aabccc")
#: runs("   x")
#: runs("")


def run_starts(s, k):
    prev, cur, out = "", 0, []
    for i, c in enumerate(s):
        cur = cur + 1 if c == prev else 1
        if cur == k:
            out.append((c, i - k + 1))
        prev = c
    return out
#: run_starts("WWLWWWL", 2)
#: run_starts("abc", 1)
#: run_starts("", 1)
#: run_starts("11111", 3)


def where(s, chars):
    return [i for i, c in enumerate(s) if c in chars]
#: where("hello world", "lo")
#: where("abc", "")
#: where("", "a")
#: where("a,b;c", ",;")


def upper_at(s, idx):
    cs = list(s)
    for i in idx:
        cs[i] = cs[i].upper()
    return "".join(cs)
#: upper_at("keyboard", [0, 3, -1])
#: upper_at("abc", [])
#: upper_at("abc", [1, 5])
#: upper_at("ab", [-2, -2])


def swap_marked(s, mark="~"):
    cs = list(s)
    for i in range(1, len(cs) - 1):
        if cs[i] == mark:
            cs[i - 1], cs[i + 1] = cs[i + 1], cs[i - 1]
    return "".join(cs).replace(mark, "")
#: swap_marked("a~bc")
#: swap_marked("x~y~z")
#: swap_marked("~ab~")
#: swap_marked("1+2", "+")
#: swap_marked("")


def swap_at(s, i, j):
    if i == j:
        return s
    if i > j:
        i, j = j, i
    return s[:i] + s[j] + s[i + 1:j] + s[i] + s[j + 1:]
#: swap_at("plate", 0, 4)
#: swap_at("plate", 3, 1)
#: swap_at("ab", 1, 1)
#: swap_at("abc", 0, 3)


def fill_blanks(tpl, word):
    letters = list(word[::-1])
    out = ""
    for c in tpl:
        out += letters.pop() if c == "_" and letters else c
    return out, letters
#: fill_blanks("_-__/_", "abcd")
#: fill_blanks("____", "hi")
#: fill_blanks("(_)", "xyz")
#: fill_blanks("", "")


def read_number(s, i=0):
    start = i
    while i < len(s) and s[i] in "0123456789":
        i += 1
    return (int(s[start:i]) if i > start else None), i
#: read_number("120px")
#: read_number("a15", 1)
#: read_number("abc")
#: read_number("7", 3)


def tokens(s):
    out, cur = [], ""
    for c in s:
        if c in "+-*/()":
            if cur:
                out.append(cur)
            out.append(c)
            cur = ""
        elif c != " ":
            cur += c
    return out + [cur] if cur else out
#: tokens("12+ab*(3-x)")
#: tokens("a b + c")
#: tokens("()")
#: tokens("")


def depth_marks(s):
    d = 0
    out = []
    for c in s:
        d -= c == ")"
        if d < 0:
            return None
        if c not in "()":
            out.append(f"{c}{d}")
        d += c == "("
    return out
#: depth_marks("a(b(c)d)e")
#: depth_marks("x)y")
#: depth_marks("(((")
#: depth_marks("")


def unescape(s):
    out = ""
    it = iter(s)
    for c in it:
        if c == "\\":
            n = next(it, "")
            c = {"n": "\n", "t": "\t"}.get(n, n)
        out += c
    return out
#: unescape("a\\nb")
#: unescape("tab\\t\\\\end")
#: unescape("last\\")
#: unescape("")


def skip_tags(html):
    text = ""
    inside = False
    for ch in html:
        if ch == "<":
            inside = True
        elif ch == ">":
            inside = False
        elif not inside:
            text += ch
    return text
#: skip_tags("<b>Hi</b> you")
#: skip_tags("1 < 2")
#: skip_tags("a>b")
#: skip_tags("")


def first_upper(s):
    for i, c in enumerate(s, 1):
        if c.isupper():
            return i
    return 0
#: first_upper("camelCase")
#: first_upper("Abc")
#: first_upper("none")
#: first_upper("")


def last_digit(s):
    for i in range(len(s) - 1, -1, -1):
        if s[i].isdigit():
            break
    else:
        return -1, ""
    return i, s[i]
#: last_digit("room 42b")
#: last_digit("7")
#: last_digit("abc")
#: last_digit("")


def chunks(s, n):
    out = []
    while s:
        out.append(s[:n])
        s = s[n:]
    return out
#: chunks("abcdefgh", 3)
#: chunks("abc", 10)
#: chunks("", 2)
#: chunks("1234567812345678", 4)


def group_right(s, n, sep=" "):
    out = ""
    for i, c in enumerate(reversed(s.replace(sep, ""))):
        if i and i % n == 0:
            out = sep + out
        out = c + out
    return out.rjust(len(s), "0")
#: group_right("1234567", 3)
#: group_right("10110111", 4, "_")
#: group_right("9 9 9", 5)
#: group_right("", 2)
#: group_right("abc", 0)


def new_letters(words):
    seen = ""
    res = []
    for w in words:
        fresh = ""
        for c in w:
            if c in seen:
                continue
            fresh += c
            seen += c
        res.append(fresh)
    return res
#: new_letters(["tree", "rest", "set"])
#: new_letters(["aA", "", "a"])
#: new_letters([])


def drop_every(s, n):
    res = []
    for i in range(len(s)):
        if (i + 1) % n != 0:
            res.append(s[i])
    return "".join(res), s[::n], s[n - 1::n]
#: drop_every("abcdefg", 3)
#: drop_every("abc", 1)
#: drop_every("abc", 5)
#: drop_every("abc", 0)
#: drop_every("", 2)


def shift_digits(s, k):
    out = ""
    for c in s:
        if "0" <= c <= "9":
            c = str((int(c) + k) % 10)
        out += c
    return out
#: shift_digits("a1b9", 1)
#: shift_digits("2020", -3)
#: shift_digits("none", 4)
#: shift_digits("5", 25)


def slot(word, size=17):
    h = 0
    for c in word.lower():
        if c in string.ascii_lowercase:
            h = (h * 31 + ord(c) - ord("a") + 1) % size
    return h
#: slot("abc")
#: slot("Zz Top", 8)
#: slot("é9")
#: slot("cab", 0)


def bump_letter(s):
    i = len(s) - 1
    while i >= 0 and s[i] == "Z":
        i -= 1
    if i < 0:
        return "A" * (len(s) + 1)
    return s[:i] + chr(ord(s[i]) + 1) + "A" * (len(s) - i - 1)
#: bump_letter("A")
#: bump_letter("AZ")
#: bump_letter("BZZ")
#: bump_letter("ZZ")
#: bump_letter("")


def overlay(base, top, fill="."):
    return "".join(x if y == " " else y for x, y in zip_longest(base, top, fillvalue=fill))
#: overlay("abcd", " X ")
#: overlay("ab", "  zz")
#: overlay("", "  ", "-")
#: overlay("", "")


def diff_marks(a, b):
    marks = ""
    for x, y in zip(a, b):
        marks += " " if x == y else "^"
    return marks + "+" * (len(b) - len(a)) + "-" * (len(a) - len(b))
#: diff_marks("kitten", "kitchen")
#: diff_marks("same", "same")
#: diff_marks("abcd", "ab")
#: diff_marks("", "")


def first_diff(a, b):
    i = 0
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return i, x, y
    if len(a) != len(b):
        return min(len(a), len(b))
    return None
#: first_diff("spam", "spin")
#: first_diff("ab", "abc")
#: first_diff("x", "x")
#: first_diff("", "q")


def sorted_ends(s):
    cs = sorted(s)
    if not cs:
        return ""
    lo, *_, hi = cs * 2
    return lo + hi
#: sorted_ends("python")
#: sorted_ends("a")
#: sorted_ends("")
#: sorted_ends("bA1 ")


def class_string(s):
    out = ""
    for c in s:
        if c.isdigit():
            k = "9"
        elif c.isalpha():
            k = "A" if c.isupper() else "a"
        else:
            k = c
        out += k
    return out
#: class_string("AB-12 cd")
#: class_string("x_Y.9")
#: class_string("日本")
#: class_string("")


def split_runs(s):
    return ["".join(g) for _, g in groupby(s, key=str.isdigit)]
#: split_runs("ab12cd3")
#: split_runs("007bond")
#: split_runs("x")
#: split_runs("")


def smart_split(s, sep=","):
    parts = [""]
    quoted = False
    for c in s:
        if c == '"':
            quoted = not quoted
        elif c == sep and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    if quoted:
        raise ValueError("unclosed quote")
    return parts
#: smart_split('a,"b,c",d')
#: smart_split("x;y;", ";")
#: smart_split("")
#: smart_split('"oops')


def rotate_to(s, ch):
    for _ in s:
        if s[0] == ch:
            return s
        s = s[1:] + s[0]
    return s, False
#: rotate_to("abcde", "d")
#: rotate_to("abc", "a")
#: rotate_to("abc", "z")
#: rotate_to("", "a")


def bounce(s):
    res = []
    i, step = 0, 1
    while len(res) < 7:
        res.append(s[i])
        if not 0 <= i + step < len(s):
            step = -step
        i += step
    return "".join(res)
#: bounce("abc")
#: bounce("ab")
#: bounce("abcdefghij")
#: bounce("x")
#: bounce("")


def typed(keys):
    buf = []
    pos = 0
    for k in keys:
        if k == "<":
            pos = max(pos - 1, 0)
        elif k == ">":
            pos = min(pos + 1, len(buf))
        else:
            buf.insert(pos, k)
            pos += 1
    return "".join(buf), pos
#: typed("ac<b")
#: typed("<<x>y")
#: typed("abc<<<z>>>>!")
#: typed("")


def undo_log(cmds):
    done = []
    for k in cmds:
        if k.isupper():
            done.append(k)
            continue
        try:
            done.remove(k.upper())
        except ValueError:
            done.append("!")
    return "".join(done)
#: undo_log("ABaC")
#: undo_log("xAax")
#: undo_log("BBBb")
#: undo_log("")


def caps_mode(s):
    caps = False
    for c in s:
        if c == "^":
            caps = not caps
            continue
        yield c.upper() if caps else c


def with_caps(s):
    return "".join(caps_mode(s))
#: with_caps("ab^cd^ef")
#: with_caps("^x")
#: with_caps("^^")
#: with_caps("")


def vowels_first(word):
    v, rest = "", ""
    for c in word:
        if c.lower() in "aeiou":
            v += c
        else:
            rest = c + rest
    return v + "|" + rest
#: vowels_first("orange")
#: vowels_first("Sky")
#: vowels_first("Aeon")
#: vowels_first("")


def next_to(s, ch):
    seen = []
    for a, b in zip(s, s[1:]):
        if a == ch and b not in seen:
            seen.append(b)
    return seen
#: next_to("banana band", "a")
#: next_to("aaa", "a")
#: next_to("xyz", "z")
#: next_to("", "a")


def ladder(s):
    return [s[:i] for i in range(1, len(s) + 1)] + [s[i:] for i in range(1, len(s))]
#: ladder("code")
#: ladder("a")
#: ladder("")


def middle_out(s):
    q = deque(s)
    out = ""
    while q:
        out = q.pop() + out
        if q:
            out = out + q.popleft()
    return out
#: middle_out("abcdef")
#: middle_out("abc")
#: middle_out("z")
#: middle_out("")


def parse_flags(s):
    flags = {}
    on = None
    for c in s:
        if c in "+-":
            on = c == "+"
        elif on is None:
            raise ValueError(f"no sign before {c!r}")
        else:
            flags[c] = on
    return flags
#: parse_flags("+rw-x")
#: parse_flags("-a+a")
#: parse_flags("rw")
#: parse_flags("")


def hex_val(h):
    n = 0
    for c in h.upper():
        try:
            n = n * 16 + "0123456789ABCDEF".index(c)
        except ValueError:
            return c, n
    return n
#: hex_val("ff")
#: hex_val("1A0")
#: hex_val("c0g1")
#: hex_val("")


def check_digit(code):
    total = 0
    for i, c in enumerate(code[::-1]):
        total += int(c) * (3 if i % 2 == 0 else 1)
    return -total % 10
#: check_digit("7351353")
#: check_digit("0")
#: check_digit("")
#: check_digit("12x")


def soft_wrap(s, width):
    line, col = "", 0
    for c in s:
        if col == width or c == "\n":
            line += "/"
            col = 0
        if c != "\n":
            line += c
            col += 1
    return line
#: soft_wrap("abcdefg", 3)
#: soft_wrap("ab\ncdef", 3)
#: soft_wrap("abc", 3)
#: soft_wrap("\n\n", 2)


def col_line(text, pos):
    line = col = 1
    for ch in text[:pos]:
        if ch == "\n":
            line += 1
            col = 1
        else:
            col += 1
    return line, col
#: col_line("ab\ncd", 4)
#: col_line("ab\ncd", 0)
#: col_line("\n\n\n", 2)
#: col_line("abc", -1)
#: col_line("", 99)


def rle_join(pairs):
    s = ""
    for c, n in pairs:
        s += c * n
    return s, len(s) == sum(n for _, n in pairs)
#: rle_join([("a", 3), ("b", 1)])
#: rle_join([("xy", 2)])
#: rle_join([("a", -1), ("b", 2)])
#: rle_join([])
#: rle_join(["a3", "b"])


def nested_labels(letters, n):
    out = []
    for c in letters:
        for k in range(n):
            if k == 1 and c == "b":
                break
            out.append(c + str(k))
    return out
#: nested_labels("abc", 2)
#: nested_labels("b", 3)
#: nested_labels("", 5)
#: nested_labels("a", 0)


def last_seen_gap(s):
    last = {}
    gaps = []
    for i, c in enumerate(s):
        if c in last:
            gaps.append(i - last[c])
        last[c] = i
    return gaps, last
#: last_seen_gap("abcab")
#: last_seen_gap("aaa")
#: last_seen_gap("xyz")
#: last_seen_gap("")


def scan_key(line):
    i = 0
    while line[i] == " ":
        i += 1
    j = i
    while line[j] not in ":=":
        j += 1
    return line[i:j].rstrip(), line[j], line[j + 1:].strip()
#: scan_key("  name : bob")
#: scan_key("x=1=2")
#: scan_key("no separator")
#: scan_key(":")


def half_swap(s):
    mid, odd = divmod(len(s), 2)
    return s[mid + odd:] + s[mid:mid + odd] + s[:mid]
#: half_swap("abcdef")
#: half_swap("abcde")
#: half_swap("a")
#: half_swap("")


def count_in_order(s, pattern):
    k = hits = 0
    for c in s:
        if c == pattern[k]:
            k += 1
            if k == len(pattern):
                hits, k = hits + 1, 0
    return hits, pattern[:k]
#: count_in_order("a1b2a3b4a", "ab")
#: count_in_order("xyz", "yx")
#: count_in_order("", "a")
#: count_in_order("aaa", "a")
#: count_in_order("abc", "")


def mirror(s, keep_mid=True):
    back = ""
    i = len(s) - 1 - keep_mid
    while i >= 0:
        back += s[i]
        i -= 1
    return s + back
#: mirror("abc")
#: mirror("abc", False)
#: mirror("x")
#: mirror("")


def remove_near(s, bad):
    i = 0
    while i < len(s):
        if s[i] in bad:
            s = s[:max(i - 1, 0)] + s[i + 2:]
            i = 0
        else:
            i += 1
    return s
#: remove_near("abc!def", "!")
#: remove_near("!x", "!")
#: remove_near("ab?c!d", "?!")
#: remove_near("clean", "")
