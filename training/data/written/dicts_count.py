"""Counting, grouping and histograms with dicts, setdefault, get, Counter and defaultdict."""
import math
import re
import string
from collections import Counter, defaultdict
from itertools import groupby
from operator import itemgetter


def count_status_codes(lines):
    counts = {}
    for line in lines:
        code = line.rsplit(" ", 1)[-1]
        counts[code] = counts.get(code, 0) + 1
    return counts
#: count_status_codes(["GET / 200", "GET /a 404", "POST /b 200"])
#: count_status_codes([])
#: count_status_codes(["200", "500", "PUT /x y 500"])


def top_tags(posts, n=2):
    tally = Counter()
    for post in posts:
        tally.update(tag.strip().lower() for tag in post["tags"].split(",") if tag.strip())
    return [f"#{tag}" for tag, _ in tally.most_common(n)]
#: top_tags([{"tags": "Python, web"}, {"tags": "web,css,"}, {"tags": "WEB"}])
#: top_tags([{"tags": "a,b,c"}], n=1)
#: top_tags([{"tags": ""}], 5)
#: top_tags([{"title": "draft"}])


def group_by_initial(names):
    groups = defaultdict(list)
    for name in names:
        key = name[0].upper() if name else "?"
        groups[key].append(name)
    return dict(sorted(groups.items()))
#: group_by_initial(["maria", "bob", "Max", "élan"])
#: group_by_initial(["", "zed", "Ada", ""])
#: group_by_initial([])


def text_histogram(values, width=10):
    buckets = {}
    for v in values:
        lo = v // width * width
        buckets.setdefault(lo, 0)
        buckets[lo] += 1
    rows = []
    for lo in sorted(buckets):
        rows.append(f"{lo:>4}-{lo + width - 1:<4}|{'*' * buckets[lo]}")
    return rows
#: text_histogram([3, 7, 12, 15, 18, 31])
#: text_histogram([-4, -1, 0, 4], 5)
#: text_histogram([])
#: text_histogram([1, 2], width=0)


def letter_shares(text):
    letters = [c for c in text.casefold() if c.isalpha()]
    total = len(letters)
    if total == 0:
        return {}
    counter = Counter(letters)
    return {c: round(counter[c] / total, 3) for c in sorted(counter)}
#: letter_shares("Banana!")
#: letter_shares("123 ...")
#: letter_shares("Straße")


def votes_winner(ballots):
    tally = {}
    for b in ballots:
        tally[b] = tally.get(b, 0) + 1
    if not tally:
        raise ValueError("no ballots cast")
    best = max(tally.values())
    leaders = sorted(k for k, v in tally.items() if v == best)
    return leaders[0] if len(leaders) == 1 else leaders
#: votes_winner(["ann", "bo", "ann"])
#: votes_winner(["x", "y"])
#: votes_winner(["solo"])
#: votes_winner([])


def index_words(sentence):
    positions = {}
    for i, word in enumerate(sentence.split()):
        positions.setdefault(word.strip(".,!?").lower(), []).append(i)
    return positions
#: index_words("The dog saw the other dog.")
#: index_words("")
#: index_words("Stop! stop, STOP")


def stock_shortfall(required, available):
    need = Counter(required)
    need.subtract(available)
    return {item: n for item, n in need.items() if n > 0}
#: stock_shortfall({"bolt": 4, "nut": 4}, {"bolt": 2, "nut": 9})
#: stock_shortfall(["pen", "pen", "cup"], ["pen"])
#: stock_shortfall({}, {"washer": 3})
#: stock_shortfall({"gear": 1}, {})


def sum_sales_by_region(rows):
    totals = defaultdict(float)
    skipped = 0
    for region, amount in rows:
        try:
            totals[region or "unknown"] += float(amount)
        except ValueError:
            skipped += 1
    return dict(totals), skipped
#: sum_sales_by_region([("north", "10.5"), ("south", "3"), ("north", "1.25")])
#: sum_sales_by_region([("", "7"), ("east", "n/a")])
#: sum_sales_by_region([])
#: sum_sales_by_region([("west", None)])


def bigram_counts(s):
    pairs = {}
    prev = None
    for ch in s:
        if prev is not None:
            pair = prev + ch
            if pair in pairs:
                pairs[pair] += 1
            else:
                pairs[pair] = 1
        prev = ch
    return pairs
#: bigram_counts("hahaha")
#: bigram_counts("x")
#: bigram_counts("aaaa")
#: bigram_counts("")


def split_by_type(items):
    by_type = {}
    for item in items:
        by_type.setdefault(type(item).__name__, []).append(item)
    return by_type
#: split_by_type([1, "a", 2.0, True, None, "b"])
#: split_by_type([[], (), {}, []])
#: split_by_type([])


def rare_words(text, limit=1):
    freq = Counter(re.findall(r"\w+", text.lower()))
    rare = [w for w in freq if freq[w] <= limit]
    rare.sort(key=lambda w: (-len(w), w))
    return rare
#: rare_words("to be or not to be")
#: rare_words("a a b b c", 2)
#: rare_words("")
#: rare_words("naïve café naïve")


def average_by_student(scores):
    sums, counts = {}, {}
    for name, score in scores:
        sums[name] = sums.get(name, 0) + score
        counts[name] = counts.get(name, 0) + 1
    return {name: sums[name] / counts[name] for name in sums}
#: average_by_student([("li", 80), ("bo", 70), ("li", 91)])
#: average_by_student([])
#: average_by_student([("ed", -2), ("ed", 2)])
#: average_by_student([("ann", 1), ("ann", "2")])


def unanswered(questions, answers):
    missing = []
    for q in questions:
        reply = answers.get(q)
        if reply is None or not str(reply).strip():
            missing.append(q)
    return missing
#: unanswered(["name", "age", "city"], {"name": "Ola", "age": 0})
#: unanswered(["q1", "q2"], {"q1": "  ", "q2": None})
#: unanswered([], {"x": 1})


def size_class_counts(files):
    classes = dict.fromkeys(("tiny", "small", "large"), 0)
    for size in files.values():
        if size < 0:
            raise ValueError(f"negative size: {size}")
        elif size < 100:
            classes["tiny"] += 1
        elif size < 10_000:
            classes["small"] += 1
        else:
            classes["large"] += 1
    return classes
#: size_class_counts({"a.txt": 12, "b.png": 4000, "c.iso": 999999, "d": 0})
#: size_class_counts({})
#: size_class_counts({"x": 100, "y": 10000})
#: size_class_counts({"ok": 5, "bad": -1})


def balance_by_account(entries):
    ledger = defaultdict(int)
    for entry in entries:
        source, arrow, rest = entry.partition("->")
        if not arrow:
            continue
        target, _, amount = rest.partition(":")
        ledger[source.strip()] -= int(amount)
        ledger[target.strip()] += int(amount)
    return dict(ledger)
#: balance_by_account(["ann -> bob: 5", "bob->cy:2"])
#: balance_by_account(["# comment", "x->x:10"])
#: balance_by_account([])
#: balance_by_account(["a->b"])


def run_lengths(seq):
    longest = {}
    for value, run in groupby(seq):
        n = sum(1 for _ in run)
        longest[value] = max(n, longest.get(value, 0))
    return longest
#: run_lengths("aabbbacc")
#: run_lengths([1, 1, 0, 1, 1, 1])
#: run_lengths("")


def group_orders(orders):
    ordered = sorted(orders, key=itemgetter("customer"))
    report = {}
    for customer, batch in groupby(ordered, key=itemgetter("customer")):
        batch = list(batch)
        report[customer] = (len(batch), sum(o["total"] for o in batch))
    return report
#: group_orders([{"customer": "b", "total": 5}, {"customer": "a", "total": 2}, {"customer": "b", "total": 1}])
#: group_orders([])
#: group_orders([{"customer": "zoë", "total": -3.5}])
#: group_orders([{"total": 4}])


def same_letters_bag(a, b):
    clean = str.maketrans("", "", string.whitespace + string.punctuation)
    left = Counter(a.lower().translate(clean))
    right = Counter(b.lower().translate(clean))
    only_left = left - right
    only_right = right - left
    return "".join(sorted(only_left.elements())), "".join(sorted(only_right.elements()))
#: same_letters_bag("cold pie", "police d!")
#: same_letters_bag("boots", "Boats")
#: same_letters_bag("", "aab")


def mode_or_default(values, default=None):
    if not values:
        return default
    (value, n), *_ = Counter(values).most_common()
    return value if n > 1 else default
#: mode_or_default([4, 4, 2, 1])
#: mode_or_default(["a", "b"], default="tie")
#: mode_or_default([])
#: mode_or_default([None, None, 0], 7)


def tally_marks(names):
    marks = {}
    for n in names:
        marks[n] = marks.get(n, "") + "|"
    return {n: m.replace("|||||", "++++ ").rstrip() for n, m in marks.items()}
#: tally_marks(["jo"] * 6 + ["al"])
#: tally_marks([])
#: tally_marks(["k", "k", "k", "k", "k", "k", "k", "k", "k", "k"])


def first_repeat_after(items, times):
    seen = defaultdict(int)
    for pos, item in enumerate(items, start=1):
        seen[item] += 1
        if seen[item] == times:
            return pos, item
    else:
        return None
#: first_repeat_after([7, 8, 7, 8, 8], 3)
#: first_repeat_after("abcabc", 2)
#: first_repeat_after((), 1)
#: first_repeat_after(["x", "y"], 2)


def error_rate_per_host(log):
    hits, errors = Counter(), Counter()
    for record in log:
        host, level, *_ = record.split("|")
        hits[host] += 1
        if level in ("ERROR", "FATAL"):
            errors[host] += 1
    return {h: f"{errors[h] / hits[h]:.0%}" for h in hits}
#: error_rate_per_host(["web1|INFO|up", "web1|ERROR|disk", "db|INFO|ok"])
#: error_rate_per_host(["cache|FATAL|oom|core"])
#: error_rate_per_host([])
#: error_rate_per_host(["broken line"])


def word_lengths(text: str) -> dict:
    """Map each word length to the words of that length, without repeats."""
    by_len = {}
    for w in text.split():
        bucket = by_len.setdefault(len(w), [])
        if w not in bucket:
            bucket.append(w)
    return by_len
#: word_lengths("a cat and a dog sat")
#: word_lengths("")
#: word_lengths("one two two")


def histogram_peak(data, bins=4):
    lo, hi = min(data), max(data)
    step = (hi - lo) / bins or 1
    counts = [0] * bins
    for x in data:
        i = min(int((x - lo) / step), bins - 1)
        counts[i] += 1
    peak = counts.index(max(counts))
    return counts, (lo + peak * step, lo + (peak + 1) * step)
#: histogram_peak([1, 2, 2, 3, 9])
#: histogram_peak([5, 5, 5], bins=2)
#: histogram_peak([0.0, 1.0, 10.0, 9.5, 9.0], 5)
#: histogram_peak([])


def merge_tallies(*tallies):
    total = sum(map(Counter, tallies), Counter())
    return sorted(total.items(), key=lambda kv: (-kv[1], kv[0]))
#: merge_tallies({"a": 1, "b": 2}, {"b": 1, "c": 4})
#: merge_tallies()
#: merge_tallies("abca", "cab")
#: merge_tallies({"zero": 0, "neg": -3, "pos": 1})


def nested_count(events):
    table = defaultdict(lambda: defaultdict(int))
    for user, action in events:
        table[user][action] += 1
    return {user: dict(acts) for user, acts in table.items()}
#: nested_count([("u1", "click"), ("u1", "click"), ("u2", "view"), ("u1", "view")])
#: nested_count([])
#: nested_count([("root", "login")])
#: nested_count([("u1", "click", 3)])


def charge_by_weight(parcels, rates={"light": 2.5, "medium": 4, "heavy": 9.75}):
    bill = {}
    for owner, kg in parcels:
        band = "light" if kg < 1 else "medium" if kg < 5 else "heavy"
        bill[owner] = bill.get(owner, 0) + rates[band]
    return bill
#: charge_by_weight([("eva", 0.3), ("tom", 5), ("eva", 2)])
#: charge_by_weight([], {})
#: charge_by_weight([("ida", 1)], rates={"medium": 1})
#: charge_by_weight([("ida", 8)], rates={"medium": 1})


def missing_counts(expected, seen):
    remaining = dict(expected)
    for name in seen:
        if name not in remaining:
            continue
        remaining[name] -= 1
        if remaining[name] <= 0:
            del remaining[name]
    return remaining
#: missing_counts({"knight": 2, "rook": 1}, ["rook", "knight"])
#: missing_counts({"a": 1}, ["a", "a", "b"])
#: missing_counts({}, [])
#: missing_counts({"q": 3, "w": 0}, ["w"])


def digits_used(n):
    usage = [0] * 10
    n = abs(n)
    while True:
        n, d = divmod(n, 10)
        usage[d] += 1
        if n == 0:
            break
    return {d: c for d, c in enumerate(usage) if c}
#: digits_used(10010)
#: digits_used(0)
#: digits_used(-987789)


def group_consecutive_days(days):
    streaks = {}
    start = None
    last = None
    for d in sorted(set(days)):
        if last is None or d != last + 1:
            start = d
            streaks[start] = 0
        streaks[start] += 1
        last = d
    return streaks
#: group_consecutive_days([3, 1, 2, 9, 10, 20])
#: group_consecutive_days([5, 5, 5])
#: group_consecutive_days([])
#: group_consecutive_days([-1, 0, 1])


def extension_counts(paths):
    counts = Counter()
    for path in paths:
        name = path.rpartition("/")[2]
        stem, dot, ext = name.rpartition(".")
        counts[ext.lower() if dot and stem else "(none)"] += 1
    return counts.most_common()
#: extension_counts(["a/b.TXT", "c.txt", "README", ".bashrc"])
#: extension_counts(["x.tar.gz", "dir.d/file"])
#: extension_counts([])


def score_hands(dice):
    counts = sorted(Counter(dice).values(), reverse=True)
    match counts:
        case [5]:
            return "all same"
        case [4, 1]:
            return "four"
        case [3, 2]:
            return "full house"
        case [3, *_]:
            return "three"
        case [2, 2, *_]:
            return "two pairs"
        case [2, *_]:
            return "pair"
        case _:
            return "nothing"
#: score_hands([3, 3, 3, 5, 5])
#: score_hands((1, 2, 3, 4, 6))
#: score_hands([2, 2, 6, 6, 1])
#: score_hands([])
#: score_hands([4, 4, 4, 4, 4])


def partition_grades(grades, passing=50):
    result = {True: [], False: []}
    for name, grade in grades.items():
        result[grade >= passing].append(name)
    return {"passed": result[True], "failed": result[False]}
#: partition_grades({"a": 50, "b": 49, "c": 99})
#: partition_grades({}, 10)
#: partition_grades({"x": 3.5}, passing=3)
#: partition_grades({"x": "A"})


def cumulative_shares(counts):
    total = sum(counts.values())
    running = 0
    out = []
    for key, n in sorted(counts.items(), key=lambda p: p[1], reverse=True):
        running += n
        out.append("%s=%.1f%%" % (key, 100 * running / total))
    return out
#: cumulative_shares({"a": 5, "b": 3, "c": 2})
#: cumulative_shares({"only": 7})
#: cumulative_shares({})
#: cumulative_shares({"zero": 0})


def count_by(items, key=None):
    key = key or (lambda x: x)
    out = {}
    for item in items:
        k = key(item)
        try:
            out[k] += 1
        except KeyError:
            out[k] = 1
    return out
#: count_by([1, 2, 3, 4], lambda n: n % 2 == 0)
#: count_by("mississippi")
#: count_by(["aa", "b", "cc"], key=len)
#: count_by([[1], [2]])


def shortest_by_prefix(codes, size=2):
    best = {}
    for code in codes:
        head = code[:size]
        current = best.get(head)
        if current is None or len(code) < len(current):
            best[head] = code
    return best
#: shortest_by_prefix(["abx", "ab", "cdef", "cd9"])
#: shortest_by_prefix(["a", "b", ""], size=1)
#: shortest_by_prefix([], 3)


def weekday_load(shifts):
    names = "Mon Tue Wed Thu Fri Sat Sun".split()
    load = {name: 0 for name in names}
    for day, hours in shifts:
        load[names[day % 7]] += hours
    busiest = max(load, key=load.get)
    return busiest, {k: v for k, v in load.items() if v}
#: weekday_load([(0, 8), (2, 4), (7, 3)])
#: weekday_load([(-1, 6.5)])
#: weekday_load([])
#: weekday_load([("Mon", 2)])


def vowel_profile(text, vowels="aeiou"):
    profile = dict.fromkeys(vowels, 0)
    for ch in text.lower():
        if ch in profile:
            profile[ch] += 1
    return " ".join(f"{v}{n}" for v, n in profile.items())
#: vowel_profile("Education")
#: vowel_profile("")
#: vowel_profile("Größe über", vowels="öü")


def pair_frequency(baskets):
    freq = Counter()
    for basket in baskets:
        items = sorted(set(basket))
        for i, a in enumerate(items):
            for b in items[i + 1:]:
                freq[a, b] += 1
    return {pair: n for pair, n in freq.items() if n > 1}
#: pair_frequency([["milk", "tea"], ["tea", "milk", "jam"], ["jam"]])
#: pair_frequency([[3, 1, 2], [2, 3], [1, 2, 3]])
#: pair_frequency([])


def quota_left(limits, usage):
    report = {}
    for plan, cap in limits.items():
        used = usage.get(plan, 0)
        if used > cap:
            report[plan] = f"over by {used - cap}"
        elif used == cap:
            report[plan] = "full"
        else:
            report[plan] = cap - used
    unknown = usage.keys() - limits.keys()
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    return report
#: quota_left({"free": 10, "pro": 100}, {"free": 10, "pro": 40})
#: quota_left({"free": 1}, {"free": 4})
#: quota_left({}, {})
#: quota_left({"free": 5}, {"gold": 1, "beta": 2})


def rank_scores(scores):
    groups = defaultdict(set)
    for player, s in scores.items():
        groups[s].add(player)
    ranks = {}
    place = 1
    for s in sorted(groups, reverse=True):
        for player in sorted(groups[s]):
            ranks[player] = place
        place += len(groups[s])
    return ranks
#: rank_scores({"ann": 10, "bo": 30, "cy": 10, "di": 5})
#: rank_scores({})
#: rank_scores({"solo": 0})


def count_depth(s):
    levels = Counter()
    depth = 0
    for c in s:
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            assert depth >= 0, "unbalanced"
        else:
            levels[depth] += 1
    return dict(levels)
#: count_depth("a(b[cd]e)f")
#: count_depth("")
#: count_depth("x)")
#: count_depth("{{}}")


def least_loaded(queues, jobs):
    load = Counter({q: 0 for q in queues})
    placed = {}
    for job, cost in jobs:
        target = min(load, key=lambda q: (load[q], q))
        placed[job] = target
        load[target] += cost
    return placed, max(load.values())
#: least_loaded(["q1", "q2"], [("a", 5), ("b", 2), ("c", 2), ("d", 4)])
#: least_loaded(["main"], [])
#: least_loaded([], [("a", 1)])
#: least_loaded(["z", "y"], [("only", 3)])


def stamp_counts(messages):
    seen = Counter()
    out = []
    for m in messages:
        seen[m] += 1
        n = seen[m]
        out.append(m if n == 1 else f"{m} ({n})")
    return out
#: stamp_counts(["copy", "copy", "new", "copy"])
#: stamp_counts([])
#: stamp_counts(["", ""])


def bucket_by_log(sizes):
    out = defaultdict(list)
    for n in sizes:
        try:
            power = math.floor(math.log10(n))
        except ValueError:
            power = None
        out[power].append(n)
    return dict(out)
#: bucket_by_log([1, 9, 10, 250, 999])
#: bucket_by_log([0, -5, 3])
#: bucket_by_log([])
#: bucket_by_log([0.02, 1e6])


def label_counts(labels, known):
    counts = {k: labels.count(k) for k in known}
    other = len(labels) - sum(counts.values())
    if other:
        counts["other"] = other
    return counts
#: label_counts(["cat", "dog", "cat", "emu"], ("cat", "dog"))
#: label_counts([], ["x"])
#: label_counts(["a", "a"], [])
#: label_counts([1, True, 1.0], [1])


def make_counter(start=0):
    counts = {}

    def hit(key):
        counts[key] = counts.get(key, start) + 1
        return counts[key]

    return hit, counts


def replay_hits(keys, start=0):
    hit, counts = make_counter(start)
    history = [hit(k) for k in keys]
    return history, counts
#: replay_hits(["a", "b", "a"])
#: replay_hits("zzz", start=10)
#: replay_hits([])
#: replay_hits([1, 1.0, "1"], -1)


def word_pairs_after(text, word):
    followers = Counter(b for a, b in zip(text.split(), text.split()[1:]) if a == word)
    total = followers.total()
    return {w: (n, f"{n / total:.2f}") for w, n in followers.items()}
#: word_pairs_after("the cat the dog the cat", "the")
#: word_pairs_after("hello", "hello")
#: word_pairs_after("a a a b", "a")


def trim_counts(counts, keep):
    if keep < 0:
        raise ValueError("keep must not be negative")
    c = Counter(counts)
    kept = dict(c.most_common(keep))
    rest = c.total() - sum(kept.values())
    return {**kept, "rest": rest} if rest else kept
#: trim_counts("bookkeeper", 2)
#: trim_counts({"x": 3, "y": 1}, 5)
#: trim_counts([1, 1, 2], 0)
#: trim_counts("abc", -1)


def hits_per_minute(stamps, minutes):
    per_minute = Counter(stamp[:5] for stamp in stamps)
    return [per_minute[m] for m in minutes], sum(per_minute.values())
#: hits_per_minute(["12:01:07", "12:01:40", "12:03:00"], ["12:01", "12:02", "12:03"])
#: hits_per_minute([], ["00:00"])
#: hits_per_minute(["09:15:59"], [])


def overlap_bag(first, second):
    common = Counter(first) & Counter(second)
    either = Counter(first) | Counter(second)
    if not either:
        return 0.0
    return round(sum(common.values()) / sum(either.values()), 2)
#: overlap_bag("night", "nacht")
#: overlap_bag([], [])
#: overlap_bag([1, 1, 2], [1, 2, 2])
#: overlap_bag("abc", "xyz")
