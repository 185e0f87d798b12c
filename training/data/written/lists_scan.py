"""Functions that walk over lists: flags, runs, windows, first and last matches, break and else."""

import re
from collections import deque
from itertools import groupby, pairwise, takewhile


def first_failure(results):
    for step, ok in results:
        if not ok:
            return step
    return None
#: first_failure([("lint", True), ("test", False), ("deploy", False)])
#: first_failure([("lint", True)])
#: first_failure([])


def last_error_line(log):
    found = -1
    for i, line in enumerate(log):
        if "ERROR" in line:
            found = i
    return found
#: last_error_line(["ok", "ERROR disk", "ok", "ERROR net", "ok"])
#: last_error_line(["fine", "error small"])
#: last_error_line([])
#: last_error_line(["ERROR"])


def best_login_bonus(days, base=10):
    best = run = 0
    for active in days:
        run = run + base if active else run // 2
        best = max(best, run)
    return best, run
#: best_login_bonus([1, 1, 0, 1, 1, 1, 0])
#: best_login_bonus([])
#: best_login_bonus([0, 0], 5)
#: best_login_bonus([True, False, True], base=3)


def fold_repeats(messages):
    out = []
    for msg in messages:
        if out and out[-1][0] == msg:
            out[-1][1] += 1
        else:
            out.append([msg, 0])
    return [f"{m} (repeated {n} more times)" if n > 1 else m for m, n in out]
#: fold_repeats(["disk full", "disk full", "disk full", "login"])
#: fold_repeats(["ok", "ok"])
#: fold_repeats([])
#: fold_repeats(["a", "b", "a"])


def smooth_ends(samples, k=1):
    if k < 0:
        raise ValueError("reach must not be negative")
    out = []
    for i in range(len(samples)):
        near = samples[max(0, i - k):i + k + 1]
        out.append(round(sum(near) / len(near), 1))
    return out
#: smooth_ends([3, 6, 9, 12])
#: smooth_ends([1, 2, 10, 4], 2)
#: smooth_ends([5], k=3)
#: smooth_ends([5, 5], -1)


def find_gap(ids):
    expected = ids[0] if ids else 0
    for n in ids:
        if n != expected:
            break
        expected += 1
    else:
        return "no gap"
    return f"missing {expected}" + (f"-{n - 1}" if n - 1 > expected else "")
#: find_gap([1, 2, 3, 5])
#: find_gap([10, 11, 15, 16])
#: find_gap([7])
#: find_gap([])


def odometer_ok(readings, max_step):
    clean = suspicious = True
    for km, prev in zip(readings[1:], readings):
        if km < prev:
            clean = False
        elif km - prev > max_step:
            suspicious = False
        if not (clean or suspicious):
            return "reject"
    return clean and suspicious
#: odometer_ok([100, 140, 140, 190], 50)
#: odometer_ok([100, 90, 300], 60)
#: odometer_ok([5, 500], 60)
#: odometer_ok([], 1)


def dwell_start(temps, limit, need):
    run = 0
    for t, temp in enumerate(temps):
        if temp < limit:
            run = 0
            continue
        run += 1
        if run == need:
            return t - need + 1
    return -1
#: dwell_start([60, 72, 71, 65, 75, 76, 77], 70, 3)
#: dwell_start([80], 70, 1)
#: dwell_start([50, 55], 70, 2)
#: dwell_start([], 0, 1)


def peaks(signal):
    found = []
    for i in range(1, len(signal) - 1):
        if signal[i - 1] < signal[i] > signal[i + 1]:
            found.append((i, signal[i]))
    return found
#: peaks([0, 3, 1, 4, 4, 2, 5, 0])
#: peaks([1, 2])
#: peaks([-5, -1, -5])
#: peaks([2, 2, 2])


def read_until_blank(lines):
    it = iter(lines)
    head = []
    for line in it:
        if not line.strip():
            break
        head.append(line.rstrip())
    return head, list(it)
#: read_until_blank(["Host: a  ", "Port: 1", "", "body", "more"])
#: read_until_blank(["only header"])
#: read_until_blank(["", "x"])
#: read_until_blank([])


def any_overlap(bookings):
    for i, (s1, e1) in enumerate(bookings):
        for s2, e2 in bookings[i + 1:]:
            if s1 < e2 and s2 < e1:
                return (s1, e1), (s2, e2)
    return False
#: any_overlap([(9, 10), (10, 11), (12, 14)])
#: any_overlap([(9, 12), (13, 15), (11, 13)])
#: any_overlap([(1, 2)])
#: any_overlap([])


def fuel_check(tank, legs):
    i = 0
    while i < len(legs):
        tank -= legs[i]
        if tank < 0:
            print(f"stranded on leg {i + 1}")
            break
        i += 1
    else:
        print("arrived")
    return tank
#: fuel_check(40, [10, 12, 8])
#: fuel_check(15, [10, 12, 8])
#: fuel_check(0, [])
#: fuel_check(5, [5, 0])


def min_and_where(values):
    if not values:
        raise ValueError("no values")
    lo, where = values[0], [0]
    for i, v in enumerate(values[1:], start=1):
        if v < lo:
            lo, where = v, [i]
        elif v == lo:
            where.append(i)
    return lo, where
#: min_and_where([4, 2, 7, 2, 9])
#: min_and_where(["pear", "fig", "fig", "apple"])
#: min_and_where([0.5])
#: min_and_where([])


def balance_dips(opening, changes):
    balance, dips = opening, 0
    was_negative = False
    for c in changes:
        balance += c
        negative = balance < 0
        if negative and not was_negative:
            dips += 1
        was_negative = negative
    return balance, dips
#: balance_dips(10, [-15, -2, 20, -30])
#: balance_dips(0, [5, -5])
#: balance_dips(-1, [])
#: balance_dips(3, [-4, 4, -4, 4])


def skip_comments(lines):
    kept = []
    in_block = False
    for line in lines:
        if line.startswith("/*"):
            in_block = True
        if not in_block and not line.startswith("//"):
            kept.append(line)
        if line.endswith("*/"):
            in_block = False
    return kept
#: skip_comments(["a = 1", "// note", "/* start", "hidden", "end */", "b = 2"])
#: skip_comments(["/* one line */", "x"])
#: skip_comments(["/* never closed", "y"])
#: skip_comments([])


def tail_sum(ns, limit):
    total = 0
    for n in reversed(ns):
        if total + n > limit:
            break
        total += n
    return total
#: tail_sum([9, 1, 2, 3], 6)
#: tail_sum([5], 4)
#: tail_sum([], 10)
#: tail_sum([3, -2, 4, 1], 5)


def leading_zeros(readings):
    return sum(1 for _ in takewhile(lambda r: r == 0, readings))
#: leading_zeros([0, 0, 0, 4, 0])
#: leading_zeros([1, 0])
#: leading_zeros([0.0, False, None])
#: leading_zeros([])


def jumps_over(track, threshold):
    return [(a, b) for a, b in pairwise(track) if abs(b - a) > threshold]
#: jumps_over([10, 11, 30, 29, 5], 5)
#: jumps_over([1.0, 1.4, 2.1], 0.5)
#: jumps_over([3], 0)
#: jumps_over([0, -8], 8)


def umbrella_spells(days):
    spells = []
    for wet, run in groupby(days, key=lambda d: d in ("rain", "hail")):
        if wet:
            spells.append("+".join(run))
    return spells
#: umbrella_spells(["sun", "rain", "hail", "sun", "rain"])
#: umbrella_spells(["hail"])
#: umbrella_spells(["sun", "fog"])
#: umbrella_spells([])


def handshake_done(frames):
    it = iter(frames)
    return all(kind in it for kind in ("SYN", "SYN-ACK", "ACK")), list(it)
#: handshake_done(["SYN", "noise", "SYN-ACK", "ACK", "DATA"])
#: handshake_done(["SYN-ACK", "SYN", "ACK"])
#: handshake_done([])


def rindex(xs, value):
    for i in range(len(xs) - 1, -1, -1):
        if xs[i] == value:
            return i
    raise ValueError(f"{value!r} is not in list")
#: rindex([1, 2, 1, 3], 1)
#: rindex(["a", "b"], "b")
#: rindex([0, False, 0.0], 0)
#: rindex([4, 5], 6)


def second_occurrence(names, name):
    try:
        return names.index(name, names.index(name) + 1)
    except ValueError:
        return None
#: second_occurrence(["al", "bo", "al", "al"], "al")
#: second_occurrence(["al", "bo"], "al")
#: second_occurrence([], "x")


def referee(calls):
    holder, strength = None, 0
    for player, push in calls:
        if strength <= 0:
            holder = player
        strength += push if player == holder else -push
    if not calls or strength == 0:
        return "draw"
    return f"{holder} by {abs(strength)}"
#: referee([("x", 3), ("y", 5), ("y", 1), ("x", 2)])
#: referee([("x", 1), ("y", 1)])
#: referee([])
#: referee([("Åse", 4)])


def all_same_kind(items):
    kind = None
    for item in items:
        t = type(item).__name__
        if kind is None:
            kind = t
        elif kind != t:
            return f"mixed: {kind} and {t}"
    return kind or "empty"
#: all_same_kind([1, 2, 3])
#: all_same_kind(["a", None])
#: all_same_kind([])
#: all_same_kind([True, 1])


def parse_flags(argv):
    opts, rest = {}, []
    i = 0
    while i < len(argv):
        arg = argv[i]
        if arg == "--":
            rest += argv[i + 1:]
            break
        if arg.startswith("--"):
            key, eq, val = arg[2:].partition("=")
            opts[key] = val if eq else True
        else:
            rest.append(arg)
        i += 1
    return opts, rest
#: parse_flags(["--name=box", "in.txt", "--force"])
#: parse_flags(["a", "--", "--b", "c"])
#: parse_flags(["--k=a=b"])
#: parse_flags([])


def first_long(words, n=6, default=None):
    return next((w for w in words if len(w) >= n), default)
#: first_long(["a", "planet", "elephant"])
#: first_long(["tiny", "words"], default="-")
#: first_long([], 0)
#: first_long(["x", ""], n=0)


def stop_at_sentinel(values, sentinel=-1):
    total = 0
    read = 0
    for v in values:
        if v is None:
            continue
        if v == sentinel:
            break
        read += 1
        total += v
    avg = total / read if read else 0.0
    return round(avg, 2)
#: stop_at_sentinel([4, None, 8, -1, 100])
#: stop_at_sentinel([-1])
#: stop_at_sentinel([1, 2, 2], sentinel=0)
#: stop_at_sentinel([])


def rate_limited(times, per, allowed):
    recent = deque()
    rejected = []
    for t in times:
        while recent and t - recent[0] >= per:
            recent.popleft()
        if len(recent) < allowed:
            recent.append(t)
        else:
            rejected.append(t)
    return rejected
#: rate_limited([0, 1, 2, 5, 6, 7], 5, 2)
#: rate_limited([0, 10, 20], 5, 1)
#: rate_limited([3, 3, 3], 1, 1)
#: rate_limited([], 1, 1)


def local_time_order(stamps):
    prev = ""
    for n, s in enumerate(stamps, 1):
        if not re.fullmatch(r"\d\d:\d\d", s):
            raise ValueError(f"stamp {n} malformed: {s}")
        if s < prev:
            return n
        prev = s
    return 0
#: local_time_order(["08:00", "09:15", "09:10"])
#: local_time_order(["23:59"])
#: local_time_order([])
#: local_time_order(["08:00", "9:00"])


def high_water(levels):
    marks = []
    top = float("-inf")
    for level in levels:
        if level > top:
            top = level
            marks.append(level)
    return marks
#: high_water([3, 1, 4, 1, 5, 9, 2, 6])
#: high_water([7, 7])
#: high_water([-3, -9, -1])
#: high_water([])


def locate(board, piece):
    for r, row in enumerate(board):
        for c, cell in enumerate(row):
            if cell == piece:
                break
        else:
            continue
        return r, c
#: locate(["..K", "Q..", "..."], "Q")
#: locate([[1, 2], [3, 4]], 4)
#: locate(["..", ".."], "K")
#: locate([], "x")


def ends_of_runs(bits):
    """Half-open (start, stop) pairs of every run of truthy values."""
    spans, start = [], None
    for i, b in enumerate([*bits, 0]):
        if b and start is None:
            start = i
        elif not b and start is not None:
            spans.append((start, i))
            start = None
    return spans
#: ends_of_runs([0, 1, 1, 0, 1])
#: ends_of_runs([1, 1, 1])
#: ends_of_runs([])
#: ends_of_runs(["", "a", "b", "", None, "c", 0])


def max_drop(prices: list[float]) -> float:
    worst = 0
    high = None
    for p in prices:
        if high is None or p > high:
            high = p
            continue
        worst = max(worst, high - p)
    return worst
#: max_drop([100, 120, 90, 130, 115])
#: max_drop([1, 2, 3])
#: max_drop([5.5, 5.25])
#: max_drop([])


def template_error(lines):
    enders = {"endif": "if", "endfor": "for"}
    open_at = []
    for pos, line in enumerate(lines, 1):
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        if word in enders.values():
            open_at.append((word, pos))
        elif word in enders:
            if not open_at or open_at.pop()[0] != enders[word]:
                return f"line {pos}: stray {word}"
    return "line {1}: {0} never ends".format(*open_at[-1]) if open_at else "ok"
#: template_error(["if user", "hi", "", "endif"])
#: template_error(["for x in xs", "if x", "endfor"])
#: template_error(["text", "for a in b"])
#: template_error([])
#: template_error(["endif"])


def quiet_slot(load, hours):
    if hours > len(load):
        return None
    level = max(load[:hours])
    at = 0
    for begin in range(1, len(load) - hours + 1):
        worst = max(load[begin:begin + hours])
        if worst < level:
            level, at = worst, begin
    return f"{at:02d}:00-{at + hours:02d}:00", level
#: quiet_slot([9, 4, 2, 3, 8, 7], 3)
#: quiet_slot([4, 4, 4], 1)
#: quiet_slot([1], 2)
#: quiet_slot([0, 5, 1, 1, 6], 2)


def first_mismatch(left, right):
    for i, (a, b) in enumerate(zip(left, right)):
        if a != b:
            return i
    return -1 if len(left) == len(right) else min(len(left), len(right))
#: first_mismatch([1, 2, 3], [1, 2, 4])
#: first_mismatch("config", "conf")
#: first_mismatch([], [])
#: first_mismatch([None], [0])


def deliver(stops, capacity):
    trips = 1
    load = 0
    for name, size in stops:
        if size > capacity:
            raise OverflowError(f"{name}: {size} > {capacity}")
        if load + size > capacity:
            trips += 1
            load = 0
        load += size
    return trips
#: deliver([("A", 4), ("B", 5), ("C", 3), ("D", 7)], 10)
#: deliver([("A", 1), ("B", 1)], 1)
#: deliver([], 3)
#: deliver([("A", 2), ("fridge", 20)], 10)


def settle(rolls):
    doubles = 0
    moved = 0
    for a, b in rolls:
        if a == b:
            doubles += 1
            if doubles == 3:
                return "jail"
        else:
            doubles = 0
        moved += a + b
    return moved
#: settle([(3, 3), (2, 2), (6, 6)])
#: settle([(3, 3), (1, 2), (4, 4)])
#: settle([])
#: settle([(1, 6)])


def fuzzy_find(options, typed):
    exact = prefix = inside = None
    t = typed.lower()
    for opt in options:
        low = opt.lower()
        if low == t:
            exact = opt
            break
        if prefix is None and low.startswith(t):
            prefix = opt
        if inside is None and t in low:
            inside = opt
    return exact or prefix or inside
#: fuzzy_find(["Checkout", "Commit", "Check"], "check")
#: fuzzy_find(["Rebase", "Base", "Basement"], "base")
#: fuzzy_find(["push", "pull"], "ll")
#: fuzzy_find(["push", "pull"], "q")
#: fuzzy_find([], "")


def consume_quoted(parts):
    out, buf = [], None
    for part in parts:
        if buf is None:
            if part.startswith('"') and not (part.endswith('"') and len(part) > 1):
                buf = [part[1:]]
            else:
                out.append(part.strip('"'))
        elif part.endswith('"'):
            buf.append(part[:-1])
            out.append(" ".join(buf))
            buf = None
        else:
            buf.append(part)
    if buf is not None:
        raise ValueError("unterminated quote")
    return out
#: consume_quoted(["say", '"hello', 'big', 'world"', "now"])
#: consume_quoted(['"one"', "two"])
#: consume_quoted([])
#: consume_quoted(['"open', "end"])


def retry_until(outcomes, max_tries=3):
    attempts = iter(outcomes)
    tries = 0
    while (result := next(attempts, None)) is not None:
        tries += 1
        if result == "ok":
            return f"ok after {tries}"
        if tries >= max_tries:
            return "gave up"
    return "ran out"
#: retry_until(["fail", "ok"])
#: retry_until(["fail", "fail", "fail", "ok"])
#: retry_until(["fail"], max_tries=5)
#: retry_until([])


def numbers_between(tokens, lo, hi):
    kept = []
    for tok in tokens:
        try:
            x = float(tok)
        except (ValueError, TypeError):
            continue
        if lo <= x < hi:
            kept.append(x)
    return kept
#: numbers_between(["3", "x", "7.5", None, 10], 0, 10)
#: numbers_between(["1e2", " 42 ", "-3"], -5, 100)
#: numbers_between(["nan", "inf"], 0, 1)
#: numbers_between([], 0, 1)


def alternates(moves):
    last = None
    for who, *_ in moves:
        if who == last:
            return False
        last = who
    return True
#: alternates([("w", "e4"), ("b", "e5"), ("w", "Nf3")])
#: alternates([("w", "e4"), ("w", "d4")])
#: alternates([["b"]])
#: alternates(["white e4", "black e5", "wait"])


def count_crossings(series, level):
    sides = [v > level for v in series if v != level]
    return sum(a is not b for a, b in zip(sides, sides[1:]))
#: count_crossings([1, 3, 5, 2, 2, 6], 3)
#: count_crossings([0, 0, 0], 0)
#: count_crossings([-1, 1, -1, 1], 0)
#: count_crossings([], 2)


def play_dialog(lines, start=0):
    at, visited = start, set()
    mood = 0
    while 0 <= at < len(lines):
        if at in visited:
            return "going in circles", mood
        visited.add(at)
        text, change, goto = lines[at]
        mood += change
        if goto is not None:
            at = goto
            continue
        if text == "bye":
            break
        at += 1
    return "end", mood
#: play_dialog([("hi", 1, None), ("rude", -3, 3), ("x", 9, None), ("bye", 0, None)])
#: play_dialog([("hm", 1, 1), ("again", 1, 0)])
#: play_dialog([])
#: play_dialog([("a", 5, None), ("b", 2, 99)], start=1)


def latest_by_key(updates):
    seen, out = set(), []
    for key, value in updates[::-1]:
        if key in seen:
            continue
        seen.add(key)
        out.append((key, value))
    return out[::-1]
#: latest_by_key([("a", 1), ("b", 2), ("a", 3)])
#: latest_by_key([("x", None)])
#: latest_by_key([])
#: latest_by_key([(1, "i"), (1.0, "f"), (True, "b")])


def report_threshold(values, *limits):
    hit = {}
    for limit in limits:
        for i, v in enumerate(values):
            if v >= limit:
                hit[limit] = i
                break
        else:
            hit[limit] = None
    return hit
#: report_threshold([1, 5, 10, 20], 5, 15, 50)
#: report_threshold([], 1)
#: report_threshold([3, 3], 3)
#: report_threshold([2])


def walk_pairs(cards):
    streak = 0
    out = []
    i = 0
    while i < len(cards) - 1:
        here, nxt = cards[i], cards[i + 1]
        if here == nxt:
            streak += 1
            out.append(here)
            i += 2
        else:
            streak = 0
            i += 1
    return out, streak
#: walk_pairs([7, 7, 3, 9, 9, 9])
#: walk_pairs(["K"])
#: walk_pairs([1, 1, 1, 1])
#: walk_pairs([])


def nearest_before(marks, pos):
    best = None
    for m in marks:
        if m > pos:
            continue
        if best is None or pos - m < pos - best:
            best = m
    return best
#: nearest_before([3, 18, 9, 27], 20)
#: nearest_before([5, 6], 4)
#: nearest_before([], 1)
#: nearest_before([-4, -2, 0], -1)


def majority_quorum(acks, nodes):
    assert nodes > 0, "need at least one node"
    needed = nodes // 2 + 1
    for i, node in enumerate(acks):
        needed -= node not in acks[:i]
        if needed == 0:
            return i
    return None
#: majority_quorum(["n1", "n1", "n2", "n3"], 4)
#: majority_quorum(["n1", "n2"], 3)
#: majority_quorum([], 1)
#: majority_quorum(["n1"], 0)


def scan_widths(lines):
    longest = shortest = None
    for line in lines:
        n = len(line.expandtabs(4))
        if longest is None:
            longest = shortest = n
        elif n > longest:
            longest = n
        elif n < shortest:
            shortest = n
    return shortest, longest
#: scan_widths(["\tif x:", "pass", "\t\treturn 1"])
#: scan_widths([])
#: scan_widths([""])
#: scan_widths(["ab\tc", "日本"])


def every_nth_until(seq, n, stop):
    taken = []
    for item in seq[::n]:
        taken.append(item)
        if item == stop:
            return taken, True
    return taken, False
#: every_nth_until([1, 2, 3, 4, 5, 6, 7], 2, 5)
#: every_nth_until("abcdef", 3, "c")
#: every_nth_until([1, 2, 3, 4], -1, 2)
#: every_nth_until([1, 2], 0, 1)
