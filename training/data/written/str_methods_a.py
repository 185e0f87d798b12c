"""Splitting, joining, stripping, searching, counting and replacing in strings, with all the optional arguments."""
import re
import string


def cut_comment(line):
    i = line.find("#")
    if i == -1:
        return line.rstrip()
    return line[:i].rstrip()
#: cut_comment("port = 80  # default")
#: cut_comment("name = x   ")
#: cut_comment("# only")
#: cut_comment("")


def fields(row, sep=None):
    parts = row.split(sep)
    return len(parts), parts
#: fields("  a  b ")
#: fields("  a  b ", " ")
#: fields("")
#: fields("", ",")
#: fields("x,,y", "")


def host_port(addr, default=80):
    host, colon, port = addr.rpartition(":")
    if not colon:
        return port, default
    return host, int(port)
#: host_port("example.org:8080")
#: host_port("localhost")
#: host_port("::1:22")
#: host_port("db:")


def key_val(s):
    k, _, v = s.partition("=")
    return {k.strip(): v.strip()}
#: key_val("color = red")
#: key_val("a=b=c")
#: key_val("flag")
#: key_val("=x")


def last_words(text, n):
    return text.rsplit(maxsplit=n)[1:]
#: last_words("one two  three four ", 2)
#: last_words("a b", 5)
#: last_words("solo", 1)
#: last_words("x y z", 0)
#: last_words("x y z", -1)


def unquote(s):
    for q in "'\"`":
        if len(s) > 1 and s.startswith(q) and s.endswith(q):
            return s[1:-1]
    return s
#: unquote('"hello"')
#: unquote("`ls`")
#: unquote("'")
#: unquote("'mixed\"")


def trim_marks(s):
    left = s.lstrip("*-> ")
    right = s.rstrip(".!? ")
    return [left, right, s.strip("*-> .!?")]
#: trim_marks("-> done!! ")
#: trim_marks("***")
#: trim_marks("a-b.c")
#: trim_marks("")


def strip_prefix_chars(names, chars):
    out = []
    for nm in names:
        out.append(nm.lstrip(chars) or "_")
    return out
#: strip_prefix_chars(["tmp_a", "pmt", "note"], "tmp")
#: strip_prefix_chars(["007", "0", "10"], "0")
#: strip_prefix_chars([" x", "\ty"], None)
#: strip_prefix_chars([], "abc")


def spans(s, sub):
    out = []
    end = 0
    while sub and (i := s.find(sub, end)) >= 0:
        end = i + len(sub)
        out.append((i, end))
    return out
#: spans("tick tock tick", "tick")
#: spans("aaaaa", "aa")
#: spans("abc", "x")
#: spans("ab", "")


def between(s, a, b):
    start = s.index(a) + len(a)
    return s[start:s.index(b, start)]
#: between("f(x, y) + 1", "(", ")")
#: between("<b>bold</b>", "<b>", "</b>")
#: between("[]", "[", "]")
#: between("no brackets", "[", "]")


def second_slash(url):
    try:
        return url.index("/", url.index("/") + 1)
    except ValueError:
        return None
#: second_slash("a/b/c")
#: second_slash("http://x.y")
#: second_slash("/only")
#: second_slash("none")


def tail_ext(path):
    dot = path.rfind(".")
    slash = path.rfind("/")
    return path[dot:] if dot > slash + 1 else ""
#: tail_ext("lib/setup.cfg")
#: tail_ext("a.b/readme")
#: tail_ext("home/.profile")
#: tail_ext("x.tar.gz")
#: tail_ext("")


def count_window(s, sub, lo, hi):
    return s.count(sub), s.count(sub, lo), s.count(sub, lo, hi)
#: count_window("a-b-c-d", "-", 2, 6)
#: count_window("mississippi", "ss", 3, -3)
#: count_window("zzzz", "zz", 1, 100)
#: count_window("abc", "", 1, 2)
#: count_window("abc", "", 5, 9)


def mask_first(s, secret, k=1):
    if secret not in s:
        return s
    return s.replace(secret, "*" * len(secret), k)
#: mask_first("pw=abc abc abc", "abc")
#: mask_first("pw=abc abc abc", "abc", 2)
#: mask_first("pw=abc abc", "abc", -1)
#: mask_first("pw=abc", "abc", 0)
#: mask_first("clean", "zzz")


def spaced(s):
    return s.replace("", " ").strip(), s.replace("", "-", 2), " ".join(s)
#: spaced("wide")
#: spaced("")
#: spaced("é")


def swap_sep(s, a, b):
    tmp = "\0"
    return s.replace(a, tmp).replace(b, a).replace(tmp, b)
#: swap_sep("1,234.50", ",", ".")
#: swap_sep("x/y\\z", "/", "\\")
#: swap_sep("plain", ",", ".")


def oxford(items):
    if len(items) < 2:
        return "".join(items)
    *head, last = items
    comma = "," if len(head) > 1 else ""
    return ", ".join(head) + comma + " and " + last
#: oxford(["tea"])
#: oxford(["tea", "milk"])
#: oxford(["tea", "milk", "jam"])
#: oxford([])
#: oxford([1, 2])


def join_nums(nums, sep=", "):
    try:
        return sep.join(nums)
    except TypeError as e:
        print("fallback:", e)
    return sep.join(map(str, nums))
#: join_nums([1, 2, 3])
#: join_nums(["1", "2"], "")
#: join_nums("123", "-")
#: join_nums(["a", None], "|")


def join_keys(d):
    return "&".join(d) + "?" + "&".join(f"{k}={v}" for k, v in d.items())
#: join_keys({"q": "cat", "page": 2})
#: join_keys({})
#: join_keys({"x": None})


def one_line(text, limit=20):
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    return flat[:limit].rsplit(" ", 1)[0] + " ..."
#: one_line("  too   many\tgaps\n here ")
#: one_line("a\u00a0b\n\n")
#: one_line("the report was sent to all of them")
#: one_line("averyveryverylongsingleword", 5)


def drop_blank(s, sep=";"):
    return [p.strip() for p in s.split(sep) if not p.isspace() and p]
#: drop_blank("a; b;; ;c ")
#: drop_blank(";;;")
#: drop_blank("x|y| ", "|")


def parse_range(spec):
    lo, dash, hi = spec.partition("-")
    if not dash:
        hi = lo
    if not lo or not hi:
        raise ValueError(f"open range: {spec!r}")
    return list(range(int(lo), int(hi) + 1))
#: parse_range("3-6")
#: parse_range("7")
#: parse_range("5-2")
#: parse_range("-4")


def path_parts(p):
    parts = p.strip("/").split("/")
    depth = p.count("/")
    return parts, depth, parts[-1] == ""
#: path_parts("/usr/local/bin/")
#: path_parts("a//b")
#: path_parts("/")
#: path_parts("")


def dedupe_sep(s, c):
    while c + c in s:
        s = s.replace(c + c, c)
    return s
#: dedupe_sep("a////b//c", "/")
#: dedupe_sep("-----", "-")
#: dedupe_sep("abc", "-")
#: dedupe_sep("", ".")


def edge_counts(s, chars=" "):
    n = len(s)
    a = n - len(s.lstrip(chars))
    b = n - len(s.rstrip(chars))
    return a, b
#: edge_counts("  hi   ")
#: edge_counts("    ")
#: edge_counts("xyxhixx", "xy")
#: edge_counts("", "x")


def sign_line(line):
    verb, *rest = line.split(" ", 2)
    rest.reverse()
    return verb.upper(), rest
#: sign_line("push origin main --force")
#: sign_line("quit")
#: sign_line("")
#: sign_line(" lead x")


def rows(text):
    table = []
    for ln in text.split("\n"):
        cells = ln.split("|")[1:-1]
        if cells:
            table.append([c.strip() for c in cells])
    return table
#: rows("| a | b |\n| 1 |  |")
#: rows("none\n\n|x|")
#: rows("||")
#: rows("")


def has_word(s, w):
    i = s.find(w)
    if i < 0:
        return False
    j = i + len(w)
    return not (s[i - 1:i].isalpha() or s[j:j + 1].isalpha())
#: has_word("the cat sat", "cat")
#: has_word("concat", "cat")
#: has_word("cat", "cat")
#: has_word("cats and cat", "cat")
#: has_word("dog", "cat")


def sections(doc, mark="---"):
    head, m, body = doc.partition(mark)
    out = [head]
    while m:
        head, m, body = body.partition(mark)
        out.append(head)
    return out
#: sections("a---b---c")
#: sections("------")
#: sections("plain")
#: sections("1,2,3", ",")
#: sections("x", "")


def ends(s, k):
    return s[:k] + "..." + s[-k:] if len(s) > 2 * k else s
#: ends("abcdefghij", 3)
#: ends("abcdef", 3)
#: ends("secret", 0)
#: ends("", 2)


def first_of(s, marks):
    best = len(s)
    for m in marks:
        i = s.find(m, 0, best)
        if i != -1:
            best = i
    return best, s[:best]
#: first_of("what? yes! no.", ".!?")
#: first_of("ab::cd->ef", ["->", "::"])
#: first_of("nothing", ",;")
#: first_of("", ".")


def split_title(name):
    try:
        artist, song = name.split(" - ", 1)
    except ValueError:
        return {"song": name}
    return {"artist": artist, "song": song}
#: split_title("Abba - Waterloo")
#: split_title("a - b - c")
#: split_title("untitled")
#: split_title(" - ")


def rsplit_ext(names, n=1):
    return {x: tuple(x.rsplit(".", n)) for x in names}
#: rsplit_ext(["a.tar.gz", "b"])
#: rsplit_ext(["a.tar.gz", ".env"], 2)
#: rsplit_ext(["x.y.z"], 0)
#: rsplit_ext([])


def common_lead(a, b):
    n = 0
    while a[:n + 1] == b[:n + 1] and n < len(a):
        n += 1
    return a[:n], a.removeprefix(a[:n]), b[n:]
#: common_lead("interview", "internet")
#: common_lead("abc", "abc")
#: common_lead("abc", "xbc")
#: common_lead("", "q")


def drop_units(s):
    num = s.rstrip(string.ascii_letters + "% ")
    unit = s[len(num):].strip()
    return float(num), unit or None
#: drop_units("12.5 kg")
#: drop_units("80%")
#: drop_units("-3")
#: drop_units("px")


def refill(tpl, *vals):
    for v in vals:
        if "?" not in tpl:
            raise IndexError("too many values")
        tpl = tpl.replace("?", repr(v), 1)
    return tpl
#: refill("id = ? and name = ?", 3, "bo")
#: refill("? ?", "?")
#: refill("now()")
#: refill("x = ?", 1, 2)


def bullet(lines, mark="* "):
    sep = "\n" + mark
    return (sep + sep.join(lines)).lstrip("\n") if lines else ""
#: bullet(["eggs", "flour"])
#: bullet(["one"], "- ")
#: bullet([])
#: bullet([""])


def find_both(s, sub):
    a, b = s.find(sub), s.rfind(sub)
    if a == b:
        return "once" if a > -1 else "never"
    return b - a
#: find_both("level", "l")
#: find_both("abc", "b")
#: find_both("abc", "z")
#: find_both("abc", "")
#: find_both("aXbXcX", "X")


def find_limits(s, ch):
    n = len(s)
    return [s.find(ch, 2), s.find(ch, -3), s.find(ch, 0, 2), s.rfind(ch, 0, -1), s.find(ch, n)]
#: find_limits("abcabc", "a")
#: find_limits("xyzzy", "z")
#: find_limits("xyzzy", "")
#: find_limits("", "")


def index_or(s, sub, *span):
    try:
        pos = s.rindex(sub, *span)
    except ValueError as err:
        pos = str(err)
    return pos
#: index_or("tomato", "to")
#: index_or("tomato", "to", 0, 5)
#: index_or("tomato", "m", 3)
#: index_or("", "a")


def crumbs(path):
    acc = ""
    out = []
    for p in path.strip("/").split("/"):
        acc += "/" + p
        out.append(acc)
    return " > ".join(out)
#: crumbs("/shop/shoes/red")
#: crumbs("home")
#: crumbs("//")


def header_name(s):
    return "-".join(p[:1].upper() + p[1:] for p in s.removeprefix("HTTP_").lower().split("_"))
#: header_name("HTTP_ACCEPT_LANGUAGE")
#: header_name("host")
#: header_name("x__y")
#: header_name("HTTP_")


def quoted_csv(line):
    out = []
    for i, chunk in enumerate(line.split('"')):
        if i % 2:
            out.append(chunk)
        else:
            out += [c for c in chunk.strip(",").split(",") if c]
    return out
#: quoted_csv('a,"b,c",d')
#: quoted_csv('""')
#: quoted_csv('1,2,3')
#: quoted_csv('x,"open, end')


def wrap_at(s, width):
    out = []
    while len(s) > width:
        cut = s.rfind(" ", 0, width + 1)
        if cut <= 0:
            cut = width
        out.append(s[:cut])
        s = s[cut:].lstrip()
    return out + [s]
#: wrap_at("the quick brown fox", 9)
#: wrap_at("unbreakable", 4)
#: wrap_at("short", 10)
#: wrap_at("", 3)


def replace_last(s, old, new):
    return new.join(s.rsplit(old, 1))
#: replace_last("a, b, c", ", ", " or ")
#: replace_last("one", "x", "y")
#: replace_last("aaa", "aa", "-")
#: replace_last("aaa", "", "b")


def log_level(line):
    stamp, sep, msg = line.partition("] ")
    level = stamp.strip("[").rsplit(None, 1)[-1] if sep else "INFO"
    return level.lower(), msg or line
#: log_level("[10:02 WARN] disk low")
#: log_level("[ERROR] boom")
#: log_level("plain text")
#: log_level("[X] ")
#: log_level("[] empty")


def apply_all(s, pairs):
    for old, new in pairs:
        before = s
        s = s.replace(old, new)
        if s == before:
            print("no", old)
    return s
#: apply_all("a & b < c", [("&", "&amp;"), ("<", "&lt;")])
#: apply_all("abc", [("a", "b"), ("b", "c"), ("c", "")])
#: apply_all("tea", [("x", "y")])
#: apply_all("", [("", "!")])


def mark_counts(md):
    return {m: n // 2 for m in ("**", "__", "`") if (n := md.count(m)) > 1}
#: mark_counts("**a** and `b` or `c`")
#: mark_counts("__x__ **open")
#: mark_counts("****")
#: mark_counts("")


def balanced_ends(s, op="(", cl=")"):
    if s.count(op) != s.count(cl):
        return None
    return s.find(op) <= s.find(cl) and s.rfind(op) <= s.rfind(cl)
#: balanced_ends("(a(b)c)")
#: balanced_ends(")(")
#: balanced_ends("((x)")
#: balanced_ends("plain")
#: balanced_ends("<a>", "<", ">")


def version_tuple(v):
    core = v.lstrip("vV").split("+")[0]
    nums = core.split("-", 1)[0].split(".")
    return tuple(int(n) if n.isdigit() else n for n in nums)
#: version_tuple("v1.10.2")
#: version_tuple("2.0.0-rc.1+build5")
#: version_tuple("V3.x")
#: version_tuple("")


def chop_sentences(t):
    bits = re.split(r"[.!?]\s*", t)
    if bits[-1] == "":
        del bits[-1]
    return [b[0].upper() + b[1:] for b in bits]
#: chop_sentences("hello. how are you? fine!")
#: chop_sentences("no end")
#: chop_sentences("")
#: chop_sentences("wait... what")


def parse_pairs(s):
    d = {}
    for item in s.split("&"):
        if item:
            k, eq, v = item.partition("=")
            d[k] = v if eq else True
    return d
#: parse_pairs("a=1&b=&c")
#: parse_pairs("&&")
#: parse_pairs("x=1&x=2")


def two_cols(line, at):
    assert 0 <= at, "bad column"
    return [half.strip() for half in (line[:at], line[at:])]
#: two_cols("name      value", 10)
#: two_cols("ab", 5)
#: two_cols("", 0)
#: two_cols("abc", -1)
