"""Functions that search text: find, index, startswith, regex, prefixes, slicing strings."""
import bisect
import fnmatch
import itertools
import os.path
import re
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter


def all_positions(text, needle):
    spots = []
    at = text.find(needle)
    while at != -1:
        spots.append(at)
        at = text.find(needle, at + len(needle))
    return spots
#: all_positions("error: error in error.log", "error")
#: all_positions("aaaa", "aa")
#: all_positions("", "x")
#: all_positions("café", "é")


def between(s, left, right):
    try:
        start = s.index(left) + len(left)
        return s[start:s.index(right, start)]
    except ValueError:
        return None
#: between("id=[42] ok", "[", "]")
#: between("a<b", "<", ">")
#: between("<<x>>", "<<", ">>")
#: between("", "(", ")")


def nth_index(text, sub, n):
    pos = -1
    for _ in range(n):
        pos = text.index(sub, pos + 1)
    return pos
#: nth_index("a/b/c/d", "/", 2)
#: nth_index("banana", "an", 1)
#: nth_index("x", "x", 0)
#: nth_index("a.b", ".", 2)


def file_kind(name):
    lower = name.lower()
    if lower.endswith((".png", ".jpg", ".gif")):
        return "image"
    if lower.startswith(".") or lower.endswith("~"):
        return "hidden"
    dot = lower.rfind(".")
    return lower[dot + 1:] if dot > 0 else "unknown"
#: file_kind("Photo.JPG")
#: file_kind(".bashrc")
#: file_kind("archive.tar.gz")
#: file_kind("Makefile")
#: file_kind("")


def autocomplete(prefix, names, limit=3):
    prefix = prefix.casefold()
    hits = [n for n in names if n.casefold().startswith(prefix)]
    hits.sort(key=lambda n: (len(n), n))
    return hits[:limit]
#: autocomplete("ca", ["Cat", "cable", "dog", "Canada", "car"])
#: autocomplete("", ["b", "a"], 1)
#: autocomplete("zz", ["a"])


def prefix_range(ordered, prefix):
    lo = bisect.bisect_left(ordered, prefix)
    hi = bisect.bisect_left(ordered, prefix + "\uffff")
    return ordered[lo:hi]
#: prefix_range(["bar", "car", "card", "cat", "dog"], "car")
#: prefix_range([], "a")
#: prefix_range(["a", "b"], "")
#: prefix_range(["alpha", 3], "x")


def middle_slice(s, size):
    extra = len(s) - size
    if extra <= 0:
        return s
    start = extra // 2
    return s[start:start + size]
#: middle_slice("abcdefg", 3)
#: middle_slice("ab", 5)
#: middle_slice("héllo!", 2)
#: middle_slice("abc", 0)


def find_dates(text):
    return [
        tuple(int(p) for p in m.groups())
        for m in re.finditer(r"\b(\d{4})-(\d{2})-(\d{2})\b", text)
        if 1 <= int(m[2]) <= 12
    ]
#: find_dates("from 2024-01-05 to 2024-02-10")
#: find_dates("2024-13-01")
#: find_dates("none")


def first_match(patterns, text):
    for label, pattern in patterns.items():
        if (m := re.search(pattern, text)):
            return label, m.group(0), m.span()
    raise LookupError(f"nothing matches {text!r}")
#: first_match({"num": r"\d+", "word": r"[a-z]+"}, "abc 123")
#: first_match({"hex": r"0x[0-9a-f]+"}, "value 0xff;")
#: first_match({"caps": r"[A-Z]{2,}"}, "Hello")
#: first_match({}, "")


def highlight(text, term, open_="[", close="]"):
    out, i = "", 0
    low, t = text.lower(), term.lower()
    while (j := low.find(t, i)) >= 0:
        out += text[i:j] + open_ + text[j:j + len(t)] + close
        i = j + len(t)
    return out + text[i:]
#: highlight("The theme is theirs", "the")
#: highlight("abc", "z")
#: highlight("Go go", "GO", open_="<b>", close="</b>")
#: highlight("", "x")


def line_and_column(source, offset):
    if not 0 <= offset <= len(source):
        raise IndexError(f"offset {offset} outside source")
    line = source.count("\n", 0, offset) + 1
    col = offset - source.rfind("\n", 0, offset)
    return line, col
#: line_and_column("one\ntwo\nthree", 5)
#: line_and_column("abc", 0)
#: line_and_column("a\n", 2)
#: line_and_column("abc", 9)


def grep(pattern, lines, *, invert=False, before=0):
    rx = re.compile(pattern)
    picked = []
    for i, line in enumerate(lines):
        if bool(rx.search(line)) is not invert:
            picked.extend(range(max(0, i - before), i + 1))
    return [lines[i] for i in sorted(set(picked))]
#: grep("er", ["error", "ok", "warn", "server"])
#: grep("^#", ["# a", "b", "# c"], invert=True)
#: grep("x$", ["a", "b", "x", "y"], before=1)
#: grep("(", ["a"])


def longest_prefix_route(path, routes):
    best = ""
    for route in routes:
        if path.startswith(route) and len(route) > len(best):
            best = route
    return routes.get(best, "404"), path[len(best):]
#: longest_prefix_route("/api/users/7", {"/": "home", "/api": "api", "/api/users": "users"})
#: longest_prefix_route("/about", {"/api": "api"})
#: longest_prefix_route("", {})


def match_route(pattern, path):
    want, got = pattern.strip("/").split("/"), path.strip("/").split("/")
    if len(want) != len(got):
        return None
    params = {}
    for w, g in zip(want, got):
        if w[:1] == ":":
            params[w[1:]] = g
        elif w != g:
            return None
    return params
#: match_route("/users/:id/posts/:post", "/users/7/posts/99/")
#: match_route("/users/:id", "/users")
#: match_route("/about", "/about")
#: match_route("/a/b", "/a/c")


def contains_any(text, words, whole=False):
    if whole:
        tokens = set(text.split())
        return any(w in tokens for w in words)
    return any(w in text for w in words)
#: contains_any("the cathedral", ["cat", "dog"])
#: contains_any("the cathedral", ["cat", "dog"], whole=True)
#: contains_any("", [""])
#: contains_any("abc", [])


def score_match(query, title):
    q, t = query.lower(), title.lower()
    if q == t:
        return 100
    if t.startswith(q):
        return 80
    words = t.split()
    if any(w.startswith(q) for w in words):
        return 60
    return 40 if q in t else 0


def search_titles(query, titles):
    scored = ((score_match(query, t), t) for t in titles)
    return [t for s, t in sorted(scored, key=lambda p: -p[0]) if s]
#: search_titles("star", ["A Star Is Born", "Star", "Mustard", "Moon", "Starlight"])
#: search_titles("", ["any"])
#: search_titles("x", [])


def fuzzy_contains(query, text):
    pos = 0
    path = []
    for ch in query.lower():
        found = text.lower().find(ch, pos)
        if found < 0:
            return None
        path.append(found)
        pos = found + 1
    return path
#: fuzzy_contains("gco", "git checkout")
#: fuzzy_contains("xyz", "xy")
#: fuzzy_contains("", "abc")


def common_root(paths):
    shared = os.path.commonprefix(paths)
    cut = shared.rfind("/")
    return shared[:cut + 1] or "."
#: common_root(["/var/log/a.txt", "/var/lib/b"])
#: common_root(["src/app.py", "src/api.py"])
#: common_root(["a", "b"])
#: common_root([])


def glob_filter(names, include, exclude=()):
    chosen = []
    for pattern in include:
        for name in fnmatch.filter(names, pattern):
            if name in chosen or any(fnmatch.fnmatchcase(name, x) for x in exclude):
                continue
            chosen.append(name)
    return chosen
#: glob_filter(["a.py", "b.txt", "test_a.py"], ["*.py"], exclude=["test_*"])
#: glob_filter(["x1", "x2", "x10"], ["x?", "x1*"])
#: glob_filter([], ["*"])


def extract_links(markdown):
    links = {}
    for m in re.finditer(r"\[(?P<label>[^\]]*)\]\((?P<url>[^)\s]+)\)", markdown):
        links[m["label"] or m["url"]] = m["url"]
    return links
#: extract_links("see [docs](http://d.io) or [](/x)")
#: extract_links("[broken](a b)")
#: extract_links("")


def hashtags(post):
    tags = re.findall(r"#(\w+)", post)
    rest = re.sub(r"\s*#\w+", "", post)
    return tags, rest.strip(), len(tags) > len(set(map(str.lower, tags)))
#: hashtags("Sunny day #beach #Fun")
#: hashtags("#a #A")
#: hashtags("nothing # here")
#: hashtags("#été2024")


def mask_matches(pattern, text, keep=2):
    def mask(m):
        s = m.group()
        return s[:keep] + "*" * len(s[keep:])
    masked, n = re.subn(pattern, mask, text)
    return masked if n else text + " (clean)"
#: mask_matches(r"\d{4,}", "card 12345678 pin 9999")
#: mask_matches(r"@\w+", "no handles", keep=1)
#: mask_matches(r"\w+", "ab c", keep=0)
#: mask_matches("[", "x")


def expand_dates(text, pivot=70):
    def fix(m):
        day, month, year = map(int, m.group(1, 2, 3))
        if year < 100:
            year += 1900 if year >= pivot else 2000
        return f"{year:04d}-{month:02d}-{day:02d}"
    return re.sub(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", fix, text)
#: expand_dates("born 4/7/85, joined 12/01/2020")
#: expand_dates("1/1/69")
#: expand_dates("no date 1/2")
#: expand_dates("5/5/50", pivot=40)


def index_or(text, *needles, default=-1):
    for needle in needles:
        try:
            return text.index(needle)
        except ValueError:
            continue
        except TypeError:
            return default
    return default
#: index_or("key: value", "=", ":")
#: index_or("abc", "x", "y", default=None)
#: index_or("abc", 1, "a")
#: index_or("abc")


def last_path_parts(path, n=2):
    end = len(path.rstrip("/"))
    cut = end
    for _ in range(n):
        cut = path.rfind("/", 0, cut)
        if cut == -1:
            break
    return path[cut + 1:end]
#: last_path_parts("/home/ann/docs/a.txt")
#: last_path_parts("a/b/", n=1)
#: last_path_parts("file")
#: last_path_parts("", 3)


def windows_of(text, size, step=1):
    if size < 1 or step < 1:
        raise ValueError("size and step must be at least 1")
    return [text[i:i + size] for i in range(0, max(len(text) - size + 1, 1), step)]
#: windows_of("abcde", 3)
#: windows_of("abcdef", 2, step=2)
#: windows_of("ab", 5)
#: windows_of("abc", 0)


def cut_columns(line, *spans):
    cells = []
    for span in spans:
        a, _, b = span.partition(":")
        piece = line[slice(int(a) if a else None, int(b) if b else None)]
        cells.append(piece.strip() or None)
    return cells
#: cut_columns("2024 ann    -5", "0:4", "5:9", "-2:")
#: cut_columns("abc", ":1", "1:")
#: cut_columns("short", "10:20")
#: cut_columns("abc", "x:")


def split_serial(serial):
    half = len(serial) // 2
    front, back = serial[:half], serial[-half:] if half else ""
    centre = serial[half:len(serial) - half]
    assert front + centre + back == serial
    return front.lower(), centre, back[::-1]
#: split_serial("ABCDEF")
#: split_serial("XY-09")
#: split_serial("x")
#: split_serial("")


def every_other(s):
    evens, odds = s[::2], s[1::2]
    return {"even": evens, "odd": odds, "back": s[-1:-4:-1], "tail": s[-3:]}
#: every_other("abcdefg")
#: every_other("ab")
#: every_other("")


def interleave_at(text, insert, *positions):
    for shift, pos in enumerate(sorted(positions)):
        at = pos + shift * len(insert)
        text = text[:at] + insert + text[at:]
    return text
#: interleave_at("20240131", "-", 4, 6)
#: interleave_at("abc", "|", 3, 0)
#: interleave_at("abc", "")
#: interleave_at("abc", "..", -1)


def replace_last(text, old, new, count=1):
    parts = text.rsplit(old, count)
    return new.join(parts)
#: replace_last("a, b, c", ", ", " and ")
#: replace_last("x.y.z", ".", "/", count=2)
#: replace_last("none", "q", "!")
#: replace_last("abc", "", "-")


def sections(text, marker="=="):
    found = {}
    title, start = "intro", 0
    for m in re.finditer(rf"^{re.escape(marker)} *(.+)$", text, re.MULTILINE):
        found[title] = text[start:m.start()].strip()
        title, start = m[1], m.end()
    found[title] = text[start:].strip()
    return found
#: sections("hello\n== One\nbody 1\n== Two\nbody 2")
#: sections("# A\nx", marker="#")
#: sections("")


def todo_tags(source):
    notes = []
    for number, line in enumerate(source.splitlines(), 1):
        m = re.search(r"#\s*(TODO|FIXME)(?:\((\w+)\))?:?\s*(.*)", line)
        if not m:
            continue
        kind, owner, note = m.groups(default="?")
        notes.append(f"{number}:{kind}:{owner}:{note}")
    return notes
#: todo_tags("x = 1  # TODO(ann): rename\ny = 2\n# FIXME slow")
#: todo_tags("# nothing")
#: todo_tags("#TODO")


@dataclass(order=True)
class Hit:
    line: int
    column: int
    text: str = ""


def locate(words, lines):
    hits = []
    for word in words:
        for n, line in enumerate(lines):
            col = line.find(word)
            if col >= 0:
                hits.append(Hit(n, col, word))
    hits.sort()
    return [(h.line, h.column, h.text) for h in hits], max(hits, key=attrgetter("column"), default=None)
#: locate(["cat", "dog"], ["a dog and a cat", "catdog"])
#: locate(["x"], ["abc"])
#: locate([], [])


def inverted_index(docs):
    index = defaultdict(set)
    for doc_id, text in docs.items():
        for word in re.split(r"\W+", text.lower()):
            if len(word) > 2:
                index[word].add(doc_id)
    return index


def search_docs(docs, query):
    """Ids of the documents with every + word and no - word."""
    index = inverted_index(docs)
    result = set(docs)
    for term in query.lower().split():
        if term.startswith("-"):
            result -= index[term[1:]]
        else:
            result &= index.get(term.lstrip("+"), set())
    return sorted(result)
#: search_docs({1: "red apple", 2: "green apple", 3: "red car"}, "apple -green")
#: search_docs({1: "one fox", 2: "two"}, "+fox +one")
#: search_docs({}, "any")
#: search_docs({1: "abc"}, "")


class Shelf:
    def __init__(self):
        self.rows = {}
        self.size = 0

    def put(self, title):
        letter = title.removeprefix("The ")[:1].upper() or "#"
        self.rows.setdefault(letter, []).append(title)
        self.size += 1

    def __contains__(self, title):
        return any(title in row for row in self.rows.values())

    def __repr__(self):
        return f"<shelf {''.join(sorted(self.rows))} {self.size}>"


def browse_shelf(titles, letter):
    shelf = Shelf()
    skipped = 0
    for t in titles:
        if t in shelf:
            skipped += 1
            continue
        shelf.put(t)
    row = shelf.rows.get(letter.upper(), [])
    return sorted(row, key=str.casefold), skipped, shelf.size
#: browse_shelf(["The Hobbit", "Hamlet", "Dune", "Dune"], "h")
#: browse_shelf(["", "emma"], "#")
#: browse_shelf([], "z")


def unique_abbreviation(command, known):
    matches = [k for k in known if k.startswith(command)]
    if command in matches or len(matches) == 1:
        return command if command in matches else matches[0]
    if matches:
        raise ValueError(f"ambiguous {command!r}: {', '.join(sorted(matches))}")
    raise KeyError(command)
#: unique_abbreviation("st", ["start", "quit"])
#: unique_abbreviation("go", ["go", "gold"])
#: unique_abbreviation("s", ["start", "stop"])
#: unique_abbreviation("x", [])


def count_in_region(text, sub, start=None, end=None):
    inside = text.count(sub, start, end)
    everywhere = text.count(sub)
    return inside, everywhere - inside
#: count_in_region("banana bandana", "an", 0, 6)
#: count_in_region("aaaa", "aa")
#: count_in_region("abc", "", 1)
#: count_in_region("xyzxyz", "x", -3)


def quoted_spans(text, quote="'"):
    spans = []
    opened = None
    for i, ch in enumerate(text):
        if ch != quote or (i and text[i - 1] == "\\"):
            continue
        if opened is None:
            opened = i
        else:
            spans.append((opened, i + 1))
            opened = None
    return spans, opened is not None
#: quoted_spans("say 'hi' and 'bye'")
#: quoted_spans("it's")
#: quoted_spans(r"'don\'t'")
#: quoted_spans("", quote='"')


def looks_like(text):
    checks = {
        "integer": r"[+-]?\d+",
        "decimal": r"[+-]?\d*\.\d+",
        "identifier": r"[^\W\d]\w*",
        "email": r"[^@\s]+@[^@\s]+\.\w+",
    }
    return [name for name, rx in checks.items() if re.fullmatch(rx, text)]
#: looks_like("-42")
#: looks_like(".5")
#: looks_like("größe_1")
#: looks_like("a@b.co")
#: looks_like("")


def password_problems(pw):
    rules = [
        (len(pw) >= 8, "too short"),
        (re.search(r"\d", pw), "no digit"),
        (re.search(r"[A-Z]", pw) and re.search(r"[a-z]", pw), "needs both cases"),
        (not re.search(r"(.)\1\1", pw), "triple character"),
    ]
    return [message for ok, message in rules if not ok]
#: password_problems("Tr0ubadour")
#: password_problems("aaa")
#: password_problems("")
#: password_problems("PASSWORD1")


def tail_after(log, marker, keep=2):
    lines = log.split("\n")
    for i in range(len(lines) - 1, -1, -1):
        if marker in lines[i]:
            return lines[i + 1:][:keep]
    return lines[-keep:]
#: tail_after("start\na\nstart\nb\nc\nd", "start")
#: tail_after("x\ny\nz", "nope", keep=1)
#: tail_after("", "q")
#: tail_after("only start", "start")


def first_difference(a, b):
    for i, (x, y) in enumerate(itertools.zip_longest(a, b)):
        if x != y:
            lo = max(i - 3, 0)
            return i, a[lo:i + 3], b[lo:i + 3]
    return None
#: first_difference("configuration", "configurable")
#: first_difference("abc", "abcd")
#: first_difference("", "")


def ends_with_number(name):
    stem = name.rstrip("0123456789")
    digits = name[len(stem):]
    if not digits:
        return name, None
    return stem, int(digits)


def next_free_name(name, taken):
    stem, n = ends_with_number(name)
    n = n or 1
    while (candidate := f"{stem}{n}") in taken:
        n += 1
    return candidate
#: next_free_name("copy", {"copy1", "copy2"})
#: next_free_name("img007", set())
#: next_free_name("v9", {"v9", "v10"})
#: next_free_name("", [])


def follow_keys(template, data):
    missing = []
    def lookup(m):
        node = data
        try:
            for key in m[1].split("."):
                node = node[int(key)] if key.isdigit() else node[key]
        except (KeyError, IndexError, TypeError):
            missing.append(m[1])
            return ""
        return str(node)
    return re.sub(r"<([\w.]+)>", lookup, template), missing
#: follow_keys("hi <user.name>, <tags.1>", {"user": {"name": "Ann"}, "tags": ["a", "b"]})
#: follow_keys("<x> and <y.z>", {"x": 1, "y": 2})
#: follow_keys("<list.5>", {"list": []})


def scan_numbers(text):
    values = []
    for m in re.finditer(r"(?<![\w.])-?\d+(?:\.\d+)?(%?)", text):
        raw = m.group(0)
        values.append(float(raw[:-1]) / 100 if m[1] else float(raw) if "." in raw else int(raw))
    return values
#: scan_numbers("up 12% to 3.5 from -4")
#: scan_numbers("v2 abc1")
#: scan_numbers("")


def stem_groups(words, endings=("ing", "ed", "s")):
    groups = {}
    for word in words:
        stem = word
        for e in endings:
            if word.endswith(e) and len(word) > len(e) + 2:
                stem = word[:-len(e)]
                break
        groups[stem] = groups.get(stem, ()) + (word,)
    return {k: v for k, v in groups.items() if len(v) > 1}
#: stem_groups(["play", "playing", "played", "sing", "sings"])
#: stem_groups(["bus", "bed"])
#: stem_groups([])


def skip_prefix_lines(text, prefix=">"):
    lines = text.splitlines()
    body = itertools.dropwhile(lambda s: s.startswith(prefix) or not s, lines)
    quoted = list(itertools.takewhile(lambda s: s.startswith(prefix), lines))
    return len(quoted), list(body)
#: skip_prefix_lines("> old\n> older\n\nreply\n> kept")
#: skip_prefix_lines("no quote")
#: skip_prefix_lines("", prefix="#")


def chars_around(text, index, radius=2):
    if index < 0:
        index += len(text)
    left = text[max(index - radius, 0):index]
    here = text[index]
    right = text[index + 1:index + 1 + radius]
    return f"{left}>{here}<{right}"
#: chars_around("abcdef", 3)
#: chars_around("abcdef", -1, radius=4)
#: chars_around("a", 0)
#: chars_around("abc", 7)


def rule_switch(line):
    match line.split(maxsplit=2):
        case ["find", what]:
            return {"op": "find", "what": what}
        case ["replace", old, new] if old != new:
            return {"op": "replace", "pair": (old, new)}
        case ["replace", _, _]:
            return {"op": "noop"}
        case [("quit" | "exit") as word]:
            return {"op": "stop", "word": word}
        case []:
            return {}
        case [first, *_]:
            raise ValueError(f"cannot run {first!r}")
#: rule_switch("find needle")
#: rule_switch("replace a b c")
#: rule_switch("replace x x")
#: rule_switch("exit")
#: rule_switch("dance now")


def bounded_find(text, sub, limits):
    lo, hi = limits
    forward, backward = text.find(sub, lo, hi), text.rfind(sub, lo, hi)
    if forward == backward == -1:
        return "absent"
    return "once" if forward == backward else (forward, backward)
#: bounded_find("one two one two one", "one", (1, 15))
#: bounded_find("abcabc", "c", (0, None))
#: bounded_find("abcabc", "a", (-3, None))
#: bounded_find("xyz", "q", (0, 3))
