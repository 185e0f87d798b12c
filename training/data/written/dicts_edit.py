"""Editing dicts: update, merge, pop, popitem, rename, invert, filter, defaults and deletion."""
import copy
import operator
import re
from collections import OrderedDict
from dataclasses import dataclass, asdict, replace


def apply_overrides(base, *layers, **extra):
    merged = dict(base)
    for layer in layers:
        merged.update(layer)
    merged.update(extra)
    return merged
#: apply_overrides({"debug": False, "port": 80}, {"port": 8080}, debug=True)
#: apply_overrides({})
#: apply_overrides({"a": 1}, [("a", 2), ("b", 3)], {}, c=None)
#: apply_overrides({"a": 1}, 5)


def rename_columns(row, mapping):
    return {mapping.get(k, k): v for k, v in row.items()}
#: rename_columns({"fname": "Al", "age": 4}, {"fname": "first_name"})
#: rename_columns({"a": 1, "b": 2}, {"a": "b"})
#: rename_columns({}, {"x": "y"})


def rename_key(d, old, new):
    if old not in d:
        raise KeyError(old)
    if new in d and new != old:
        raise ValueError(f"{new!r} already present")
    d[new] = d.pop(old)
    return d
#: rename_key({"colour": "red", "size": 3}, "colour", "color")
#: rename_key({"a": 1, "b": 2}, "a", "b")
#: rename_key({"k": 0}, "k", "k")
#: rename_key({}, "missing", "x")


def invert_unique(d):
    flipped = {}
    for k, v in d.items():
        if v in flipped:
            raise ValueError(f"duplicate value {v!r} for {flipped[v]!r} and {k!r}")
        flipped[v] = k
    return flipped
#: invert_unique({"a": 1, "b": 2})
#: invert_unique({})
#: invert_unique({"x": True, "y": 1})
#: invert_unique({"list": [1]})


def invert_multi(d):
    out = {}
    for key, values in d.items():
        for v in values:
            out.setdefault(v, []).append(key)
    return out
#: invert_multi({"ann": ["py", "sql"], "bob": ["sql"]})
#: invert_multi({"x": [], "y": "ab"})
#: invert_multi({})


def drop_empty(d):
    for key in list(d):
        if d[key] in (None, "", [], {}):
            del d[key]
    return d
#: drop_empty({"a": None, "b": 0, "c": "", "d": "x"})
#: drop_empty({"list": [], "zero": 0.0, "false": False})
#: drop_empty({})


def drop_while_iterating(d):
    try:
        for k in d:
            if k.startswith("_"):
                del d[k]
    except RuntimeError as e:
        return str(e), d
    return "clean", d
#: drop_while_iterating({"_x": 1, "y": 2, "_z": 3})
#: drop_while_iterating({"a": 1, "b": 2})
#: drop_while_iterating({"only": 0, "_last": 1})


def take_options(options):
    opts = dict(options)
    sep = opts.pop("sep", ", ")
    end = opts.pop("end", "")
    if opts:
        raise TypeError(f"unexpected option(s): {sorted(opts)}")
    return sep.join(["a", "b"]) + end
#: take_options({"sep": "-", "end": "!"})
#: take_options({})
#: take_options({"end": ".", "colour": 1, "bold": 2})


def drain(queue):
    done = []
    while queue:
        job, cost = queue.popitem()
        done.append(f"{job}:{cost}")
    return done, queue
#: drain({"build": 3, "test": 2, "deploy": 9})
#: drain({})
#: drain({"x": None})


def undo_last(settings, steps=1):
    removed = []
    for _ in range(steps):
        try:
            removed.append(settings.popitem())
        except KeyError:
            removed.append(None)
    return removed, settings
#: undo_last({"a": 1, "b": 2})
#: undo_last({"a": 1}, steps=3)
#: undo_last({"z": 26, "y": 25, "x": 24}, 2)
#: undo_last({"q": 0}, 0)


def merge_adding(a, b):
    out = a.copy()
    for k, n in b.items():
        if k in out:
            out[k] += n
        else:
            out[k] = n
    return out
#: merge_adding({"x": 1, "y": 2}, {"y": 5, "z": 0})
#: merge_adding({"s": "ab"}, {"s": "cd"})
#: merge_adding({}, {})
#: merge_adding({"n": 1}, {"n": "one"})


def pick(d, *names, default=None):
    picked = {}
    for name in names:
        picked[name] = d.get(name, default)
    return picked
#: pick({"id": 7, "mail": "a@b.c", "pw": "x"}, "id", "mail")
#: pick({}, "a", "b", default=0)
#: pick({"a": None}, "a", default=1)
#: pick({"a": 1})


def omit(d, banned):
    banned = {banned} if isinstance(banned, str) else set(banned)
    return {k: d[k] for k in d if k not in banned}
#: omit({"user": "eva", "password": "pw", "token": "t"}, ["password", "token"])
#: omit({"a": 1, "b": 2}, "a")
#: omit({"ab": 1}, "ab")
#: omit({1: "x"}, 1)


def split_dict(d, predicate):
    yes, no = {}, {}
    for k, v in d.items():
        (yes if predicate(k, v) else no)[k] = v
    return yes, no
#: split_dict({"a": 5, "b": -1, "c": 0}, lambda k, v: v > 0)
#: split_dict({"Tmp": 1, "name": 2}, lambda k, v: k.islower())
#: split_dict({}, lambda k, v: True)
#: split_dict({"a": "5"}, lambda k, v: v > 0)


def fill_defaults(user, defaults):
    for key, value in defaults.items():
        user.setdefault(key, value)
    return user
#: fill_defaults({"lang": "de"}, {"lang": "en", "theme": "light"})
#: fill_defaults({"theme": None}, {"theme": "dark"})
#: fill_defaults({}, {})


def shared_default_trap(keys):
    board = dict.fromkeys(keys, [])
    for i, key in enumerate(keys):
        board[key].append(i)
    return board
#: shared_default_trap(["a", "b"])
#: shared_default_trap("xyx")
#: shared_default_trap([])


def normalise_headers(raw):
    headers = {}
    for name, value in raw.items():
        name = "-".join(part.capitalize() for part in name.strip().split("-"))
        if name in headers:
            headers[name] += f", {value.strip()}"
        else:
            headers[name] = value.strip()
    return headers
#: normalise_headers({"content-type": "text/html ", "ACCEPT": "*/*"})
#: normalise_headers({"accept": "a", "Accept": " b"})
#: normalise_headers({})
#: normalise_headers({"X-Count": 3})


def swap_keys(d, a, b):
    d[a], d[b] = d[b], d[a]
    return d, list(d.items())[-2:]
#: swap_keys({"left": 1, "right": 2}, "left", "right")
#: swap_keys({"x": [0], "y": []}, "y", "x")
#: swap_keys({"x": 1}, "x", "x")
#: swap_keys({"x": 1}, "x", "z")


def move_item(d, key, last=True):
    value = d.pop(key, None)
    if value is None:
        return d
    if last:
        d[key] = value
        return d
    return {key: value} | d
#: move_item({"a": 1, "b": 2, "c": 3}, "a")
#: move_item({"a": 1, "b": 2, "c": 3}, "c", last=False)
#: move_item({"a": 1}, "zz")
#: move_item({"a": 0, "n": None}, "n")


def merge_operator(left, right):
    both = left | right
    other = right | left
    left |= {"touched": True}
    return both, other, left
#: merge_operator({"a": 1}, {"a": 2, "b": 3})
#: merge_operator({}, {})
#: merge_operator({"touched": False}, {"z": 0})
#: merge_operator({"a": 1}, [("a", 2)])


def diff_dicts(old, new):
    added = {k: new[k] for k in sorted(new.keys() - old.keys())}
    removed = sorted(old.keys() - new.keys())
    changed = {}
    for k in sorted(old.keys() & new.keys()):
        if old[k] != new[k]:
            changed[k] = (old[k], new[k])
    return {"added": added, "removed": removed, "changed": changed}
#: diff_dicts({"a": 1, "b": 2}, {"b": 3, "c": 4})
#: diff_dicts({}, {"y": 1, "x": 2})
#: diff_dicts({"same": [1]}, {"same": [1]})


def apply_patch(doc, patch):
    for key, value in patch.items():
        if value is None:
            doc.pop(key, None)
        elif isinstance(value, dict) and isinstance(doc.get(key), dict):
            apply_patch(doc[key], value)
        else:
            doc[key] = value
    return doc
#: apply_patch({"title": "Hi", "meta": {"a": 1, "b": 2}}, {"meta": {"b": None}, "title": "Yo"})
#: apply_patch({"x": 1}, {"x": None, "nothere": None})
#: apply_patch({}, {"new": {"n": None}})
#: apply_patch({"x": 1}, {"x": {"y": 2}})


def clear_but_keep(d, *keep):
    saved = [(k, d[k]) for k in keep if k in d]
    d.clear()
    d.update(saved)
    return len(saved)
#: clear_but_keep({"id": 1, "tmp": 2, "log": 3}, "id", "name")
#: clear_but_keep({}, "x")
#: clear_but_keep({"a": 1})


def evict_oldest(cache, limit):
    evicted = 0
    while len(cache) > limit:
        oldest = next(iter(cache))
        del cache[oldest]
        evicted += 1
    return evicted, list(cache)
#: evict_oldest({"a": 1, "b": 2, "c": 3}, 1)
#: evict_oldest({}, 0)
#: evict_oldest({"a": 1}, 5)
#: evict_oldest({"a": 1}, -1)


def bump_version(meta, part="patch"):
    major, minor, patch = map(int, meta["version"].split("."))
    match part:
        case "major":
            major, minor, patch = major + 1, 0, 0
        case "minor":
            minor, patch = minor + 1, 0
        case "patch":
            patch += 1
        case other:
            raise ValueError(f"cannot bump {other}")
    return {**meta, "version": f"{major}.{minor}.{patch}"}
#: bump_version({"name": "lib", "version": "1.4.9"})
#: bump_version({"version": "0.9.3"}, "minor")
#: bump_version({"version": "2.0.0", "x": 1}, part="major")
#: bump_version({"version": "1.0"}, "minor")
#: bump_version({"version": "1.0.0"}, "build")


def coerce_types(row, types):
    clean, errors = {}, []
    for field, convert in types.items():
        try:
            clean[field] = convert(row[field])
        except KeyError:
            errors.append(f"{field}: missing")
        except (TypeError, ValueError) as exc:
            errors.append(f"{field}: {type(exc).__name__}")
    return clean, errors
#: coerce_types({"id": "12", "price": "3.50"}, {"id": int, "price": float})
#: coerce_types({"id": "x1", "n": None}, {"id": int, "n": int, "tag": str})
#: coerce_types({}, {})


def replace_values(d, table):
    for key in d:
        d[key] = table.get(d[key], d[key])
    return d
#: replace_values({"q1": "y", "q2": "n", "q3": "?"}, {"y": True, "n": False})
#: replace_values({}, {1: 2})
#: replace_values({"a": 1, "b": 1.0}, {1: "one"})
#: replace_values({"a": [1]}, {1: "one"})


def sort_by_value(d, descending=False):
    items = list(d.items())
    items.sort(key=operator.itemgetter(1), reverse=descending)
    return dict(items)
#: sort_by_value({"pear": 3, "fig": 1, "nut": 2})
#: sort_by_value({"a": 1, "b": 1, "c": 2}, descending=True)
#: sort_by_value({})
#: sort_by_value({"a": 1, "b": None})


def prefix_keys(d, prefix, sep="."):
    return dict((f"{prefix}{sep}{k}" if prefix else str(k), v) for k, v in d.items())
#: prefix_keys({"host": "db1", "port": 5432}, "db")
#: prefix_keys({1: "a", None: "b"}, "", "_")
#: prefix_keys({}, "x")


def strip_prefix(env, prefix):
    found = {}
    for name in sorted(env):
        if name.startswith(prefix):
            found[name.removeprefix(prefix).lower()] = env[name]
    return found
#: strip_prefix({"APP_HOST": "h", "PATH": "/bin", "APP_APP_X": "1"}, "APP_")
#: strip_prefix({}, "X")
#: strip_prefix({"A": 1, "AB": 2}, "A")
#: strip_prefix({"A": 1, 2: "b"}, "A")


def pop_many(d, keys, strict=False):
    values = []
    for k in keys:
        if strict:
            values.append(d.pop(k))
        else:
            values.append(d.pop(k, None))
    return values, d
#: pop_many({"a": 1, "b": 2, "c": 3}, "ac")
#: pop_many({"a": 1}, ["a", "a"])
#: pop_many({"a": 1}, ["a", "a"], strict=True)
#: pop_many({}, [])


def zip_row(header, cells, fill=""):
    row = dict(zip(header, cells))
    for name in header[len(cells):]:
        row[name] = fill
    if len(cells) > len(header):
        row["_extra"] = cells[len(header):]
    return row
#: zip_row(["id", "name"], ["1", "Bo"])
#: zip_row(["id", "name", "city"], ["1"], fill="-")
#: zip_row(["id"], ["1", "2", "3"])
#: zip_row([], [])


def increment_all(scores, by=1, only=None):
    for name, score in scores.items():
        if only is None or name in only:
            scores[name] = score + by
    return scores
#: increment_all({"ann": 1, "bo": 2})
#: increment_all({"ann": 1, "bo": 2}, by=-5, only=("bo", "zed"))
#: increment_all({}, 3)
#: increment_all({"ann": "1"}, 1)


def keep_largest(d, k):
    ranked = sorted(d, key=d.get, reverse=True)
    for loser in ranked[k:]:
        d.pop(loser)
    return d
#: keep_largest({"a": 3, "b": 9, "c": 5, "d": 1}, 2)
#: keep_largest({"a": 1}, 10)
#: keep_largest({"a": 2, "b": 7}, -1)
#: keep_largest({}, 0)


def alias_or_copy(d):
    same = d
    shallow = d.copy()
    deep = copy.deepcopy(d)
    d["tags"].append("new")
    d["n"] = 2
    return same, shallow, deep, shallow["tags"] is d["tags"]
#: alias_or_copy({"tags": ["old"], "n": 1})
#: alias_or_copy({"tags": []})
#: alias_or_copy({"n": 1})


def parse_pairs(text):
    pairs = {}
    for chunk in text.split(";"):
        chunk = chunk.strip()
        if not chunk:
            continue
        name, eq, value = chunk.partition("=")
        pairs[name.strip()] = value.strip() if eq else True
    return pairs
#: parse_pairs("user=eva; theme=dark; secure")
#: parse_pairs("")
#: parse_pairs("a=1=2;;  b =  ")
#: parse_pairs("x=1;x=2")


def snake_keys(obj):
    out = {}
    for k, v in obj.items():
        key = re.sub(r"(?<!^)([A-Z])", r"_\1", k).lower()
        out[key] = snake_keys(v) if isinstance(v, dict) else v
    return out
#: snake_keys({"firstName": "Al", "homeAddress": {"zipCode": "123"}})
#: snake_keys({})
#: snake_keys({"ID": 1, "aB": 2, "a_b": 3})


def delete_path(d, path):
    *parents, leaf = path.split("/")
    node = d
    for p in parents:
        node = node.get(p)
        if not isinstance(node, dict):
            return False
    return node.pop(leaf, None) is not None
#: delete_path({"a": {"b": {"c": 1}}}, "a/b/c")
#: delete_path({"a": 1}, "a/b")
#: delete_path({"a": 1}, "a")
#: delete_path({}, "")


@dataclass
class Profile:
    name: str
    theme: str = "light"
    volume: int = 5


def update_profile(name, **changes):
    p = Profile(name)
    try:
        p = replace(p, **changes)
    except TypeError as e:
        return asdict(p) | {"error": str(e).split()[-1].strip("'")}
    return asdict(p)
#: update_profile("ida", volume=9)
#: update_profile("ida", colour="red")
#: update_profile("", theme="dark", volume=0)
#: update_profile("ida")


def toggle_flags(flags: dict, *names: str) -> list:
    """Flip the named flags in place and list those that are on."""
    for n in names:
        flags[n] = not flags.get(n, False)
    return [n for n, on in flags.items() if on]
#: toggle_flags({"bold": True, "wrap": False}, "bold", "wrap")
#: toggle_flags({}, "x", "x", "y")
#: toggle_flags({"a": 1})


def join_tables(users, emails):
    joined = {}
    for uid in users:
        if uid in emails:
            joined[uid] = (users[uid], emails[uid])
    only_users = [u for u in users if u not in emails]
    only_emails = [e for e in emails if e not in users]
    return joined, only_users, only_emails
#: join_tables({1: "ann", 2: "bo"}, {2: "bo@x", 3: "cy@x"})
#: join_tables({}, {9: "z"})
#: join_tables({1: "a"}, {1.0: "a@x"})


def refresh(order, key):
    od = OrderedDict(order)
    try:
        od.move_to_end(key)
    except KeyError:
        od[key] = 0
    first, _ = od.popitem(last=False)
    return first, list(od)
#: refresh([("a", 1), ("b", 2), ("c", 3)], "a")
#: refresh([("a", 1)], "new")
#: refresh([], "x")


def set_once(d, key, value):
    current = d.setdefault(key, value)
    if current != value:
        raise ValueError(f"{key} is {current}, not {value}")
    return d
#: set_once({}, "mode", "fast")
#: set_once({"mode": "fast"}, "mode", "fast")
#: set_once({"mode": "slow"}, "mode", "fast")


def redact(record, secret=("password", "token"), mask="*"):
    shown = {}
    for key, val in record.items():
        if isinstance(val, str) and any(s in key.lower() for s in secret):
            val = val[:1] + mask * (len(val) - 1)
        shown[key] = val
    return shown
#: redact({"user": "li", "userPassword": "hunter2"})
#: redact({"token": "", "TOKEN_ID": 17})
#: redact({"pin": "1234"}, secret=["pin"], mask="#")
#: redact({})


def pay_from_wallet(wallet, price):
    paid = {}
    for coin in sorted(wallet, reverse=True):
        use = min(wallet[coin], price // coin)
        if use:
            paid[coin] = use
            wallet[coin] -= use
            price -= coin * use
        if not wallet[coin]:
            wallet.pop(coin)
    if price > 0:
        raise ValueError(f"short by {price}")
    return paid, wallet
#: pay_from_wallet({50: 1, 20: 3, 5: 2}, 75)
#: pay_from_wallet({10: 1}, 0)
#: pay_from_wallet({10: 1, 2: 1}, 15)
#: pay_from_wallet({1: 4}, 4)


def compact_codes(words):
    codes = {}
    encoded = [codes.setdefault(w, len(codes)) for w in words]
    decode = {v: k for k, v in codes.items()}
    return encoded, decode
#: compact_codes(["red", "blue", "red", "green", "blue"])
#: compact_codes([])
#: compact_codes("aba")


def transfer(src, dst, key, amount):
    if src.get(key, 0) < amount:
        return False
    src[key] -= amount
    if src[key] == 0:
        del src[key]
    dst[key] = dst.get(key, 0) + amount
    return src, dst
#: transfer({"gold": 5}, {}, "gold", 5)
#: transfer({"gold": 5}, {"gold": 1}, "gold", 2)
#: transfer({}, {}, "gem", 1)


def update_if_newer(store, records):
    accepted = 0
    for key, stamp, value in records:
        if key not in store or store[key][0] < stamp:
            store[key] = (stamp, value)
            accepted += 1
    return accepted, {k: v for k, (_, v) in store.items()}
#: update_if_newer({}, [("a", 1, "x"), ("a", 3, "z"), ("a", 2, "y")])
#: update_if_newer({"k": (5, "old")}, [("k", 5, "new")])
#: update_if_newer({"k": (1, 0)}, [])
#: update_if_newer({"k": (1, 0)}, [("k", "2", 1)])


def watch_view(d, key, value):
    keys, vals, items = d.keys(), d.values(), d.items()
    before = len(keys), list(vals)
    d[key] = value
    return before, (len(keys), list(vals)), (key, value) in items
#: watch_view({"a": 1}, "b", 2)
#: watch_view({"a": 1}, "a", [0])
#: watch_view({}, None, None)
#: watch_view({}, [], 1)


def dedupe_by_field(rows, field):
    latest = {}
    for row in rows:
        latest.pop(row.get(field), None)
        latest[row.get(field)] = row
    return list(latest.values())
#: dedupe_by_field([{"id": 1, "v": "a"}, {"id": 2, "v": "b"}, {"id": 1, "v": "c"}], "id")
#: dedupe_by_field([{"x": 1}, {"y": 2}], "z")
#: dedupe_by_field([], "id")


def reverse_order(d):
    out = {}
    for k in reversed(d):
        out[k] = d[k]
    return out, out == d, list(out) == list(d)
#: reverse_order({"a": 1, "b": 2, "c": 3})
#: reverse_order({})
#: reverse_order({"one": 1})


def merge_with(resolve, *dicts):
    result = {}
    for d in dicts:
        for k, v in d.items():
            result[k] = resolve(result[k], v) if k in result else v
    return result
#: merge_with(max, {"a": 1, "b": 9}, {"a": 4, "b": 2}, {"c": 0})
#: merge_with(lambda x, y: x + y, {"t": [1]}, {"t": [2, 3]})
#: merge_with(min)
#: merge_with(max, {"a": 1}, {"a": None})
