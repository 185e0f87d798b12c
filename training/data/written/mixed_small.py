"""Small helpers that combine two or three types, with early returns, default results and None results."""
import json
import math
import re
from collections import Counter, namedtuple
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import reduce
from itertools import chain, islice


def first_name(user):
    if not user or "name" not in user:
        return None
    parts = user["name"].split()
    return parts[0] if parts else ""
#: first_name({"name": "Ada Lovelace"})
#: first_name({"name": "  "})
#: first_name({})
#: first_name(None)
#: first_name({"name": None})


def cart_total(cart, prices):
    total = 0
    for item, n in cart.items():
        if item not in prices:
            return f"no price: {item}"
        total += prices[item] * n
    return round(total, 2)
#: cart_total({"tea": 2, "mug": 1}, {"tea": 2.35, "mug": 7})
#: cart_total({}, {"tea": 1})
#: cart_total({"pen": 1}, {})
#: cart_total({"a": 3}, {"a": 0.1})


def word_lens(text):
    d = {}
    for w in text.split():
        d.setdefault(len(w), []).append(w)
    return d
#: word_lens("to be or not to be")
#: word_lens("")
#: word_lens("one three eleven two")


def mean_or_none(xs):
    xs = [x for x in xs if x is not None]
    if len(xs) > 0:
        return sum(xs) / len(xs)
#: mean_or_none([1, None, 4])
#: mean_or_none([None])
#: mean_or_none([])
#: mean_or_none([1, "2"])


def initials(names, sep="."):
    return [sep.join(p[0] for p in n.split()) + sep if n.strip() else None for n in names]
#: initials(["Grace Brewster Hopper", "plato"])
#: initials(["", "  "])
#: initials(["ab cd"], "")


def as_list(x):
    if x is None:
        return []
    if isinstance(x, (list, tuple, set)):
        return list(x)
    return [x]
#: as_list(None)
#: as_list("abc")
#: as_list((1, 2))
#: as_list({"k": 1})
#: as_list({5})


def truthy(s):
    return {"yes": True, "on": True, "1": True, "no": False, "off": False, "0": False}.get(str(s).strip().lower())
#: truthy(" Yes ")
#: truthy(0)
#: truthy("maybe")
#: truthy(True)


def lengths(*things):
    out = []
    for t in things:
        try:
            out.append(len(t))
        except TypeError:
            out.append(None)
    return out
#: lengths("abc", [1], {}, 5)
#: lengths()
#: lengths({"a": [1, 2]}, None, range(3, 9, 2))


def letter_index(words):
    idx = {}
    for n, w in enumerate(words):
        for c in sorted(set(w)):
            idx.setdefault(c, []).append(n)
    return dict(sorted(idx.items()))
#: letter_index(["ab", "bc"])
#: letter_index(["aa", "", "a"])
#: letter_index([])


def join_row(d, cols, sep="|"):
    return sep.join(str(d[c]) if d.get(c) is not None else "" for c in cols)
#: join_row({"a": 1, "b": None, "c": 0}, ["a", "b", "c", "d"])
#: join_row({}, "xy", ", ")
#: join_row({"x": [1, 2]}, ["x"])


def parse_row(line, types):
    vals = line.split(",")
    if len(vals) != len(types):
        return None
    return [t(v.strip()) for t, v in zip(types, vals)]
#: parse_row("3, bo, 2.5", [int, str, float])
#: parse_row("1,2", [int])
#: parse_row("x", [int])
#: parse_row("0,0", [bool, int])


def get_at(x, key, default=None):
    try:
        return x[key]
    except (KeyError, IndexError, TypeError) as e:
        return default if default is not None else type(e).__name__
#: get_at([1, 2], 5)
#: get_at({"a": 1}, "a")
#: get_at("abc", -1, "?")
#: get_at({}, "k", 0)
#: get_at(7, 0)


def longest(words, limit=None):
    best = ""
    for w in words:
        if limit and len(w) > limit:
            break
        if len(w) >= len(best):
            best = w
    return best or None
#: longest(["a", "bcd", "efg", "h"])
#: longest(["a", "bbbb", "cc"], 3)
#: longest(["", ""])
#: longest([], 0)


def pairs_to_dict(s):
    try:
        return dict(p.split(":") for p in s.split(","))
    except ValueError:
        return {}
#: pairs_to_dict("a:1,b:2")
#: pairs_to_dict("a:1,a:2")
#: pairs_to_dict("")
#: pairs_to_dict("x:y:z")


def compact(x):
    if isinstance(x, dict):
        return {k: compact(v) for k, v in x.items() if v is not None}
    if isinstance(x, list):
        return [compact(v) for v in x if v is not None]
    return x
#: compact({"a": None, "b": [1, None, {"c": None}]})
#: compact([None, None])
#: compact("text")
#: compact({})


def score_line(scores):
    if not scores:
        return "no scores"
    top = max(scores.values())
    who = [k for k in sorted(scores) if scores[k] == top]
    return f"{' & '.join(who)}: {top}"
#: score_line({"bo": 3, "al": 5, "cy": 5})
#: score_line({"solo": -1})
#: score_line({})


def nums_in(text):
    return [float(n) if "." in n else int(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)]
#: nums_in("from -3 to 4.50, 2x")
#: nums_in("v1.2.3")
#: nums_in("none")


def sum_field(rows, key):
    total = 0
    for r in rows:
        v = r.get(key) or 0
        if isinstance(v, str):
            if not v.isdigit():
                continue
            v = int(v)
        total += v
    return total
#: sum_field([{"n": 2}, {"n": "3"}, {"n": "x"}, {}], "n")
#: sum_field([], "n")
#: sum_field([{"n": None}, {"n": 1.5}, {"n": True}], "n")
#: sum_field([{"n": [1]}], "n")


def safe_div(a, b):
    try:
        q = a / b
    except ZeroDivisionError:
        return None
    else:
        return int(q) if q == int(q) else round(q, 3)
#: safe_div(6, 3)
#: safe_div(1, 3)
#: safe_div(0, 0)
#: safe_div(-7, 2.0)
#: safe_div("a", 2)


def clamp_all(xs, lo=None, hi=None):
    out = []
    for x in xs:
        if lo is not None and x < lo:
            x = lo
        if hi is not None and x > hi:
            x = hi
        out.append(x)
    return out
#: clamp_all([-5, 3, 99], 0, 10)
#: clamp_all([-5, 3, 99], hi=10)
#: clamp_all([1.5, 2])
#: clamp_all("adz", "b", "y")


def mode_char(s):
    c = Counter(s.replace(" ", ""))
    if not c:
        return None, 0
    [(ch, n)] = c.most_common(1)
    return ch, n
#: mode_char("hello world")
#: mode_char("abc")
#: mode_char("   ")


def any_of(rec, **want):
    for k, v in want.items():
        if rec.get(k) == v:
            return k
    return False
#: any_of({"x": 1, "y": 2}, x=5, y=2)
#: any_of({"x": 1}, z=None)
#: any_of({})
#: any_of({"a": 0}, a=False)


def cheapest(offers, budget=math.inf):
    ok = [(p, n) for n, p in offers.items() if p <= budget]
    return min(ok, default=(None, None))[1]
#: cheapest({"bus": 12, "train": 30, "bike": 12})
#: cheapest({"taxi": 50}, 20)
#: cheapest({})
#: cheapest({"a": None})


def split_evenly(items, n):
    if n < 1:
        raise ValueError("n must be positive")
    size, extra = divmod(len(items), n)
    out, i = [], 0
    for k in range(n):
        j = i + size + (k < extra)
        out.append(items[i:j])
        i = j
    return out
#: split_evenly([1, 2, 3, 4, 5], 2)
#: split_evenly("abcdefg", 3)
#: split_evenly([], 2)
#: split_evenly([1], 0)


def deep_keys(d, prefix=""):
    keys = []
    for k, v in d.items():
        name = f"{prefix}{k}"
        keys += deep_keys(v, name + ".") if v and isinstance(v, dict) else [name]
    return keys
#: deep_keys({"a": {"b": 1, "c": {"d": 2}}, "e": 3})
#: deep_keys({"x": {}})
#: deep_keys({})
#: deep_keys({1: {2: None}}, "#")


def show(x):
    match x:
        case None:
            return "-"
        case bool():
            return "yes" if x else "no"
        case int() | float():
            return f"{x:,.1f}"
        case [] | {}:
            return "empty"
        case [only]:
            return show(only)
        case [a, *_]:
            return show(a) + ".."
    return str(x).strip()
#: show([1234.56])
#: show([True, 2])
#: show({"a": 1})
#: show([[None]])
#: show(" hi ")


def changed(old, new):
    diff = []
    for k in sorted(old.keys() | new.keys()):
        a, b = old.get(k), new.get(k)
        if a != b:
            diff.append((k, a, b))
    return diff or None
#: changed({"a": 1, "b": 2}, {"b": 3, "c": 4})
#: changed({"a": 1}, {"a": 1.0})
#: changed({}, {"x": None})
#: changed({"k": [1]}, {"k": (1,)})


def digits_of(n):
    ds = []
    sign = n < 0
    n = abs(n)
    while n:
        n, r = divmod(n, 10)
        ds.append(r)
    ds = ds[::-1] or [0]
    return ["-", *ds] if sign else ds
#: digits_of(405)
#: digits_of(-12)
#: digits_of(0)


def pick(d, *keys):
    if len(keys) == 1:
        return d[keys[0]]
    return tuple(d[k] for k in keys)
#: pick({"a": 1, "b": 2}, "a")
#: pick({"a": 1, "b": 2}, "b", "a")
#: pick({"a": 1})
#: pick([5, 6, 7], -1, 0)
#: pick({"a": 1}, "a", "z")


def parse_time(s):
    m = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?", s)
    if m is None or not s:
        return None
    h, mins = m.groups("0")
    return int(h) * 60 + int(mins)
#: parse_time("1h30m")
#: parse_time("45m")
#: parse_time("2h")
#: parse_time("30")
#: parse_time("")


def money(s):
    try:
        v = Decimal(s.replace(",", "").lstrip("$€"))
    except InvalidOperation:
        return
    return v.quantize(Decimal("0.01"))
#: money("$1,234.5")
#: money("€0.005")
#: money("-3")
#: money("free")
#: money("")


class Point(namedtuple("Point", ["x", "y"])):
    def __add__(self, other):
        return Point(self.x + other[0], self.y + other[1])


def walk(start, steps):
    p = Point(*start)
    seen = {p}
    for s in steps:
        p += s
        if p in seen:
            return p, len(seen)
        seen.add(p)
    return p._asdict()
#: walk((0, 0), [(1, 0), (0, 1)])
#: walk((0, 0), [(1, 0), (-1, 0), (5, 5)])
#: walk([2, 3], [])
#: walk((1, 2, 3), [])


class Level(Enum):
    LOW = 1
    MID = 5
    HIGH = 9


def level_of(x):
    if isinstance(x, str):
        return Level[x.upper()].value
    for lv in reversed(Level):
        if x >= lv.value:
            return lv.name.title()
#: level_of("mid")
#: level_of(7.5)
#: level_of(0)
#: level_of("max")


@dataclass
class Item:
    name: str
    qty: int = 0
    tags: tuple = ()


def restock(items, name, n):
    for i, it in enumerate(items := [Item(*t) for t in items]):
        if it.name == name:
            items[i] = replace(it, qty=it.qty + n)
            break
    else:
        items.append(Item(name, n, ("new",)))
    return items[-1], sum(it.qty for it in items)
#: restock([("pen", 2), ("ink",)], "pen", 3)
#: restock([("pen", 2)], "cap", 1)
#: restock([], "", 0)


def json_or_text(s):
    try:
        v = json.loads(s)
    except json.JSONDecodeError as e:
        return s, e.pos
    return v if isinstance(v, (dict, list)) else [v]
#: json_or_text('{"a": [1, null]}')
#: json_or_text("true")
#: json_or_text("[1, 2,]")
#: json_or_text("")


def flatten_once(xs):
    return list(chain.from_iterable(x if isinstance(x, list) else [x] for x in xs))
#: flatten_once([1, [2, [3]], "ab"])
#: flatten_once([[], []])
#: flatten_once({"k": [1]})


def take_while_sum(xs, cap):
    acc = []
    for x in xs:
        if sum(acc) + x > cap:
            return acc, x
        acc.append(x)
    return acc, None
#: take_while_sum([3, 4, 5], 8)
#: take_while_sum([3, -4, 5], 8)
#: take_while_sum([9], 8)
#: take_while_sum([], 0)


def rename_cols(rows, **names):
    return [{names.get(k, k): v for k, v in r.items()} for r in rows if r]
#: rename_cols([{"nm": "bo", "a": 1}, {}], nm="name")
#: rename_cols([{"x": 1, "y": 2}], x="y")
#: rename_cols([], a="b")


def ranges(nums):
    out = []
    for n in sorted(set(nums)):
        if out and out[-1][1] == n - 1:
            out[-1] = (out[-1][0], n)
        else:
            out.append((n, n))
    return ",".join(f"{a}-{b}" if a != b else str(a) for a, b in out)
#: ranges([3, 1, 2, 7, 9, 8])
#: ranges([5, 5])
#: ranges([])
#: ranges([-2, -1, 1])


def tree_line(node, depth=0):
    name, *kids = node
    line = "  " * depth + name
    return "\n".join([line] + [tree_line(k, depth + 1) for k in kids])
#: tree_line(["root", ["a", ["b"]], ["c"]])
#: tree_line(["x"])
#: tree_line(["r", "st"])
#: tree_line([])


def compose(*fns):
    return lambda x: reduce(lambda v, f: f(v), fns, x)


def clean_tag(s):
    f = compose(str.strip, str.lower, lambda t: t.replace(" ", "-"))
    return f(s) or None
#: clean_tag("  Big Idea ")
#: clean_tag("   ")
#: clean_tag("ok")
#: clean_tag(5)


def every_nth(it, n, start=0):
    return list(islice(it, start, None, n)), list(it)[:1]
#: every_nth("abcdefg", 3)
#: every_nth([1, 2, 3, 4], 2, 1)
#: every_nth({"k": 1, "m": 2}, 1)
#: every_nth([1], 0)
#: every_nth((), 2)


def once_then(xs):
    it = iter(xs)
    head = next(it, None)
    if head is None:
        return "nothing"
    rest = list(it)
    return head, rest, next(it, "end")
#: once_then([1, 2, 3])
#: once_then("a")
#: once_then([])
#: once_then([None, 1])


def vote(ballots):
    counts = {}
    for b in ballots:
        if b:
            counts[b] = 1 + counts.get(b, 0)
    if not counts:
        return None
    win = max(counts, key=counts.get)
    return win if counts[win] * 2 > sum(counts.values()) else "runoff"
#: vote(["a", "b", "a", None])
#: vote(["x", "y"])
#: vote(["", None])
#: vote([])


def make_grid(text, fill="."):
    lines = text.split("/")
    w = max(len(x) for x in lines)
    return [list(x.ljust(w, fill)) for x in lines]
#: make_grid("ab/c/def")
#: make_grid("")
#: make_grid("x//", "#")
#: make_grid("a/bc", "--")


def col(grid, i):
    got = []
    for r in grid:
        if -len(r) <= i < len(r):
            got += r[i],
    return got
#: col([[1, 2], [3], [4, 5]], 1)
#: col(["abc", "de", ""], -1)
#: col([], 0)
#: col([(0, (1,))], 1)


def alias_cmd(cmd, aliases):
    seen = []
    while cmd in aliases:
        if cmd in seen:
            raise RuntimeError("loop: " + " > ".join(seen + [cmd]))
        seen.append(cmd)
        cmd = aliases[cmd]
    return cmd
#: alias_cmd("ll", {"ll": "ls", "ls": "list"})
#: alias_cmd("x", {})
#: alias_cmd("a", {"a": "b", "b": "a"})


def counter(start=0):
    n = start

    def step(by=1):
        nonlocal n
        n += by
        return n
    return step


def count_up(start, steps):
    c = counter(start)
    other = counter()
    return [c(s) if s else other() for s in steps]
#: count_up(10, [1, 5, 0, -2, 0])
#: count_up(0, [])
#: count_up("a", ["b", "cd"])
#: count_up(0.5, [True, None])


def grade(marks, cuts=((90, "A"), (75, "B"), (50, "C"))):
    res = {}
    for name, m in marks.items():
        res[name] = next((g for c, g in cuts if m >= c), "F")
    return res
#: grade({"ann": 91, "bo": 75, "cy": 12})
#: grade({}, [])
#: grade({"di": 49.99, "ed": 50})
#: grade({"x": None})


def sort_mixed(xs):
    return sorted(xs, key=lambda x: (str(type(x)), x)), sorted(map(str, xs))
#: sort_mixed([3, "b", 1, "a", 2.5])
#: sort_mixed([10, 9, -1])
#: sort_mixed([True, 0, None])
#: sort_mixed([None, None])


def tuple_swap(pair):
    a, b = pair
    a, b = b, a
    if a == b:
        return pair
    return type(pair)((a, b))
#: tuple_swap((1, 2))
#: tuple_swap(["x", "x"])
#: tuple_swap([1, None])
#: tuple_swap("ab")
#: tuple_swap((1, 2, 3))


def env_value(env, name):
    raw = env.get(name, "").strip()
    for conv in (int, float):
        try:
            return conv(raw)
        except ValueError:
            pass
    return raw.split(":") if ":" in raw else raw or None
#: env_value({"PORT": " 80 "}, "PORT")
#: env_value({"PATH": "/bin:/usr/bin"}, "PATH")
#: env_value({"RATE": "1e3", "x": "nan"}, "RATE")
#: env_value({}, "HOME")
#: env_value({"N": "1_000"}, "N")


def is_sub(small, big):
    if len(small) > len(big):
        return False
    if isinstance(small, dict):
        return small.items() <= big.items()
    return set(small) < set(big)
#: is_sub("ab", "cab")
#: is_sub({"a": 1}, {"a": 1, "b": 2})
#: is_sub([1, 1], [1, 1])
#: is_sub([], "x")
#: is_sub([1, 2, 3], [1])
