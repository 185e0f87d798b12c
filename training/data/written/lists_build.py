"""Functions that build lists: comprehensions, zip, enumerate, map, filter, flattening, chunks and pairs."""

import itertools
import operator
import re
import string
from datetime import date, timedelta
from functools import partial, reduce
from typing import NamedTuple


def menu_lines(dishes):
    return [f"{i}. {name:<10}{price:>6.2f}" for i, (name, price) in enumerate(dishes, start=1)]
#: menu_lines([("Soup", 4.5), ("Pasta", 11)])
#: menu_lines([("Crème brûlée", 6.255)])
#: menu_lines([])


def pages(rows, per_page):
    return [rows[i:i + per_page] for i in range(0, len(rows), per_page)]
#: pages(["r1", "r2", "r3", "r4", "r5"], 2)
#: pages([1, 2], 5)
#: pages([], 3)
#: pages([1, 2], 0)


def usernames(people):
    return [f"{first[0]}{last}".lower() for first, last in people if first and last]
#: usernames([("Ada", "Lovelace"), ("", "Prince"), ("Alan", "Turing")])
#: usernames([("Élise", "Noël")])
#: usernames([])


def header_pairs(text):
    pairs = []
    for line in text.splitlines():
        name, sep, value = line.partition(":")
        if sep:
            pairs.append((name.strip().title(), value.strip()))
    return pairs
#: header_pairs("host: example.org\ncontent-type:text/html\njunk")
#: header_pairs("")
#: header_pairs("a:b:c")


def seat_map(rows, per_row, taken=()):
    seats = []
    for row in string.ascii_uppercase[:rows]:
        for n in range(1, per_row + 1):
            if (seat := f"{row}{n}") not in taken:
                seats.append(seat)
    return seats
#: seat_map(2, 3)
#: seat_map(2, 2, taken={"A1", "B2"})
#: seat_map(0, 5)
#: seat_map(1, 4, ["A2"])


def to_ints(fields):
    return list(map(int, fields))
#: to_ints(["1", " 22 ", "-3"])
#: to_ints([])
#: to_ints("907")
#: to_ints(["1_000", True, 2.9])


def tolerant_ints(fields, fallback=0):
    def conv(f):
        try:
            return int(f, 0)
        except ValueError:
            return fallback
    return [conv(f) for f in fields]
#: tolerant_ints(["10", "0x1f", "0b11", "ten"])
#: tolerant_ints(["", "-7"], fallback=None)
#: tolerant_ints([])
#: tolerant_ints(["08", "0o17"], -1)


def active_emails(users):
    active = filter(lambda u: u.get("active"), users)
    return [*map(operator.itemgetter("email"), active)]
#: active_emails([{"email": "a@x.io", "active": True}, {"email": "b@x.io", "active": False}])
#: active_emails([{"email": "c@x.io"}])
#: active_emails([])
#: active_emails([{"active": 1}])


def non_empty(*parts):
    return list(filter(None, parts))
#: non_empty("a", "", None, "b", 0, "0")
#: non_empty()
#: non_empty([], [0], {}, ())


def all_line_items(orders):
    return [item for order in orders for item in order["items"]]
#: all_line_items([{"items": ["tea", "cup"]}, {"items": []}, {"items": ["pot"]}])
#: all_line_items([])
#: all_line_items([{"items": "ab"}])
#: all_line_items([{"items": [1, [2]]}, {"items": (3,)}])


def flatten_menu(entry, depth=0):
    out = ["  " * depth + entry["label"]]
    for child in entry.get("children", []):
        out.extend(flatten_menu(child, depth + 1))
    return out
#: flatten_menu({"label": "File", "children": [{"label": "Open"}, {"label": "Export", "children": [{"label": "PDF"}]}]})
#: flatten_menu({"label": "Help"})
#: flatten_menu({"label": "Edit", "children": []}, depth=1)


def glue(*lists):
    return list(itertools.chain.from_iterable(lists))
#: glue([1, 2], [3], [])
#: glue("ab", ("c", "d"))
#: glue()
#: glue({"k": 1}, [None])


def ragged_columns(left, right):
    return [f"{a or '-':>4} {b or '-':<4}" for a, b in itertools.zip_longest(left, right)]
#: ragged_columns(["x", "yy"], ["1", "2", "3"])
#: ragged_columns([], ["only"])
#: ragged_columns([], [])
#: ragged_columns(["", "b"], ["c"])


def month_starts(year, months):
    return [date(year, m, 1).strftime("%a %d.%m.") for m in months]
#: month_starts(2023, [1, 2, 12])
#: month_starts(2024, range(5, 8))
#: month_starts(1999, [])
#: month_starts(2020, [2, 13])


def schedule_dates(first, count, every=7):
    start = date.fromisoformat(first)
    return [(start + timedelta(days=every * k)).isoformat() for k in range(count)]
#: schedule_dates("2024-02-22", 3)
#: schedule_dates("2023-12-31", 2, every=1)
#: schedule_dates("2024-1-1", 1)


def hop_names(stations):
    hops = []
    for here, there in zip(stations, stations[1:]):
        hops.append(f"{here}-{there}")
    return hops
#: hop_names(["Ulm", "Bonn", "Kiel"])
#: hop_names(["Köln"])
#: hop_names("abc")


def loop_edges(points):
    shifted = points[1:] + points[:1]
    return list(zip(points, shifted))
#: loop_edges([(0, 0), (1, 0), (1, 1)])
#: loop_edges(["a"])
#: loop_edges([])


def match_fixtures(teams):
    fixtures = []
    for i in range(len(teams)):
        for j in range(i + 1, len(teams)):
            home, away = (i, j) if (i + j) % 2 else (j, i)
            fixtures.append((teams[home], teams[away]))
    return fixtures
#: match_fixtures(["Reds", "Blues", "Greens"])
#: match_fixtures(["A", "B"])
#: match_fixtures(["lonely"])
#: match_fixtures("WXYZ")


def grid_labels(cols, rows):
    return ["".join(p) for p in itertools.product(cols, map(str, rows))]
#: grid_labels("ab", range(1, 4))
#: grid_labels(["x", "yy"], [0.5])
#: grid_labels("", [1])


def handshake_list(names):
    return [" & ".join(sorted(pair)) for pair in itertools.combinations(names, 2)]
#: handshake_list(["Zed", "Amy", "Lou"])
#: handshake_list(["Amy", "Amy"])
#: handshake_list([])


def bulk_labels(prefix, n, width=3):
    labels = []
    while len(labels) < n:
        labels.append(prefix + str(len(labels) + 1).zfill(width))
    return labels
#: bulk_labels("BOX-", 3)
#: bulk_labels("", 2, width=1)
#: bulk_labels("x", 0)
#: bulk_labels("#", -2)


def running_balance(start, changes):
    return list(itertools.accumulate(changes, initial=start))
#: running_balance(100, [-20, 5, -90])
#: running_balance(0, [])
#: running_balance("a", ["b", "c"])
#: running_balance(0.5, [1, True])


def compound(amount, rates):
    history = [amount]
    history += [amount := round(amount * (1 + r / 100), 2) for r in rates]
    return history
#: compound(100, [5, 5])
#: compound(250.0, [-10, 0, 12.5])
#: compound(1, [])


def split_even(total, people):
    share, left = divmod(total, people)
    return [share + (k < left) for k in range(people)]
#: split_even(10, 3)
#: split_even(6, 2)
#: split_even(2, 4)
#: split_even(-7, 2)
#: split_even(5, 0)


def batches_by_weight(parcels, limit):
    batches = [[]]
    room = limit
    for p in parcels:
        if p > room and batches[-1]:
            batches.append([])
            room = limit
        batches[-1].append(p)
        room -= p
    return batches
#: batches_by_weight([4, 5, 3, 2, 6], 9)
#: batches_by_weight([20], 9)
#: batches_by_weight([], 1)
#: batches_by_weight([1, 1, 1, 1], 2)


def ranges_from_spec(spec):
    nums = []
    for part in spec.split(","):
        lo, dash, hi = part.strip().partition("-")
        if not dash:
            nums.append(int(lo))
        else:
            nums.extend(range(int(lo), int(hi) + 1))
    return nums
#: ranges_from_spec("1-3, 7,10-11")
#: ranges_from_spec("5")
#: ranges_from_spec("4-2")
#: ranges_from_spec("1,,2")


def spec_from_numbers(nums):
    spans = []
    for n in sorted(set(nums)):
        if spans and spans[-1][1] == n - 1:
            spans[-1] = (spans[-1][0], n)
        else:
            spans.append((n, n))
    return [str(a) if a == b else f"{a}-{b}" for a, b in spans]
#: spec_from_numbers([3, 1, 2, 7, 9, 8])
#: spec_from_numbers([4, 4])
#: spec_from_numbers([])
#: spec_from_numbers((-2, -1, 0))


def unzip_scores(pairs):
    if not pairs:
        return [], []
    names, scores = zip(*pairs)
    return list(names), list(scores)
#: unzip_scores([("ann", 3), ("bob", 5)])
#: unzip_scores([])
#: unzip_scores(["ab", "cd", "ef"])
#: unzip_scores([(None, 0)])


def columns_of(rows):
    return [list(col) for col in zip(*rows, strict=True)]
#: columns_of([[1, 2, 3], [4, 5, 6]])
#: columns_of(["ab", "cd"])
#: columns_of([])
#: columns_of([[1, 2], [3]])


def slugs(titles):
    made = []
    for t in titles:
        slug = "-".join(re.findall(r"\w+", t.lower()))
        n = 2
        candidate = slug
        while candidate in made:
            candidate = f"{slug}-{n}"
            n += 1
        made.append(candidate)
    return made
#: slugs(["Hello, World!", "hello world", "Hello... World?"])
#: slugs(["Ünïcode & more"])
#: slugs([])
#: slugs(["", "!!"])


class Point(NamedTuple):
    x: float
    y: float


def offsets(origin, deltas):
    o = Point(*origin)
    return [Point(o.x + dx, o.y + dy) for dx, dy in deltas]
#: offsets((1, 1), [(0, 1), (-1, 0)])
#: offsets([0.5, 0], [(1, 1)])
#: offsets((0, 0), [])
#: offsets((-3, 4), [(3, -4), (0, 0.25)])


def price_table(base, sizes, *, step=0.25):
    factors = {"S": 0, "M": 1, "L": 2, "XL": 3}
    return [(s, base * (1 + step * factors[s])) for s in sizes]
#: price_table(8, ["S", "L"])
#: price_table(10.0, ["XL", "M"], step=0.1)
#: price_table(3, [])
#: price_table(-4, ["M"], step=-1)


def dot_products(queries, vector):
    return [sum(map(operator.mul, q, vector)) for q in queries]
#: dot_products([[1, 0], [2, 3]], [4, 5])
#: dot_products([[], [1]], [7, 8])
#: dot_products([], [1])


def free_ports(lo, hi, blocked):
    found = []
    for port in range(max(lo, 1024), hi):
        for first, last in blocked:
            if first <= port <= last:
                break
        else:
            found += [port]
    return found
#: free_ports(8000, 8006, [(8001, 8002), (8005, 9000)])
#: free_ports(80, 1026, [])
#: free_ports(5000, 5003, [(4000, 6000)])
#: free_ports(3000, 3000, [(1, 2)])


def pipeline(value, *steps):
    stages = [value]
    for step in steps:
        stages.append(getattr(stages[-1], step)())
    return stages
#: pipeline("  Mixed Case ", "strip", "lower", "title")
#: pipeline("x")
#: pipeline("Abc", "swapcase", "isupper")
#: pipeline("a b", "split", "copy")


def make_scaler(factor):
    return lambda x: x * factor


def scaled_series(xs, *factors):
    return [list(map(make_scaler(f), xs)) for f in factors]
#: scaled_series([1, 2], 2, 10)
#: scaled_series(["ab"], 2, 0)
#: scaled_series([], 1)
#: scaled_series([5])


def late_binding(xs):
    wrong = [lambda: x for x in xs]
    right = [lambda x=x: x for x in xs]
    return [f() for f in wrong], [f() for f in right]
#: late_binding([1, 2, 3])
#: late_binding(["a"])
#: late_binding([])


def deltas_signed(levels):
    return ["{:+d}".format(b - a) for a, b in itertools.pairwise(levels)]
#: deltas_signed([3, 8, 8, 1])
#: deltas_signed([5])
#: deltas_signed([0, -10, 10])
#: deltas_signed([True, 7, 6])


def csv_fields(line, sep=","):
    fields, cur, quoted = [], "", False
    for ch in line:
        if ch == '"':
            quoted = not quoted
        elif ch == sep and not quoted:
            fields.append(cur)
            cur = ""
        else:
            cur += ch
    fields.append(cur)
    return fields
#: csv_fields('1,"Smith, J",x')
#: csv_fields("a;b;;", sep=";")
#: csv_fields("")
#: csv_fields('"open,end')


def bits_of(flags, names):
    return [name for i, name in enumerate(names) if flags >> i & 1]
#: bits_of(5, ["read", "write", "exec"])
#: bits_of(0, ["a"])
#: bits_of(-1, ["x", "y"])
#: bits_of(255, [])


def hex_bytes(data):
    out = []
    for i in range(0, len(data), 4):
        out.append(data[i:i + 4].hex(" "))
    return out
#: hex_bytes(b"hello!")
#: hex_bytes(b"")
#: hex_bytes("é€".encode())


def round_robin(*queues):
    out = []
    pending = [list(q) for q in queues if q]
    while pending:
        for q in pending:
            out.append(q.pop(0))
        pending = [q for q in pending if q]
    return out
#: round_robin(["a1", "a2", "a3"], ["b1"], ["c1", "c2"])
#: round_robin([], "xy")
#: round_robin()


def without_outliers(xs, spread):
    """Keep values within spread of the median."""
    if not xs:
        return []
    mid = sorted(xs)[len(xs) // 2]
    return [x for x in xs if -spread <= x - mid <= spread]
#: without_outliers([10, 12, 11, 95, 9], 3)
#: without_outliers([1, 100], 5)
#: without_outliers([], 1)
#: without_outliers([-3, -2.5, 0], 0.5)


def default_rows(keys: list, n: int, value=None) -> list:
    return [dict.fromkeys(keys, value) for _ in range(n)]
#: default_rows(["id", "qty"], 2, 0)
#: default_rows([], 1)
#: default_rows(["a", "a"], 1, "x")
#: default_rows(["k"], 0)


def sieve_words(words, *rules):
    for rule in rules:
        words = [w for w in words if rule(w)]
    return words


def clean_tokens(text, stop=("the", "a")):
    return sieve_words(text.lower().split(), str.isalpha, lambda w: w not in stop, lambda w: len(w) > 1)
#: clean_tokens("The cat sat on 1 mat")
#: clean_tokens("a b cd", stop=())
#: clean_tokens("")
#: clean_tokens("Naïve café 24h")


def span_sizes(spans):
    out = []
    for text in spans:
        a, b = map(int, text.split("-"))
        if a > b:
            raise ValueError(f"backwards span {text}")
        out.append(range(a, b))
    return [len(r) for r in out], [x for r in out for x in r[:2]]
#: span_sizes(["1-4", "10-11"])
#: span_sizes(["3-3"])
#: span_sizes([])
#: span_sizes(["1-2", "9-5"])


def mark_changes(old, new):
    signs = [" " if a == b else "~" for a, b in zip(old, new)]
    signs += ["-"] * (len(old) - len(new)) + ["+"] * (len(new) - len(old))
    return signs
#: mark_changes(["a", "b", "c"], ["a", "x"])
#: mark_changes([], [1, 2])
#: mark_changes([1], [1])


def countdown(n, step=1):
    def ticks():
        k = n
        while k > 0:
            yield k
            k -= step
        yield "go"
    return [*ticks()]
#: countdown(3)
#: countdown(10, step=4)
#: countdown(0)


def prefix_paths(path):
    parts = path.strip("/").split("/")
    return reduce(lambda acc, p: acc + [f"{acc[-1]}/{p}" if acc else p], parts, [])
#: prefix_paths("/usr/local/lib/")
#: prefix_paths("file.txt")
#: prefix_paths("")


def convert_all(values, base):
    to_base = partial(int, base=base)
    good, bad = [], []
    for v in values:
        try:
            good.append(to_base(v))
        except ValueError as err:
            bad.append(str(err).rsplit(": ", 1)[-1])
    return good, bad
#: convert_all(["ff", "10", "zz"], 16)
#: convert_all(["101", "2"], 2)
#: convert_all([], 10)
#: convert_all(["z"], 36)


def zip_config(keys, values, sep="="):
    if len(keys) != len(values):
        raise ValueError("%d keys for %d values" % (len(keys), len(values)))
    return [k + sep + str(v) for k, v in zip(keys, values) if v is not None]
#: zip_config(["host", "port", "user"], ["db", 5432, None])
#: zip_config([], [])
#: zip_config(["a"], [[1]], sep=": ")
#: zip_config(["a"], [])


def checkerboard(size, dark="#", light="."):
    return ["".join(dark if (r ^ c) & 1 else light for c in range(size)) for r in range(size)]
#: checkerboard(3)
#: checkerboard(2, dark="X", light="O")
#: checkerboard(0)


def tally_marks(counts):
    bars = []
    for label, n in counts.items():
        fives, ones = n // 5, n % 5
        bars.append(f"{label}: " + " ".join(["||||/"] * fives + ["|" * ones] * bool(ones)))
    return bars
#: tally_marks({"yes": 7, "no": 5})
#: tally_marks({"maybe": 0})
#: tally_marks({})


def sample_every(values, k):
    picked = list(itertools.islice(values, 0, None, k))
    skipped = list(itertools.compress(values, (i % k for i in range(len(values)))))
    return picked, skipped
#: sample_every([1, 2, 3, 4, 5], 2)
#: sample_every("abc", 1)
#: sample_every([], 3)
#: sample_every([10, 20, 30, 40], 3)
