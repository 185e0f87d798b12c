"""Functions that sort, rank, bisect, partition and merge lists, with keys, min and max, heapq and bisect."""

import bisect
import heapq
import operator
import re
import statistics
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from functools import cmp_to_key, total_ordering


def leaderboard(scores):
    ranked = sorted(scores.items(), key=lambda kv: (-kv[1], kv[0]))
    return [f"{i}. {name} ({pts})" for i, (name, pts) in enumerate(ranked, 1)]
#: leaderboard({"mia": 30, "tom": 45, "ada": 30})
#: leaderboard({"solo": 0})
#: leaderboard({})


def sort_files(names):
    def chunks(name):
        return [int(p) if p.isdigit() else p.lower() for p in re.split(r"(\d+)", name)]
    return sorted(names, key=chunks)
#: sort_files(["img10.png", "img2.png", "IMG1.png"])
#: sort_files(["v1.10", "v1.9", "v1"])
#: sort_files([])


def sort_versions(tags, newest_first=True):
    parsed = []
    for tag in tags:
        parsed.append(tuple(int(x) for x in tag.lstrip("v").split(".")))
    parsed.sort(reverse=newest_first)
    return [".".join(map(str, v)) for v in parsed]
#: sort_versions(["v1.2.0", "1.10.1", "v1.2"])
#: sort_versions(["2", "3", "1"], newest_first=False)
#: sort_versions([])
#: sort_versions(["1.0", "1.0rc1"])


def shortest_names(names, n=2):
    return sorted(names, key=len)[:n]
#: shortest_names(["Robert", "Bo", "Ann", "Al"])
#: shortest_names(["xyz"], n=5)
#: shortest_names(["aa", "b", "cc", "d"], 3)


def stable_two_pass(rows):
    rows = rows.copy()
    rows.sort(key=operator.itemgetter("name"))
    rows.sort(key=operator.itemgetter("age"), reverse=True)
    return [r["name"] for r in rows]
#: stable_two_pass([{"name": "Zoe", "age": 30}, {"name": "Abe", "age": 41}, {"name": "Cal", "age": 30}])
#: stable_two_pass([])
#: stable_two_pass([{"name": "a", "age": 1}, {"name": "b"}])


def dense_rank(points):
    order = sorted(set(points), reverse=True)
    return [order.index(p) + 1 for p in points]
#: dense_rank([50, 80, 50, 90])
#: dense_rank([1])
#: dense_rank([])
#: dense_rank([-1, -1.0, 0])


def competition_rank(times):
    ranks = {}
    for place, t in enumerate(sorted(times), start=1):
        ranks.setdefault(t, place)
    return [ranks[t] for t in times]
#: competition_rank([12.5, 11.9, 12.5, 13.0])
#: competition_rank([7, 7, 7])
#: competition_rank([])


def cheapest(offers):
    best = min(offers, key=lambda o: (o["price"], -o["stars"]), default=None)
    return best and best["shop"]
#: cheapest([{"shop": "A", "price": 9, "stars": 3}, {"shop": "B", "price": 9, "stars": 5}])
#: cheapest([{"shop": "C", "price": 1.5, "stars": 1}])
#: cheapest([])


def longest_line(*lines):
    return max(*lines, key=len)
#: longest_line("ab", "abcd", "wxyz")
#: longest_line("", "é")
#: longest_line(["x", "yy"], "abc")
#: longest_line("été", "ab", "")


def postage(grams, steps=(20, 50, 500, 1000), prices=(0.85, 1.0, 1.6, 2.75)):
    slot = bisect.bisect_left(steps, grams)
    try:
        return f"{prices[slot]:.2f}"
    except IndexError:
        return "parcel"
#: postage(35)
#: postage(20)
#: postage(1000.5)
#: postage(0, (10,), [3])
#: postage(-4, (), ())


def tax_due(income, brackets):
    floors = [f for f, _ in brackets]
    i = bisect.bisect_right(floors, income) - 1
    if i < 0:
        return 0
    due = (income - floors[i]) * brackets[i][1]
    while i > 0:
        i -= 1
        due += (floors[i + 1] - floors[i]) * brackets[i][1]
    return round(due, 2)
#: tax_due(25000, [(0, 0), (10000, 0.2), (20000, 0.4)])
#: tax_due(10000, [(0, 0.1), (10000, 0.5)])
#: tax_due(-5, [(0, 0.1)])
#: tax_due(500, [])


def keep_sorted(log, stamp):
    at = bisect.bisect_left(log, stamp)
    if at < len(log) and log[at] == stamp:
        return False
    log.insert(at, stamp)
    return log
#: keep_sorted([10, 20, 40], 30)
#: keep_sorted([10, 20], 20)
#: keep_sorted([], 1)
#: keep_sorted(["b", "d"], "a")


def closest_stock_size(sizes, wanted):
    sizes = sorted(sizes)
    i = bisect.bisect_left(sizes, wanted)
    near = sizes[max(i - 1, 0):i + 1]
    if not near:
        raise LookupError("nothing in stock")
    return min(near, key=lambda s: abs(s - wanted))
#: closest_stock_size([36, 44, 40, 38], 41)
#: closest_stock_size([10], 99)
#: closest_stock_size([4, 8], 6)
#: closest_stock_size([], 3)


def top_spenders(purchases, n):
    totals = {}
    for who, amount in purchases:
        totals[who] = totals.get(who, 0) + amount
    return heapq.nlargest(n, totals, key=totals.get)
#: top_spenders([("al", 5), ("bo", 9), ("al", 7), ("cy", 1)], 2)
#: top_spenders([("al", 5)], 3)
#: top_spenders([], 1)
#: top_spenders([("x", 1), ("y", 1), ("z", 2)], 0)


def run_by_priority(tasks):
    heap = []
    for n, (prio, name) in enumerate(tasks):
        heapq.heappush(heap, (-prio, n, name))
    done = []
    while heap:
        _, _, name = heapq.heappop(heap)
        done.append(name)
    return done
#: run_by_priority([(1, "sweep"), (5, "fire"), (5, "flood"), (2, "mail")])
#: run_by_priority([(0, "idle")])
#: run_by_priority([])


def cpu_slots(durations, workers):
    free_at = [0] * workers
    finish = []
    for d in durations:
        start = free_at[0]
        heapq.heapreplace(free_at, start + d)
        finish.append(start + d)
    return finish
#: cpu_slots([3, 2, 4, 1], 2)
#: cpu_slots([5, 5], 1)
#: cpu_slots([], 3)
#: cpu_slots([2, 2, 2, 2], 3)


def smallest_window(stream, size):
    heap = []
    for x in stream:
        if len(heap) < size:
            heapq.heappush(heap, -x)
        else:
            heapq.heappushpop(heap, -x)
    return sorted(-h for h in heap)
#: smallest_window([9, 2, 7, 1, 8], 2)
#: smallest_window([3], 4)
#: smallest_window([], 1)
#: smallest_window([5, -5, 5, 0], 3)


def merge_logs(*logs):
    merged = heapq.merge(*logs, key=lambda e: e[0])
    return [f"{t:02d} {msg}" for t, msg in merged]
#: merge_logs([(1, "boot"), (9, "halt")], [(3, "login")], [])
#: merge_logs([(5, "a")], [(5, "b")])
#: merge_logs()


def merge_price_lists(a, b):
    out = []
    i = j = 0
    while i < len(a) or j < len(b):
        if j == len(b) or (i < len(a) and a[i][0] < b[j][0]):
            out.append(a[i])
            i += 1
        elif i == len(a) or b[j][0] < a[i][0]:
            out.append(b[j])
            j += 1
        else:
            out.append((a[i][0], min(a[i][1], b[j][1])))
            i, j = i + 1, j + 1
    return out
#: merge_price_lists([("egg", 3), ("tea", 5)], [("bun", 1), ("tea", 4)])
#: merge_price_lists([], [("x", 1)])
#: merge_price_lists([("a", 1), ("b", 2)], [("b", 2)])
#: merge_price_lists([], [])


def split_by_sign(amounts):
    income, costs = [], []
    for a in amounts:
        if a:
            (income, costs)[a < 0].append(a)
    return sum(income), sum(costs)
#: split_by_sign([100, -20, 0, 5, -1])
#: split_by_sign([])
#: split_by_sign([-0.5, -0.25])


def pass_fail(marks, cutoff=50):
    passed = [n for n, m in marks.items() if m >= cutoff]
    failed = sorted(marks.keys() - passed)
    return passed, failed
#: pass_fail({"dan": 70, "amy": 30, "bea": 49, "eve": 50})
#: pass_fail({})
#: pass_fail({"x": 1}, cutoff=0)


def sort_case_insensitive(words):
    return sorted(words, key=str.casefold), sorted(words)
#: sort_case_insensitive(["banana", "Apple", "cherry", "apple"])
#: sort_case_insensitive(["ß", "SS", "st"])
#: sort_case_insensitive([])
#: sort_case_insensitive(["b", "B", "a", "A"])


def none_last(values, reverse=False):
    present = sorted((v for v in values if v is not None), reverse=reverse)
    return present + [None] * (len(values) - len(present))
#: none_last([3, None, 1, None, 2])
#: none_last([1, 5], reverse=True)
#: none_last([None])
#: none_last(())


def custom_order(sizes):
    order = ["XS", "S", "M", "L", "XL"]
    try:
        return sorted(sizes, key=order.index)
    except ValueError:
        return sorted(sizes)
#: custom_order(["L", "S", "XL", "M"])
#: custom_order(["L", "38", "S"])
#: custom_order([])


class Level(IntEnum):
    LOW = 1
    MID = 5
    HIGH = 9


def sort_tickets(tickets):
    def urgency(t):
        return Level[t.split(":")[0].upper()]
    return sorted(tickets, key=urgency, reverse=True)
#: sort_tickets(["low:typo", "high:crash", "mid:slow", "high:leak"])
#: sort_tickets(["Mid:x"])
#: sort_tickets([])
#: sort_tickets(["low:a", "urgent:b"])


def compare_hands(a, b):
    if a[0] != b[0]:
        return a[0] - b[0]
    return (a[1] < b[1]) - (a[1] > b[1])


def order_hands(hands):
    return [name for _, name in sorted(hands, key=cmp_to_key(compare_hands))]
#: order_hands([(3, "ann"), (1, "bob"), (3, "cat")])
#: order_hands([(0, "x")])
#: order_hands([])


@dataclass(order=True)
class Job:
    due: int
    name: str = field(compare=False)


def next_due(pairs, k=1):
    heap = [Job(*p) for p in pairs]
    heapq.heapify(heap)
    return [heapq.heappop(heap).name for _ in range(k)]
#: next_due([(9, "rent"), (2, "gas"), (5, "phone")], 2)
#: next_due([(1, "a")])
#: next_due([(1, "a")], k=0)
#: next_due([(3, "b"), (-1, "a"), (3, "c")], 3)


@total_ordering
class Bid:
    def __init__(self, amount):
        self.amount = amount

    def __eq__(self, other):
        return self.amount == other.amount

    def __lt__(self, other):
        return self.amount < other.amount

    def __repr__(self):
        return f"Bid({self.amount})"


def bid_range(amounts):
    bids = [Bid(a) for a in amounts]
    low, high = min(bids), max(bids)
    return low, high, low >= high
#: bid_range([40, 15, 60])
#: bid_range([5])
#: bid_range([7, 7.0])


def insertion_trace(cards):
    shifts = 0
    for i in range(1, len(cards)):
        card = cards[i]
        j = i
        while j > 0 and cards[j - 1] > card:
            cards[j] = cards[j - 1]
            j -= 1
            shifts += 1
        cards[j] = card
    return cards, shifts
#: insertion_trace([5, 2, 4, 1])
#: insertion_trace(["c", "a", "b"])
#: insertion_trace([1, 2, 3])
#: insertion_trace([])


def pick_sorted(pool):
    order = []
    pool = list(pool)
    while pool:
        smallest = min(range(len(pool)), key=pool.__getitem__)
        order.append(pool.pop(smallest))
    return order
#: pick_sorted([4, 1, 3])
#: pick_sorted("hello")
#: pick_sorted({7})
#: pick_sorted([])


def argsort(xs, reverse=False):
    return sorted(range(len(xs)), key=lambda i: xs[i], reverse=reverse)
#: argsort([30, 10, 20])
#: argsort(["b", "a", "b"], reverse=True)
#: argsort([])


def podium(results):
    gold, silver, bronze, *rest = sorted(results, key=results.get)
    return {"gold": gold, "silver": silver, "bronze": bronze, "others": len(rest)}
#: podium({"kim": 9.8, "usain": 9.5, "yo": 10.1, "al": 9.9})
#: podium({"a": 3, "b": 2, "c": 1})
#: podium({"a": 1, "b": 2})


def middle_prices(prices, trim=1):
    """Mean of the prices once the cheapest and dearest are set aside."""
    kept = sorted(prices)[trim:-trim or None]
    return statistics.fmean(kept) if kept else None
#: middle_prices([5, 100, 7, 9])
#: middle_prices([1, 2], 0)
#: middle_prices([4, 4])
#: middle_prices([1, 2, 3, 4, 5, 60], trim=2)


def is_ordered(rows, key=None, strict=False):
    keys = [r if key is None else r[key] for r in rows]
    op = operator.lt if strict else operator.le
    return all(map(op, keys, keys[1:]))
#: is_ordered([1, 2, 2, 3])
#: is_ordered([1, 2, 2], strict=True)
#: is_ordered([{"t": 5}, {"t": 3}], "t")
#: is_ordered([])


def birthdays_next(people, today):
    y, m, d = map(int, today.split("-"))
    now = date(y, m, d)

    def days_left(item):
        month, day = item[1]
        nxt = date(y, month, day)
        return ((nxt if nxt >= now else nxt.replace(year=y + 1)) - now).days
    return [(n, days_left((n, when))) for n, when in sorted(people.items(), key=days_left)]
#: birthdays_next({"Ida": (3, 1), "Max": (12, 24)}, "2023-06-15")
#: birthdays_next({"Leo": (6, 15)}, "2023-06-15")
#: birthdays_next({}, "2024-01-01")
#: birthdays_next({"Pia": (2, 29)}, "2023-01-05")


def sort_in_groups(items, kinds):
    buckets = {k: [] for k in kinds}
    for kind, name in items:
        buckets[kind].append(name)
    for names in buckets.values():
        names.sort(key=lambda s: s[::-1])
    return sum(buckets.values(), [])
#: sort_in_groups([("veg", "leek"), ("fruit", "plum"), ("veg", "beet")], ["fruit", "veg"])
#: sort_in_groups([], ["a"])
#: sort_in_groups([("x", "ab"), ("x", "ba")], "xy")
#: sort_in_groups([("n", "oak"), ("n", "ash"), ("m", "")], ("n", "m"))


def percentile(data, pct):
    if not 0 <= pct <= 100:
        raise ValueError(f"bad percentile {pct}")
    ordered = sorted(data)
    pos = (len(ordered) - 1) * pct / 100
    lo = int(pos)
    frac = pos - lo
    if frac == 0:
        return ordered[lo]
    return ordered[lo] + (ordered[lo + 1] - ordered[lo]) * frac
#: percentile([40, 10, 30, 20], 50)
#: percentile([5], 99)
#: percentile([1, 2, 3], 100)
#: percentile([1, 2], 101)


def counting_order(ages, top=8):
    slots = [0] * (top + 1)
    for a in ages:
        slots[a] += 1
    out = []
    for age, n in enumerate(slots):
        out += [age] * n
    return out
#: counting_order([3, 1, 8, 3, 0])
#: counting_order([])
#: counting_order([2, 9])


def shelve(books):
    def key(title):
        low = title.lower()
        for article in ("the ", "a ", "an "):
            if low.startswith(article):
                return low.removeprefix(article)
        return low
    return sorted(books, key=key)
#: shelve(["The Trial", "Emma", "A Tale", "An Orb"])
#: shelve(["the"])
#: shelve([])


def top_with_ties(scores, n):
    ordered = sorted(scores, reverse=True)
    if n >= len(ordered):
        return ordered
    cut = ordered[n - 1]
    while n < len(ordered) and ordered[n] == cut:
        n += 1
    return ordered[:n]
#: top_with_ties([7, 9, 7, 3, 7], 2)
#: top_with_ties([1, 2], 5)
#: top_with_ties([4, 3, 2], 1)
#: top_with_ties([], 3)


def three_way(values, pivot):
    low, same, high = [], [], []
    for v in values:
        match (v > pivot) - (v < pivot):
            case -1:
                low.append(v)
            case 0:
                same.append(v)
            case 1:
                high.append(v)
    return low, same, high
#: three_way([5, 1, 3, 9, 3], 3)
#: three_way("banana", "b")
#: three_way([], 0)
#: three_way([0.5, -1, 2], 0)


def sort_ips(ips):
    return sorted(ips, key=lambda ip: tuple(map(int, ip.split("."))), reverse=False)
#: sort_ips(["10.0.0.9", "10.0.0.10", "9.255.1.1"])
#: sort_ips(["127.0.0.1"])
#: sort_ips(["1.2.3", "1.2.3.0", "1.2"])


def extremes(records, attr):
    try:
        lo = min(records, key=lambda r: r[attr])
        hi = max(records, key=lambda r: r[attr])
    except KeyError as e:
        return f"no field {e}"
    except ValueError:
        return "no records"
    return lo["id"], hi["id"]
#: extremes([{"id": 1, "kg": 70}, {"id": 2, "kg": 55}, {"id": 3, "kg": 91}], "kg")
#: extremes([{"id": 1}], "cm")
#: extremes([], "kg")
#: extremes([{"id": 7, "n": "b"}, {"id": 8, "n": "a"}], "n")


def understaffed(shifts, needed):
    changes = [(h, +1) for h, _ in shifts] + [(h, -1) for _, h in shifts]
    on_duty, short = 0, []
    for hour, step in sorted(changes, key=lambda c: (c[0], -c[1])):
        on_duty += step
        if step < 0 and on_duty < needed:
            short.append(hour)
    return short
#: understaffed([(8, 16), (9, 12), (12, 20)], 2)
#: understaffed([(0, 24)], 1)
#: understaffed([], 3)


def sort_desc_numeric(texts):
    numbers = [t for t in texts if t.lstrip("-").replace(".", "", 1).isdigit()]
    numbers.sort(key=float, reverse=True)
    return numbers, len(texts) - len(numbers)
#: sort_desc_numeric(["10", "9.5", "-3", "n/a", "1.2.3"])
#: sort_desc_numeric(["x"])
#: sort_desc_numeric(["007", "7", "7.0"])
#: sort_desc_numeric([])


def rank_change(before, after):
    place = {name: i for i, name in enumerate(before)}
    moves = []
    for i, name in enumerate(after):
        if (old := place.get(name)) is None:
            moves.append((name, "new"))
        elif old != i:
            moves.append((name, f"{old - i:+d}"))
    return sorted(moves, key=lambda m: m[1])
#: rank_change(["a", "b", "c"], ["c", "a", "b"])
#: rank_change([], ["x"])
#: rank_change(["p", "q"], ["p", "q"])
#: rank_change(["p", "q", "r"], ["r", "z", "p"])


def between(sorted_keys, lo, hi):
    left = bisect.bisect_left(sorted_keys, lo)
    right = bisect.bisect_right(sorted_keys, hi, lo=left)
    return sorted_keys[left:right], right - left
#: between([1, 3, 3, 5, 8], 3, 5)
#: between(["ant", "bee", "cat"], "b", "c")
#: between([], 0, 1)
#: between([1, 2], 9, 0)


def find_by_name(people, name):
    i = bisect.bisect_left(people, name, key=lambda p: p["name"])
    if i == len(people) or people[i]["name"] != name:
        raise KeyError(name)
    return people[i]
#: find_by_name([{"name": "Al", "n": 1}, {"name": "Bo", "n": 2}, {"name": "Di", "n": 3}], "Bo")
#: find_by_name([{"name": "Al"}], "Al")
#: find_by_name([{"name": "Al"}], "Cy")


def sort_unique_desc(*groups: list) -> list:
    return sorted({x for g in groups for x in g}, reverse=True)
#: sort_unique_desc([1, 5], [5, 9])
#: sort_unique_desc()
#: sort_unique_desc(["b"], "ab")
#: sort_unique_desc([True, 2], [1.0, 0])


def best_route(routes, weights):
    cost = {name: sum(w * v for w, v in zip(weights, vals)) for name, vals in routes.items()}
    best = min(cost, key=cost.__getitem__)
    return best, round(cost[best], 2), sorted(cost.values())
#: best_route({"sea": (10, 2), "air": (1, 9)}, (1, 2))
#: best_route({"bus": (3, 3)}, [0.5, 0.25])
#: best_route({"x": (), "y": ()}, ())
#: best_route({"tram": (4,), "foot": (0, 9)}, (1, 1))
