"""Nested dicts: configurations, lookups, records, paths and trees of dicts."""
import copy
import json
from collections import defaultdict, deque
from datetime import date
from functools import reduce


def get_path(cfg, path, default=None):
    node = cfg
    for part in path.split("."):
        if not isinstance(node, dict) or part not in node:
            return default
        node = node[part]
    return node
#: get_path({"db": {"host": "h1", "port": 5432}}, "db.port")
#: get_path({"db": {"host": "h1"}}, "db.host.name", default="-")
#: get_path({"a": {"b": {"c": {}}}}, "a.b.c")
#: get_path({}, "")


def set_path(cfg, path, value):
    *heads, last = path.split(".")
    node = cfg
    for h in heads:
        node = node.setdefault(h, {})
    node[last] = value
    return cfg
#: set_path({}, "server.tls.enabled", True)
#: set_path({"server": {"port": 80}}, "server.port", 443)
#: set_path({"x": 1}, "y", None)
#: set_path({"x": 1}, "x.y", 2)


def flatten(d, sep="."):
    flat = {}
    for k, v in d.items():
        if isinstance(v, dict) and v:
            for sub, leaf in flatten(v, sep).items():
                flat[f"{k}{sep}{sub}"] = leaf
        else:
            flat[str(k)] = v
    return flat
#: flatten({"a": 1, "b": {"c": 2, "d": {"e": 3}}})
#: flatten({"x": {}, "y": {"z": []}}, sep="/")
#: flatten({})
#: flatten({1: {2: {3: "deep"}}})


def unflatten(flat, sep="."):
    root = {}
    for dotted, value in flat.items():
        parts = dotted.split(sep)
        here = root
        for p in parts[:-1]:
            if p not in here:
                here[p] = {}
            here = here[p]
            if not isinstance(here, dict):
                raise ValueError(f"{dotted}: {p} is a value")
        here[parts[-1]] = value
    return root
#: unflatten({"a.b": 1, "a.c": 2, "d": 3})
#: unflatten({"x/y": "v"}, "/")
#: unflatten({})
#: unflatten({"a": 1, "a.b": 2})


def deep_merge(base, extra):
    merged = dict(base)
    for key, val in extra.items():
        if key in merged and isinstance(merged[key], dict) and isinstance(val, dict):
            merged[key] = deep_merge(merged[key], val)
        elif key in merged and isinstance(merged[key], list):
            merged[key] = merged[key] + list(val)
        else:
            merged[key] = val
    return merged
#: deep_merge({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}, "b": 4})
#: deep_merge({"tags": ["old"]}, {"tags": ("new", "hot")})
#: deep_merge({}, {"k": {}})
#: deep_merge({"l": []}, {"l": 5})


def tree_depth(tree):
    if not isinstance(tree, dict) or not tree:
        return 0
    return 1 + max(tree_depth(child) for child in tree.values())
#: tree_depth({"a": {"b": {}}, "c": 1})
#: tree_depth({})
#: tree_depth({"root": {"l": {"ll": {"lll": None}}, "r": {}}})


def list_files(tree, prefix=""):
    paths = []
    for name in sorted(tree):
        entry = tree[name]
        if isinstance(entry, dict):
            paths.extend(list_files(entry, prefix + name + "/"))
        else:
            paths.append(f"{prefix}{name}")
    return paths
#: list_files({"src": {"app.py": 120, "lib": {"x.py": 3}}, "README": 10})
#: list_files({"empty": {}})
#: list_files({"b": 1, "a": 2}, "/tmp/")


def disk_usage(node):
    total = 0
    for child in node.values():
        total += disk_usage(child) if isinstance(child, dict) else child
    return total
#: disk_usage({"a": 10, "sub": {"b": 5, "deep": {"c": 1}}})
#: disk_usage({})
#: disk_usage({"x": {"y": {}}})
#: disk_usage({"note": "text"})


def walk_leaves(node, trail=()):
    if isinstance(node, dict):
        for k, v in node.items():
            yield from walk_leaves(v, trail + (k,))
    elif isinstance(node, list):
        for i, v in enumerate(node):
            yield from walk_leaves(v, (*trail, i))
    else:
        yield trail, node


def leaf_paths(doc):
    return ["/".join(map(str, trail)) + f" = {leaf!r}" for trail, leaf in walk_leaves(doc)]
#: leaf_paths({"user": {"name": "Ann", "langs": ["en", "fr"]}})
#: leaf_paths({"a": [], "b": {}})
#: leaf_paths(42)
#: leaf_paths([{"x": None}, [True]])


def lookup_all(records, *keys):
    try:
        return [reduce(lambda d, k: d[k], keys, r) for r in records]
    except (KeyError, IndexError) as err:
        return f"missing {err.args[0]!r}"
#: lookup_all([{"geo": {"lat": 1.5}}, {"geo": {"lat": -2}}], "geo", "lat")
#: lookup_all([{"a": [10, 20]}], "a", 1)
#: lookup_all([{"a": [10]}, {"b": 1}], "a", 0)
#: lookup_all([], "x")
#: lookup_all([{"a": 5}], "a", "b")


def render_tree(tree, indent=0):
    out = []
    for name, sub in tree.items():
        out.append(" " * indent + "- " + name)
        if sub:
            out += render_tree(sub, indent + 2)
    return out
#: render_tree({"root": {"left": {}, "right": {"leaf": None}}})
#: render_tree({}, 4)
#: render_tree({"a": None, "b": {}})


def find_manager(staff, name):
    chain = []
    person = staff.get(name)
    while person and person.get("boss"):
        boss = person["boss"]
        if boss in chain:
            raise RuntimeError(f"cycle at {boss}")
        chain.append(boss)
        person = staff.get(boss)
    return chain
#: find_manager({"li": {"boss": "mo"}, "mo": {"boss": "ed"}, "ed": {"boss": None}}, "li")
#: find_manager({}, "nobody")
#: find_manager({"a": {"boss": "b"}, "b": {"boss": "a"}}, "a")
#: find_manager({"x": {"boss": "ghost"}}, "x")


def team_salaries(company):
    return {
        team: sum(p.get("salary", 0) for p in people)
        for team, people in company["teams"].items()
        if people
    }
#: team_salaries({"teams": {"dev": [{"salary": 10}, {"salary": 12}], "ops": []}})
#: team_salaries({"teams": {"hr": [{"name": "Jo"}]}})
#: team_salaries({"staff": {}})


def cart_total(cart, prices, vat=0.2):
    subtotal = 0
    for sku, line in cart.items():
        price = prices[sku]["price"] if sku in prices else line.get("price", 0)
        qty = line.get("qty", 1)
        off = line.get("discount", {}).get("percent", 0)
        subtotal += price * qty * (100 - off) / 100
    return {"net": round(subtotal, 2), "gross": round(subtotal * (1 + vat), 2)}
#: cart_total({"mug": {"qty": 2}}, {"mug": {"price": 7.5}})
#: cart_total({"pen": {"discount": {"percent": 50}, "price": 4}}, {}, vat=0)
#: cart_total({}, {})
#: cart_total({"hat": {"discount": None}}, {"hat": {"price": 9}})


def validate_config(cfg, schema):
    problems = []
    for key, kind in schema.items():
        if key not in cfg:
            problems.append(f"{key}: missing")
        elif isinstance(kind, dict):
            problems += [f"{key}.{p}" for p in validate_config(cfg[key], kind)]
        elif not isinstance(cfg[key], kind):
            problems.append(f"{key}: expected {kind.__name__}, got {type(cfg[key]).__name__}")
    return problems
#: validate_config({"port": "80", "log": {"level": 3}}, {"port": int, "log": {"level": str, "file": str}})
#: validate_config({"on": True}, {"on": int})
#: validate_config({}, {})
#: validate_config({"db": 5}, {"db": {"host": str}})


def map_leaves(fn, obj):
    if isinstance(obj, dict):
        return {k: map_leaves(fn, v) for k, v in obj.items()}
    if isinstance(obj, (list, tuple)):
        return type(obj)(map_leaves(fn, v) for v in obj)
    return fn(obj)
#: map_leaves(str, {"a": 1, "b": [2, (3, None)]})
#: map_leaves(lambda x: x * 2, {"w": {"x": "ab"}, "y": []})
#: map_leaves(int, ["1", "x"])
#: map_leaves(abs, -4)


def from_json_config(text, section):
    try:
        data = json.loads(text)
    except json.JSONDecodeError as e:
        return {"error": e.msg, "pos": e.pos}
    else:
        return data.get(section, {}) | {"_keys": len(data)}
#: from_json_config('{"web": {"port": 80}, "db": {}}', "web")
#: from_json_config('{"web": {"port": 80}', "web")
#: from_json_config("{}", "none")
#: from_json_config("[1, 2]", "web")


def parse_ini(text):
    sections = {"": {}}
    current = sections[""]
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        if line[0] == "[" and line[-1] == "]":
            current = sections.setdefault(line[1:-1].strip(), {})
        else:
            k, _, v = line.partition("=")
            current[k.rstrip()] = v.lstrip()
    return sections
#: parse_ini("a = 1\n[net]\nhost = h  # main\n\n[net]\nport=80")
#: parse_ini("")
#: parse_ini("flag\n[ x ]\n")


def nested_counter(rows, *fields):
    root = {}
    for row in rows:
        node = root
        for f in fields[:-1]:
            node = node.setdefault(row[f], {})
        leaf = row[fields[-1]]
        node[leaf] = node.get(leaf, 0) + 1
    return root
#: nested_counter([{"c": "de", "s": "ok"}, {"c": "de", "s": "ok"}, {"c": "fr", "s": "bad"}], "c", "s")
#: nested_counter([{"x": 1}, {"x": 2}, {"x": 1}], "x")
#: nested_counter([], "a", "b")
#: nested_counter([{"a": 1}], "a", "b")


def tree():
    return defaultdict(tree)


def build_url_tree(urls):
    root = tree()
    for url in urls:
        node = root
        for part in url.strip("/").split("/"):
            node = node[part]
    return json.dumps(root, sort_keys=True)
#: build_url_tree(["/blog/2023/may", "/blog/2024", "/about/"])
#: build_url_tree([])
#: build_url_tree(["/"])


def breadth_first(org, start):
    order, todo = [], deque([(start, 0)])
    while todo:
        name, level = todo.popleft()
        order.append(f"{level}:{name}")
        for child in org.get(name, ()):
            todo.append((child, level + 1))
    return order
#: breadth_first({"ceo": ["cto", "cfo"], "cto": ["dev"]}, "ceo")
#: breadth_first({}, "alone")
#: breadth_first({"a": "bc", "c": "d"}, "a")


def parent_index(tree, parent=None, index=None):
    if index is None:
        index = {}
    for name, children in tree.items():
        index[name] = parent
        parent_index(children, name, index)
    return index
#: parent_index({"animals": {"cats": {"lion": {}}, "dogs": {}}})
#: parent_index({})
#: parent_index({"a": {}, "b": {"a": {}}})
#: parent_index({"a": None})


def pivot(records, row_key, col_key, value_key):
    table = {}
    for r in records:
        table.setdefault(r[row_key], {})[r[col_key]] = r[value_key]
    columns = sorted({c for cells in table.values() for c in cells})
    return [columns] + [[name, *(cells.get(c, 0) for c in columns)] for name, cells in table.items()]
#: pivot([{"y": 2023, "q": 1, "n": 5}, {"y": 2023, "q": 2, "n": 7}, {"y": 2024, "q": 2, "n": 1}], "y", "q", "n")
#: pivot([], "a", "b", "c")
#: pivot([{"a": "x", "b": "y", "c": None}], "a", "b", "c")


def transpose_nested(d):
    out = {}
    for outer, inner in d.items():
        for key, value in inner.items():
            if key not in out:
                out[key] = {}
            out[key][outer] = value
    return out
#: transpose_nested({"ann": {"math": 1, "art": 2}, "bo": {"math": 3}})
#: transpose_nested({"x": {}})
#: transpose_nested({})
#: transpose_nested({"x": [1, 2]})


def prune(node, keep):
    if not isinstance(node, dict):
        return node if keep(node) else None
    kept = {}
    for k, v in node.items():
        sub = prune(v, keep)
        if sub is not None:
            kept[k] = sub
    return kept or None
#: prune({"a": 1, "b": {"c": -1, "d": {"e": 5}}}, lambda n: n > 0)
#: prune({"x": {"y": {"z": ""}}}, bool)
#: prune({"a": "1", "b": 2}, lambda v: isinstance(v, str))
#: prune({"a": "1"}, lambda n: n > 0)


def resolve_refs(config):
    resolved = {}
    for name, value in config.items():
        hops = 0
        while isinstance(value, str) and value.startswith("$"):
            value = config[value[1:]]
            hops += 1
            if hops > len(config):
                raise ValueError(f"circular reference from {name}")
        resolved[name] = value
    return resolved
#: resolve_refs({"home": "/u/li", "data": "$home", "cache": "$data"})
#: resolve_refs({"a": "$b", "b": "$a"})
#: resolve_refs({"a": "$nope"})
#: resolve_refs({"n": 5, "s": ""})


def inherit_section(cfg, name):
    section = cfg[name]
    parent = section.get("extends")
    if parent is None:
        return dict(section)
    merged = inherit_section(cfg, parent)
    merged.update((k, v) for k, v in section.items() if k != "extends")
    return merged
#: inherit_section({"base": {"cpu": 1, "mem": 2}, "big": {"extends": "base", "mem": 16}}, "big")
#: inherit_section({"a": {}}, "a")
#: inherit_section({"c": {"extends": "b"}, "b": {"extends": "a"}, "a": {"x": 0}}, "c")
#: inherit_section({"a": {"extends": "gone"}}, "a")


def describe_event(event):
    match event:
        case {"type": "click", "pos": [x, y]}:
            return f"click at {x},{y}"
        case {"type": "key", "key": str(k), **rest}:
            mods = "+".join(m for m in ("ctrl", "alt") if rest.get(m))
            return f"key {mods}+{k}" if mods else f"key {k}"
        case {"type": t}:
            return f"unknown event {t}"
        case {}:
            return "no type"
        case _:
            raise TypeError("event must be a dict")
#: describe_event({"type": "click", "pos": [3, 4]})
#: describe_event({"type": "key", "key": "s", "ctrl": True, "alt": False})
#: describe_event({"type": "key", "key": 13})
#: describe_event({})
#: describe_event(["click"])


def api_user_names(response):
    return [
        item["attributes"]["name"].title()
        for page in response.get("pages", [])
        for item in page.get("data", [])
        if item.get("type") == "user"
    ]
#: api_user_names({"pages": [{"data": [{"type": "user", "attributes": {"name": "ada lovelace"}}]}, {}]})
#: api_user_names({"pages": [{"data": [{"type": "post"}, {"attributes": {}}]}]})
#: api_user_names({})
#: api_user_names({"pages": [{"data": [{"type": "user"}]}]})


def clone_and_edit(template, name):
    doc = copy.deepcopy(template)
    doc["meta"]["name"] = name
    doc["meta"]["tags"].append(name[:1])
    shared = copy.copy(template)
    shared["meta"]["edited"] = True
    return doc, template
#: clone_and_edit({"meta": {"name": "tpl", "tags": []}}, "report")
#: clone_and_edit({"meta": {"tags": ["x"]}, "body": None}, "")
#: clone_and_edit({"body": "none"}, "oops")


def same_structure(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_structure(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same_structure, a, b))
    return True
#: same_structure({"a": 1, "b": {"c": [1, 2]}}, {"b": {"c": [8, 9]}, "a": 0})
#: same_structure({"a": 1}, {"a": "1"})
#: same_structure([], [[]])
#: same_structure([{}, None], [{}, None])


def find_key(node, wanted):
    if isinstance(node, dict):
        if wanted in node:
            return [node[wanted]]
        children = node.values()
    elif isinstance(node, list):
        children = node
    else:
        return []
    hits = []
    for child in children:
        hits += find_key(child, wanted)
    return hits
#: find_key({"a": {"id": 1}, "b": [{"id": 2}, {"c": {"id": 3}}]}, "id")
#: find_key({"id": {"id": 5}}, "id")
#: find_key("text", "id")
#: find_key([], "x")


def expired_members(members, today):
    cutoff = date.fromisoformat(today)
    gone = {}
    for mid, info in members.items():
        until = info.get("until")
        if until and date.fromisoformat(until) < cutoff:
            gone[mid] = (cutoff - date.fromisoformat(until)).days
    return gone
#: expired_members({7: {"until": "2024-02-27"}, 8: {"until": "2024-03-05"}, 9: {}}, "2024-03-01")
#: expired_members({}, "2024-01-01")
#: expired_members({1: {"until": None}}, "2020-12-31")
#: expired_members({1: {"until": "31.12.2020"}}, "2021-01-01")


def grid_neighbours(grid, pos):
    r, c = pos
    found = {}
    for name, (dr, dc) in {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}.items():
        cell = grid.get((r + dr, c + dc))
        if cell is not None:
            found[name] = cell
    return found
#: grid_neighbours({(0, 0): "a", (0, 1): "b", (1, 0): "c"}, (0, 0))
#: grid_neighbours({}, (5, 5))
#: grid_neighbours({(1, 1): "x", (1, 3): "y", (2, 2): 0}, (1, 2))
#: grid_neighbours({}, 3)


def play_room(rooms, start, moves):
    here = start
    log = []
    for m in moves.split():
        exits = rooms[here].get("exits", {})
        if m not in exits:
            log.append(f"{here}: no way {m}")
            continue
        here = exits[m]
        log.append(here)
        if rooms[here].get("end"):
            break
    else:
        log.append("still walking")
    return log
#: play_room({"hall": {"exits": {"n": "attic"}}, "attic": {"end": True}}, "hall", "s n n")
#: play_room({"cell": {}}, "cell", "n")
#: play_room({"a": {"exits": {"e": "a"}}}, "a", "")
#: play_room({"a": {"exits": {"e": "void"}}}, "a", "e")


def menu_price(menu, dish):
    for section, dishes in menu.items():
        for name, info in dishes.items():
            if name.casefold() == dish.casefold():
                price = info if isinstance(info, (int, float)) else info["price"]
                return f"{section}/{name}: {price:.2f}"
    return None
#: menu_price({"Soups": {"Leek": 4.5}, "Mains": {"Pie": {"price": 11}}}, "pie")
#: menu_price({"Soups": {"Leek": 4.5}}, "LEEK")
#: menu_price({}, "pie")
#: menu_price({"Tea": {"Mint": {"cost": 2}}}, "mint")


def level_sums(tree: dict, level: int = 0, sums: list | None = None) -> list:
    """Add up the numbers found on each level of a tree of dicts."""
    sums = [] if sums is None else sums
    if level == len(sums):
        sums.append(0)
    for v in tree.values():
        if isinstance(v, dict):
            level_sums(v, level + 1, sums)
        else:
            sums[level] += v
    return sums
#: level_sums({"a": 1, "b": {"c": 2, "d": {"e": 5}}, "f": 10})
#: level_sums({})
#: level_sums({"x": {"y": {}}})


def add_word(trie, word):
    for ch in word:
        trie = trie.setdefault(ch, {})
    trie["$"] = True


def complete(words, prefix):
    trie = {}
    for w in words:
        add_word(trie, w)
    node = trie
    for ch in prefix:
        if ch not in node:
            return []
        node = node[ch]
    stack, found = [(prefix, node)], []
    while stack:
        text, node = stack.pop()
        for key, sub in node.items():
            if key == "$":
                found.append(text)
            else:
                stack.append((text + key, sub))
    return sorted(found)
#: complete(["to", "tea", "ten", "in"], "te")
#: complete(["a"], "b")
#: complete(["go", "gone"], "go")
#: complete([], "")


def update_stock(shop, branch, changes):
    stock = shop["branches"][branch]["stock"]
    backup = stock.copy()
    try:
        for item, delta in changes:
            stock[item] += delta
            if stock[item] < 0:
                raise ValueError(item)
    except (KeyError, ValueError) as e:
        shop["branches"][branch]["stock"] = backup
        return f"rolled back: {e}", shop
    return "ok", shop
#: update_stock({"branches": {"x": {"stock": {"nut": 3}}}}, "x", [("nut", -1)])
#: update_stock({"branches": {"x": {"stock": {"nut": 3}}}}, "x", [("nut", 5), ("nut", -9)])
#: update_stock({"branches": {"x": {"stock": {}}}}, "x", [("bolt", 1)])
#: update_stock({"branches": {}}, "y", [])


def diff_nested(a, b, path="$"):
    changes = []
    for key in sorted(set(a) | set(b)):
        here = f"{path}.{key}"
        left, right = a.get(key), b.get(key)
        if isinstance(left, dict) and isinstance(right, dict):
            changes.extend(diff_nested(left, right, here))
        elif left != right:
            changes.append((here, left, right))
    return changes
#: diff_nested({"x": 1, "y": {"z": 2}}, {"x": 1, "y": {"z": 3, "w": 0}})
#: diff_nested({}, {})
#: diff_nested({"a": {"b": 1}}, {"a": [1]})
#: diff_nested({"a": 1, 2: "b"}, {})


def best_in_category(products):
    best = {}
    for p in products:
        cat, score = p["cat"], p["stats"]["rating"]
        if cat not in best or score > best[cat]["stats"]["rating"]:
            best[cat] = p
    return {cat: p["name"] for cat, p in best.items()}
#: best_in_category([{"name": 1, "cat": "a", "stats": {"rating": 3}}, {"name": 2, "cat": "a", "stats": {"rating": 4}}])
#: best_in_category([])
#: best_in_category([{"name": "C", "cat": None, "stats": {"rating": -1.5}}])


def to_xml(tag, content):
    if isinstance(content, dict):
        inner = "".join(to_xml(t, c) for t, c in content.items())
    elif isinstance(content, list):
        return "".join(to_xml(tag, c) for c in content)
    else:
        inner = "" if content is None else str(content)
    return f"<{tag}>{inner}</{tag}>" if inner else f"<{tag}/>"
#: to_xml("note", {"to": "Ann", "lines": {"line": ["a", "b"]}})
#: to_xml("br", None)
#: to_xml("li", [1, 2, ""])
#: to_xml("n", 0)


def matching_records(records, **where):
    hits = []
    for rec in records:
        for field, want in where.items():
            value = rec
            for step in field.split("__"):
                value = (value or {}).get(step)
            ok = want(value) if callable(want) else value == want
            if not ok:
                break
        else:
            hits.append(rec["id"])
    return hits
#: matching_records([{"id": 1, "addr": {"city": "Rome"}}, {"id": 2, "addr": None}], addr__city="Rome")
#: matching_records([{"id": 1, "age": 3}, {"id": 2, "age": 8}], age=lambda a: a > 5)
#: matching_records([{"id": 9}])
#: matching_records([{"name": "x"}], name="x")


def schedule_by_room(talks):
    rooms = {}
    for title, (room, start, minutes) in talks.items():
        slots = rooms.setdefault(room, {})
        clash = [t for t, (s, e) in slots.items() if s < start + minutes and start < e]
        if clash:
            raise ValueError(f"{title} clashes with {clash[0]} in {room}")
        slots[title] = (start, start + minutes)
    return rooms
#: schedule_by_room({"intro": ("A", 0, 30), "deep": ("A", 30, 45), "lab": ("B", 0, 60)})
#: schedule_by_room({})
#: schedule_by_room({"x": ("A", 10, 20), "y": ("A", 25, 5)})


def delegate(handlers, command):
    words = command.lower().split()
    node = handlers
    while words and isinstance(node, dict):
        node = node.get(words.pop(0), node.get("*"))
    if callable(node):
        return node(*words)
    return sorted(node) if isinstance(node, dict) else "?"
#: delegate({"user": {"add": lambda n: f"added {n}", "list": lambda: []}}, "USER add bob")
#: delegate({"user": {"add": print, "list": list}}, "user")
#: delegate({"*": lambda *a: len(a)}, "foo bar baz")
#: delegate({}, "quit now")
#: delegate({"rm": lambda a: a}, "rm")


def graph_degrees(edges):
    adj = {}
    for a, b in edges:
        adj.setdefault(a, set()).add(b)
        adj.setdefault(b, set()).add(a)
    hub = max(adj, key=lambda v: len(adj[v]), default=None)
    return {v: len(n) for v, n in adj.items()}, hub
#: graph_degrees([(1, 2), (1, 3), (2, 1), (4, 1)])
#: graph_degrees([])
#: graph_degrees([("x", "x")])
#: graph_degrees([(1, 2, 3)])


def env_to_config(env, prefix="APP__"):
    cfg = {}
    for var, text in env.items():
        if not var.startswith(prefix):
            continue
        keys = var[len(prefix):].lower().split("__")
        value = int(text) if text.lstrip("-").isdigit() else {"true": True, "false": False}.get(text, text)
        node = cfg
        for k in keys[:-1]:
            node = node.setdefault(k, {})
        node[keys[-1]] = value
    return cfg
#: env_to_config({"APP__DB__PORT": "5432", "APP__DB__SSL": "true", "HOME": "/"})
#: env_to_config({"X_A": "-3", "X_B__C": "v1.0"}, prefix="X_")
#: env_to_config({})


def comment_thread(comments):
    children = {}
    for c in comments:
        children.setdefault(c.get("reply_to"), []).append(c)

    def show(parent, depth):
        for c in children.get(parent, []):
            lines.append(">" * depth + c["text"])
            show(c["id"], depth + 1)

    lines = []
    show(None, 0)
    return lines
#: comment_thread([{"id": 1, "text": "hi"}, {"id": 2, "text": "yo", "reply_to": 1}, {"id": 3, "text": "bye"}])
#: comment_thread([{"id": 5, "text": "lost", "reply_to": 99}])
#: comment_thread([])


def recipe_cost(recipes, name, prices):
    cost = 0
    for part, amount in recipes[name].items():
        unit = recipe_cost(recipes, part, prices) if part in recipes else prices.get(part)
        if unit is None:
            raise LookupError(f"no price for {part}")
        cost += unit * amount
    return cost
#: recipe_cost({"cake": {"dough": 2, "egg": 3}, "dough": {"flour": 4}}, "cake", {"egg": 5, "flour": 1})
#: recipe_cost({"air": {}}, "air", {})
#: recipe_cost({"tea": {"leaf": 0.5}}, "tea", {})


def toggle_feature(cfg, feature, users):
    flags = cfg.setdefault("features", {}).setdefault(feature, {"on": [], "off": []})
    for u in users:
        src, dst = ("on", "off") if u in flags["on"] else ("off", "on")
        if u in flags[src]:
            flags[src].remove(u)
        flags[dst].append(u)
    return cfg["features"]
#: toggle_feature({}, "beta", ["ann", "bo", "ann"])
#: toggle_feature({"features": {"beta": {"on": ["cy"], "off": []}}}, "beta", ["cy"])
#: toggle_feature({"features": {}}, "dark", [])


def sort_nested(obj):
    if isinstance(obj, dict):
        return {k: sort_nested(obj[k]) for k in sorted(obj, key=str)}
    if isinstance(obj, (set, frozenset)):
        return sorted(obj)
    return obj
#: sort_nested({"b": {"z": 1, "a": 2}, "a": {3, 1, 2}})
#: sort_nested({10: "x", 9: "y", "1": "z"})
#: sort_nested([3, 1])
#: sort_nested({"mix": {1, "a"}})
