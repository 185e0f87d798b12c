"""Sets and tuples: set algebra, membership, deduplication, namedtuple and unpacking."""
import math
import operator
import re
from collections import namedtuple
from enum import IntEnum
from fractions import Fraction
from itertools import chain, combinations, product
from typing import NamedTuple


def permission_change(old, new):
    old, new = set(old), set(new)
    return {"grant": sorted(new - old), "revoke": sorted(old - new), "keep": sorted(old & new)}
#: permission_change(["read", "write"], ["read", "admin"])
#: permission_change([], ["read"])
#: permission_change("rw", "rw")
#: permission_change(["read"], None)


def new_subscribers(current, arrivals):
    known = set(current)
    fresh = []
    for person in arrivals:
        before = len(known)
        known.add(person)
        if len(known) > before:
            fresh.append(person)
    return fresh
#: new_subscribers([3, 1], [3, 2, 1, 2, 4])
#: new_subscribers([], "abracadabra")
#: new_subscribers([1], [True, 1.0, 0, False])
#: new_subscribers([], [[1], [1]])


def dedupe_names(names):
    seen = set()
    return [n for n in names if not ((k := n.strip().casefold()) in seen or seen.add(k))]
#: dedupe_names(["Ann", " ann", "BOB", "bob ", "Cy"])
#: dedupe_names(["STRASSE", "straße"])
#: dedupe_names([])


def validate_fields(data, required, optional=()):
    missing = set(required).difference(data)
    unknown = set(data).difference(required, optional)
    if missing:
        raise KeyError("missing: " + ", ".join(sorted(missing)))
    return sorted(unknown)
#: validate_fields({"id": 1, "nick": "x", "zip": 2}, ["id"], ["nick"])
#: validate_fields({"id": 1}, ["id"])
#: validate_fields({"a": 1}, ["a", "c", "b"])
#: validate_fields({}, ())


def shared_interests(*people):
    if not people:
        return set()
    common = set(people[0])
    for p in people[1:]:
        common &= set(p)
        if not common:
            break
    return common
#: shared_interests([1, 2, 3], [2, 3, 4], [3, 2])
#: shared_interests([1, 2], [], [1])
#: shared_interests()
#: shared_interests((5,))


def toggle(selected, *ids):
    selected = set(selected)
    for i in ids:
        selected ^= {i}
    return sorted(selected)
#: toggle([1, 2], 2, 3)
#: toggle([], 7, 7)
#: toggle((4, 9))


def set_relation(a, b):
    a, b = frozenset(a), frozenset(b)
    if a == b:
        return "equal"
    if a < b:
        return "subset"
    if a > b:
        return "superset"
    return "disjoint" if a.isdisjoint(b) else "overlap"
#: set_relation([1, 2], [2, 1, 1])
#: set_relation("ab", "abc")
#: set_relation(range(5), [3])
#: set_relation([1], [2])
#: set_relation([1, 2], [2, 3])


def free_seats(rows, per_row, taken):
    seats = {(r, s) for r in range(1, rows + 1) for s in range(1, per_row + 1)}
    seats.difference_update(taken)
    return len(seats), min(seats, default=None)
#: free_seats(2, 3, [(1, 1), (1, 2)])
#: free_seats(1, 2, [(1, 1), (1, 2), (9, 9)])
#: free_seats(0, 5, [])


def remove_all(tags, doomed):
    tags = set(tags)
    skipped = []
    for t in doomed:
        try:
            tags.remove(t)
        except KeyError as e:
            skipped.append(e.args[0])
    return sorted(tags), skipped
#: remove_all(["a", "b", "c"], ["b", "z"])
#: remove_all([], ["x", "x"])
#: remove_all("hello", "lo")


def assign_ports(used, names, start=8000):
    used = set(used)
    result = {}
    port = start
    for name in names:
        while port in used:
            port += 1
        used.add(port)
        result[name] = port
    return result, len(used)
#: assign_ports([8000, 8002], ["web", "api", "db"])
#: assign_ports([], ["solo"], start=1)
#: assign_ports({5, 6}, [])


def common_prefix_words(lines):
    columns = zip(*(line.split() for line in lines))
    prefix = []
    for words in columns:
        if len(set(words)) != 1:
            break
        prefix.append(words[0])
    return " ".join(prefix)
#: common_prefix_words(["the red car", "the red bus stop", "the red"])
#: common_prefix_words(["alone here"])
#: common_prefix_words([])
#: common_prefix_words(["a b", "c b"])


def min_max_span(values):
    lo, *_, hi = sorted(values)
    return lo, hi, hi - lo
#: min_max_span([4, -1, 9])
#: min_max_span((2, 2))
#: min_max_span([5])


def split_head_tail(seq):
    if not seq:
        return None, []
    head, *tail = seq
    return head, tail
#: split_head_tail([1, 2, 3])
#: split_head_tail("xyz")
#: split_head_tail(())
#: split_head_tail((None,))


class Point(NamedTuple):
    x: float
    y: float = 0.0

    def shifted(self, dx, dy):
        return self._replace(x=self.x + dx, y=self.y + dy)


def walk_points(start, moves):
    p = Point(*start)
    trail = [p]
    for dx, dy in moves:
        p = p.shifted(dx, dy)
        trail.append(p)
    return trail[-1], len(set(trail))
#: walk_points((0, 0), [(1, 0), (0, 2), (-1, 0)])
#: walk_points((5,), [(0, 0)])
#: walk_points((1, 1), [])
#: walk_points((1, 2, 3), [(0, 1)])


def parse_version(text):
    Version = namedtuple("Version", "major minor patch", defaults=(0, 0))
    parts = [int(p) for p in text.lstrip("vV").split(".")]
    v = Version(*parts)
    return v.major, v[1:], v._asdict()
#: parse_version("v1.2.3")
#: parse_version("10")
#: parse_version("2.x")
#: parse_version("1.2.3.4")


def newest(versions):
    def key(v):
        num, _, pre = v.partition("-")
        return tuple(map(int, num.split("."))), not pre, pre
    return max(versions, key=key, default="none")
#: newest(["1.9.0", "1.10.0", "1.10.0-rc1"])
#: newest(["0.1-a", "0.1-b"])
#: newest([])
#: newest(["1.0", "one"])


def swap_ends(t):
    if len(t) < 2:
        return t
    first, *middle, last = t
    return (last, *middle, first)
#: swap_ends((1, 2, 3, 4))
#: swap_ends(("a", "b"))
#: swap_ends(())
#: swap_ends([7, 8, 9])


def rotate(t, n=1):
    n %= len(t)
    return t[n:] + t[:n]
#: rotate((1, 2, 3, 4), 1)
#: rotate((1, 2, 3), -1)
#: rotate(("x",), 100)
#: rotate((), 2)


def freeze_rows(rows):
    frozen = tuple(tuple(r) for r in rows)
    try:
        frozen[0][0] = "changed"
    except TypeError:
        state = "immutable"
    except IndexError:
        state = "empty"
    else:
        state = "mutable"
    return state, hash(frozen) == hash(tuple(map(tuple, rows)))
#: freeze_rows([[1, 2], [3]])
#: freeze_rows([])
#: freeze_rows([[]])


def tuple_holding_list(log):
    record = ("log", log)
    try:
        record[1] += ["added"]
    except TypeError as e:
        return record, type(e).__name__
    return record, None
#: tuple_holding_list([])
#: tuple_holding_list(["first"])
#: tuple_holding_list(("t",))


def line_through(p, q):
    (x1, y1), (x2, y2) = p, q
    if x1 == x2:
        return "vertical", x1
    slope = Fraction(y2 - y1, x2 - x1)
    return str(slope), str(y1 - slope * x1)
#: line_through((0, 1), (2, 5))
#: line_through((3, 0), (3, 9))
#: line_through((-1, 2), (5, 0))
#: line_through((0, 0.5), (1, 1))


def unzip(pairs):
    if not pairs:
        return (), ()
    left, right = zip(*pairs)
    return left, right
#: unzip([("a", 1), ("b", 2)])
#: unzip([])
#: unzip([(1, 2)])
#: unzip([(1, 2, 3)])


def flatten_pairs(nested):
    return tuple(x for pair in nested for x in (pair if isinstance(pair, tuple) else (pair,)))
#: flatten_pairs([(1, 2), 3, (4, (5, 6))])
#: flatten_pairs([])
#: flatten_pairs(["ab", ("c", "d"), ()])


def team_pairs(players, avoid=()):
    banned = {frozenset(p) for p in avoid}
    return [pair for pair in combinations(players, 2) if frozenset(pair) not in banned]
#: team_pairs(["a", "b", "c"], avoid=[("c", "a")])
#: team_pairs([1, 2, 3])
#: team_pairs(["x"])
#: team_pairs([1, 1, 2], [(1,)])


def reachable(links, start):
    seen = {start}
    frontier = [start]
    while frontier:
        page = frontier.pop()
        for target in links.get(page, ()):
            if target in seen:
                continue
            seen.add(target)
            frontier.append(target)
    return sorted(seen)
#: reachable({"home": ["a", "b"], "a": ["c"], "c": ["home"], "z": ["a"]}, "home")
#: reachable({}, "x")
#: reachable({1: [1, 2], 2: (3,)}, 1)


def missing_ids(ids):
    ids = sorted(set(ids))
    if not ids:
        return []
    gaps = set(range(ids[0], ids[-1])) - set(ids)
    return sorted(gaps)
#: missing_ids([1, 2, 5, 7, 7])
#: missing_ids([3])
#: missing_ids([])
#: missing_ids([-2, 1])


def jaccard_words(a, b):
    x = set(re.findall(r"\w+", a.lower()))
    y = set(re.findall(r"\w+", b.lower()))
    union = x | y
    return len(x & y) / len(union) if union else 1.0
#: jaccard_words("Red fish", "blue fish")
#: jaccard_words("", "...")
#: jaccard_words("same same", "Same")


def password_gaps(pw: str) -> list[str]:
    """Name the kinds of characters that a password lacks."""
    chars = set(pw)
    kinds = (
        ("digit", set("0123456789")),
        ("lower", set(map(chr, range(97, 123)))),
        ("symbol", set("!?#$%")),
    )
    return [name for name, group in kinds if chars.isdisjoint(group)]
#: password_gaps("abc123")
#: password_gaps("")
#: password_gaps("A1!a")
#: password_gaps("PÄSSWORT?")


def count_distinct(rows, *columns):
    get = operator.itemgetter(*columns)
    return len({get(row) for row in rows})
#: count_distinct([(1, "a"), (1, "b"), (2, "a")], 0)
#: count_distinct([(1, "a", 9), (1, "a", 8)], 0, 1)
#: count_distinct([], 1)
#: count_distinct([(1,), (2,)], 1)


class Suit(IntEnum):
    CLUBS = 1
    HEARTS = 2


def hand_summary(cards):
    Card = namedtuple("Card", ["rank", "suit"])
    hand = {Card(int(c[:-1]), Suit.CLUBS if c[-1] == "C" else Suit.HEARTS) for c in cards}
    suits = {c.suit for c in hand}
    total = sum(c.rank for c in hand)
    return len(hand), total, len(suits) == 1
#: hand_summary(["10C", "2H", "10C"])
#: hand_summary(["7H", "9H"])
#: hand_summary([])
#: hand_summary(["KC"])


def distance_table(points):
    table = {}
    for (a, (ax, ay)), (b, (bx, by)) in combinations(points.items(), 2):
        table[a, b] = round(math.hypot(ax - bx, ay - by), 2)
    return table
#: distance_table({"A": (0, 0), "B": (3, 4), "C": (0, 1)})
#: distance_table({"only": (1, 1)})
#: distance_table({"p": (0, 0), "q": 5})


def compare_tuples(a, b):
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return i, "less" if x < y else "greater"
    if len(a) == len(b):
        return None, "equal"
    return min(len(a), len(b)), "less" if len(a) < len(b) else "greater"
#: compare_tuples((1, 2, 3), (1, 3))
#: compare_tuples((1, 2), (1, 2, 0))
#: compare_tuples((), ())
#: compare_tuples((1, "a"), (1, 2))


def positions_of(t, value, start=0):
    positions = []
    while True:
        try:
            start = t.index(value, start)
        except ValueError:
            return positions, t.count(value)
        positions.append(start)
        start += 1
#: positions_of((4, 1, 4, 4), 4)
#: positions_of((4, 1, 4, 4), 4, 1)
#: positions_of((), 0)
#: positions_of(("a", "b"), "b", -1)


def sort_people(people):
    ordered = sorted(people, key=lambda p: (-p[1], p[0].lower()))
    return [f"{name:<6}{age:>3}" for name, age, *_ in ordered]
#: sort_people([("bo", 30), ("Al", 30, "x"), ("cy", 41)])
#: sort_people([])
#: sort_people([("no age",)])


def rgb_mix(*colours, weights=None):
    weights = weights or (1,) * len(colours)
    total = sum(weights)
    mixed = tuple(sum(c * w for c, w in zip(channel, weights)) // total for channel in zip(*colours))
    r, g, b = mixed
    return f"#{r:02x}{g:02X}{b:02x}"
#: rgb_mix((255, 0, 0), (0, 0, 255))
#: rgb_mix((10, 20, 30), (250, 200, 100), weights=(3, 1))
#: rgb_mix((1, 171, 3))
#: rgb_mix()


def lottery_result(ticket, drawn):
    ticket = set(ticket)
    if len(ticket) != 6:
        raise ValueError("six different numbers, please")
    hits = ticket.intersection(drawn)
    match len(hits):
        case 6:
            prize = "jackpot"
        case 4 | 5:
            prize = "second"
        case 3:
            prize = "third"
        case _:
            prize = None
    return prize, sorted(hits)
#: lottery_result([1, 2, 3, 4, 5, 6], [4, 5, 6, 40, 41, 42])
#: lottery_result((7, 8, 9, 10, 11, 12), [])
#: lottery_result([1, 1, 2, 3, 4, 5], [1])
#: lottery_result(range(1, 7), range(6, 0, -1))


def highlight(text, spans, marks=("[", "]")):
    opening, closing = marks
    end_before = 0
    pieces = []
    for begin, end in sorted(set(spans)):
        if begin < end_before:
            raise ValueError(f"span {begin, end} overlaps the one before")
        pieces += text[end_before:begin], opening, text[begin:end], closing
        end_before = end
    return "".join((*pieces, text[end_before:]))
#: highlight("make it bold", [(5, 7), (0, 4)])
#: highlight("twice", [(1, 2), (1, 2)], marks="<>")
#: highlight("", ())
#: highlight("abcdef", [(0, 3), (2, 5)])


def drain_pool(pool, n):
    pool = set(pool)
    taken = 0
    while taken < n:
        try:
            pool.pop()
        except KeyError:
            break
        taken += 1
    return taken, len(pool)
#: drain_pool([1, 2, 3, 3], 2)
#: drain_pool([1], 5)
#: drain_pool([], 0)


def update_chain(base, *others):
    union = set(base)
    union.update(*others)
    kept = set(base)
    kept.intersection_update(*others)
    odd = set(base)
    for o in others:
        odd.symmetric_difference_update(o)
    return sorted(union), sorted(kept), sorted(odd)
#: update_chain([1, 2, 3], [2, 3, 4], (3, 5))
#: update_chain("ab")
#: update_chain([], [1], {1})
#: update_chain([1], 2)


def alias_sets(xs):
    a = set(xs)
    b = a
    c = a.copy()
    b |= {0}
    a = a | {-1}
    return a is b, sorted(a), sorted(b), c == set(xs)
#: alias_sets([1, 2])
#: alias_sets([])
#: alias_sets([0, -1])


def access_level(user_roles):
    roles = frozenset(user_roles)
    levels = {frozenset({"admin"}): 3, frozenset({"edit", "view"}): 2, frozenset({"view"}): 1}
    exact = levels.get(roles)
    if exact is not None:
        return exact
    return max((lvl for need, lvl in levels.items() if need <= roles), default=0)
#: access_level(["view", "edit"])
#: access_level(["view", "admin", "guest"])
#: access_level([])
#: access_level(("guest", "view"))


def exclusive_items(baskets):
    result = {}
    for name, items in baskets.items():
        others = set().union(*(b for n, b in baskets.items() if n != name))
        result[name] = sorted(set(items) - others)
    return result
#: exclusive_items({"ann": ["tea", "jam"], "bo": ["jam", "pie"], "cy": ["tea"]})
#: exclusive_items({"solo": [2, 1]})
#: exclusive_items({})


def parse_range_list(spec, top=20):
    pages = set()
    for part in spec.replace(" ", "").split(","):
        lo, dash, hi = part.partition("-")
        if not dash:
            pages.add(int(lo))
            continue
        pages.update(range(int(lo or 1), int(hi or top) + 1))
    return sorted(p for p in pages if 1 <= p <= top)
#: parse_range_list("1-3, 7, 2-4")
#: parse_range_list("-2,18-")
#: parse_range_list("5-3,99", top=10)
#: parse_range_list("1,,2")


def dice_totals(*dice):
    ways = {}
    for roll in product(*dice):
        ways.setdefault(sum(roll), set()).add(roll)
    return {total: len(rolls) for total, rolls in ways.items()}
#: dice_totals((1, 2, 3), (1, 2))
#: dice_totals()
#: dice_totals((1, 1), (5,))


def divmod_clock(seconds):
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    return f"{sign}{hours}:{m:02}:{s:02}", (hours, m, s)
#: divmod_clock(3725)
#: divmod_clock(-59)
#: divmod_clock(0)
#: divmod_clock(59.5)


def covers_every_slot(p):
    n = len(p)
    return set(p) == set(range(n)) and n == len(set(p))
#: covers_every_slot((2, 0, 1))
#: covers_every_slot([])
#: covers_every_slot([0, 0, 1])
#: covers_every_slot([1.0, 0])


def stop_word_filter(text, stop=frozenset({"a", "the", "of"})):
    words = [w for w in text.split() if w.lower() not in stop]
    removed = len(text.split()) - len(words)
    return " ".join(words) or "-", removed
#: stop_word_filter("The end of a line")
#: stop_word_filter("of the")
#: stop_word_filter("keep me", stop={"me"})


def nest_pairs(*values):
    result = ()
    for v in reversed(values):
        result = (v, result)
    depth = 0
    node = result
    while node:
        _, node = node
        depth += 1
    return result, depth
#: nest_pairs(1, 2, 3)
#: nest_pairs()
#: nest_pairs("a")


def repayment_plan(debt, rate_percent, payment):
    month, plan = 0, ()
    while debt > 0 and month < 6:
        month, debt = month + 1, debt + debt * rate_percent // 100
        paid, debt = min(payment, debt), max(debt - payment, 0)
        plan += ((month, paid, debt),)
    return plan[::-2], debt
#: repayment_plan(100, 10, 50)
#: repayment_plan(0, 5, 10)
#: repayment_plan(500, 20, 100)


def seat_guests(wishes, blocked=frozenset()):
    seated, taken = (), set(blocked)
    for guest, *choices in wishes:
        seat = next((c for c in choices if c not in taken), None)
        if seat is not None:
            taken.add(seat)
        seated = *seated, (guest, seat)
    return seated
#: seat_guests([("ann", 4, 5), ("bo", 4, 6), ("cy", 4)])
#: seat_guests([("di",)], {1})
#: seat_guests([])
#: seat_guests([("ed", "A1", "A2")], blocked=("A1",))


def nearby_cells(cells, radius=1):
    span = range(-radius, radius + 1)
    around = {(x + dx, y + dy) for x, y in cells for dx in span for dy in span}
    return len(around - set(cells)), (min(around, default=()), max(around, default=()))
#: nearby_cells([(0, 0)])
#: nearby_cells({(0, 0), (1, 0)})
#: nearby_cells([])
#: nearby_cells([(2, 5)], radius=0)


def all_emails(*groups):
    valid = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
    merged = set(chain.from_iterable(groups))
    good = {m.lower() for m in sorted(merged) if valid.fullmatch(m)}
    if not good:
        raise LookupError("nobody to write to")
    return sorted(good), len(merged) - len(good)
#: all_emails(["a@x.org", "bad@"], ["A@X.org", "b@y.com"])
#: all_emails(["nope"], [])
#: all_emails(("q@q.qq",))
