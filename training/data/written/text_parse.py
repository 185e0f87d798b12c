"""Functions that parse text: splitting, key=value, csv-like lines, query strings, tokenising."""
import ast
import datetime
import io
import itertools
import json
import re
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from urllib.parse import parse_qsl, unquote_plus


def parse_pairs(line, sep=";"):
    result = {}
    for chunk in line.split(sep):
        if "=" not in chunk:
            continue
        key, value = chunk.split("=", 1)
        result[key.strip()] = value.strip()
    return result
#: parse_pairs("host=db1; port = 5432;debug")
#: parse_pairs("")
#: parse_pairs("a=b=c,d=", sep=",")


def split_csv_line(line, delimiter=",", quote='"'):
    fields, cur, inside = [], "", False
    for ch in line:
        if ch == quote:
            inside = not inside
        elif ch == delimiter and not inside:
            fields.append(cur)
            cur = ""
        else:
            cur += ch
    return fields + [cur]
#: split_csv_line('1,"a, b",x')
#: split_csv_line("")
#: split_csv_line("p;;q", delimiter=";")
#: split_csv_line('"open,2')


def query_to_dict(qs):
    out = defaultdict(list)
    for part in qs.lstrip("?").split("&"):
        if part:
            name, _, value = part.partition("=")
            out[unquote_plus(name)].append(unquote_plus(value))
    return {k: v[0] if len(v) == 1 else v for k, v in out.items()}
#: query_to_dict("?q=red+shoes&size=9&size=10")
#: query_to_dict("")
#: query_to_dict("flag&x=%C3%A9")


def page_params(qs):
    params = dict(parse_qsl(qs, keep_blank_values=True))
    page = int(params.get("page") or 1)
    size = min(int(params.pop("size", 20)), 100)
    if page < 1:
        raise ValueError("page must be >= 1")
    return slice((page - 1) * size, page * size)
#: page_params("page=3&size=10")
#: page_params("page=&size=500")
#: page_params("page=0")
#: page_params("size=ten")


def tokenize_expr(src):
    tokens = []
    i = 0
    while i < len(src):
        ch = src[i]
        if ch.isspace():
            i += 1
        elif ch.isdigit():
            j = i
            while j < len(src) and (src[j].isdigit() or src[j] == "."):
                j += 1
            tokens.append(("num", src[i:j]))
            i = j
        elif ch in "+-*/()":
            tokens.append(("op", ch))
            i += 1
        else:
            raise SyntaxError(f"bad character {ch!r} at {i}")
    return tokens
#: tokenize_expr("3 + 4.5*(2)")
#: tokenize_expr("")
#: tokenize_expr("12")
#: tokenize_expr("2 ^ 3")


def parse_duration(text):
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    total = 0
    number = ""
    for ch in text.strip().lower():
        if ch.isdigit():
            number += ch
        elif ch in units and number:
            total += int(number) * units[ch]
            number = ""
        else:
            return None
    return total if not number else None
#: parse_duration("1h30m")
#: parse_duration(" 2D ")
#: parse_duration("45")
#: parse_duration("h5")
#: parse_duration("")


def parse_version(tag):
    core, *rest = tag.removeprefix("v").split("-", maxsplit=1)
    numbers = tuple(map(int, core.split(".")))
    numbers += (0,) * (3 - len(numbers))
    return numbers, rest[0] if rest else ""
#: parse_version("v1.4")
#: parse_version("2.0.1-beta-3")
#: parse_version("7")
#: parse_version("latest")


def read_ini(text):
    config = {"": {}}
    section = ""
    for raw in text.splitlines():
        line = raw.split("#")[0].strip()
        if not line:
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line[1:-1]
            config.setdefault(section, {})
        else:
            key, eq, value = line.partition("=")
            config[section][key.rstrip()] = value.lstrip() if eq else True
    return config
#: read_ini("debug\n[db]\nhost = x # main\nport=1")
#: read_ini("")
#: read_ini("[a]\n[b]\nk=v\n[a]\nz = ")


def coerce(token):
    low = token.lower()
    if low in ("true", "yes", "on"):
        return True
    if low in ("false", "no", "off"):
        return False
    for kind in (int, float):
        with suppress(ValueError):
            return kind(token)
    return token or None
#: coerce("YES")
#: coerce("42")
#: coerce("-1.5e3")
#: coerce("")
#: coerce("n/a")


def csv_records(text, sep=","):
    header, *lines = text.strip().split("\n")
    names = [h.strip().lower().replace(" ", "_") for h in header.split(sep)]
    return [dict(zip(names, map(str.strip, line.split(sep)))) for line in lines]
#: csv_records("Name,Unit Price\npen, 1.20\nink,3")
#: csv_records("a|b\n1|2|3\n4", sep="|")
#: csv_records("only,header")
#: csv_records("")


def column_totals(text):
    totals = []
    for line in text.splitlines():
        cells = [float(c or 0) for c in line.split("\t")]
        totals = [a + b for a, b in itertools.zip_longest(totals, cells, fillvalue=0.0)]
    return totals
#: column_totals("1\t2\n3\t\n0.5\t1\t9")
#: column_totals("")
#: column_totals("5")
#: column_totals("1\tx")


def parse_range_list(spec):
    pages = set()
    for part in filter(None, spec.replace(" ", "").split(",")):
        lo, dash, hi = part.partition("-")
        if dash:
            pages.update(range(int(lo), int(hi) + 1))
        else:
            pages.add(int(lo))
    return sorted(pages)
#: parse_range_list("1-3, 7, 2")
#: parse_range_list("")
#: parse_range_list("5-4")
#: parse_range_list("9-")


def http_request_line(line):
    try:
        method, target, version = line.split()
    except ValueError:
        return 400, None
    if version not in {"HTTP/1.0", "HTTP/1.1"}:
        return 505, None
    path, _, query = target.partition("?")
    return 200, (method.upper(), path, query)
#: http_request_line("get /items?id=3 HTTP/1.1")
#: http_request_line("GET /")
#: http_request_line("POST /x HTTP/9")
#: http_request_line("")


def parse_headers(block):
    headers = {}
    last = None
    for line in block.split("\r\n"):
        if not line:
            break
        if line[0] in " \t" and last:
            headers[last] += " " + line.strip()
            continue
        name, value = line.split(":", 1)
        last = name.title()
        headers[last] = value.strip()
    return headers
#: parse_headers("host: a.com\r\nX-TAG: one\r\n two\r\n\r\nbody")
#: parse_headers("")
#: parse_headers("accept:*/*\r\naccept: text/html")
#: parse_headers("broken line")


def parse_cookies(header):
    pairs = (c.strip().partition("=")[::2] for c in header.split(";"))
    return {k: v.strip('"') for k, v in pairs if k and not k.startswith("$")}
#: parse_cookies('sid=abc; theme="dark"; $Path=/')
#: parse_cookies("")
#: parse_cookies("a=1;a=2; b")


def log_fields(line):
    m = re.match(r"(?P<ts>\S+) \[(?P<level>[A-Z]+)\] (?P<msg>.*)$", line)
    if m is None:
        return {"msg": line, "level": None}
    fields = m.groupdict()
    fields["len"] = len(fields["msg"])
    return fields
#: log_fields("10:02 [WARN] disk at 91%")
#: log_fields("no structure")
#: log_fields("x [INFO] ")


def command_args(line):
    name, *rest = line.split()
    positional, options = [], {}
    words = iter(rest)
    for w in words:
        if w.startswith("--"):
            key, eq, value = w[2:].partition("=")
            options[key] = value if eq else next(words, True)
        elif w.startswith("-"):
            options.update(dict.fromkeys(w[1:], True))
        else:
            positional.append(w)
    return name, positional, options
#: command_args("cp -rv src dst")
#: command_args("run --level=3 --name bob file")
#: command_args("ls --all")
#: command_args("")


def shell_split(text):
    words = re.findall(r"'([^']*)'|\"([^\"]*)\"|(\S+)", text)
    return [a or b or c for a, b, c in words]
#: shell_split("say 'hello there' \"you all\" now")
#: shell_split("")
#: shell_split("''")
#: shell_split("it's fine")


def parse_chess_moves(text):
    moves = {}
    number = None
    for word in text.split():
        if word.endswith(".") and word[:-1].isdigit():
            number = int(word[:-1])
            moves[number] = []
        elif number is not None and len(moves[number]) < 2:
            moves[number].append(word)
    return moves
#: parse_chess_moves("1. e4 e5 2. Nf3 Nc6 3. Bb5")
#: parse_chess_moves("e4 e5")
#: parse_chess_moves("1. d4 d5 1-0")


def parse_point(text):
    inner = text.strip().strip("()[]")
    x, y = (float(v) for v in re.split(r"[,;\s]+", inner))
    return x, y
#: parse_point("(3, 4.5)")
#: parse_point("[-1;2]")
#: parse_point("10 20")
#: parse_point("(1, 2, 3)")


def parse_matrix(text):
    rows = [[int(c) for c in row.split()] for row in text.split("/")]
    if len({len(r) for r in rows}) != 1:
        raise ValueError("ragged rows: %s" % [len(r) for r in rows])
    return rows
#: parse_matrix("1 2/3 4")
#: parse_matrix("7")
#: parse_matrix("1 2/3")
#: parse_matrix("")


def fen_rank(rank):
    squares = []
    for ch in rank:
        if ch in "12345678":
            squares.extend("." * int(ch))
        else:
            squares.append(ch)
    return "".join(squares) if len(squares) == 8 else None
#: fen_rank("r3k2r")
#: fen_rank("8")
#: fen_rank("pp5")
#: fen_rank("PPPP1PPP")


def hex_colour(code):
    code = code.lstrip("#")
    if len(code) == 3:
        code = "".join(c * 2 for c in code)
    r, g, b = (int(code[i:i + 2], 16) for i in (0, 2, 4))
    return r, g, b
#: hex_colour("#ff8000")
#: hex_colour("0af")
#: hex_colour("#12")
#: hex_colour("zzzzzz")


def parse_time(text):
    hours, colon, rest = text.strip().partition(":")
    minutes, suffix = rest[:2], rest[2:].strip().lower()
    if not colon or not minutes.isdigit():
        raise ValueError(f"not a time: {text}")
    h = int(hours) % 12 if suffix else int(hours)
    return (h + 12 * (suffix == "pm")) * 60 + int(minutes)
#: parse_time("9:05")
#: parse_time("12:30am")
#: parse_time(" 7:15 PM ")
#: parse_time("noon")


def parse_dates(text):
    found, bad = [], []
    for piece in text.split(","):
        piece = piece.strip()
        for fmt in ("%Y-%m-%d", "%d.%m.%Y"):
            try:
                found.append(datetime.datetime.strptime(piece, fmt).date().isoformat())
                break
            except ValueError:
                continue
        else:
            bad.append(piece)
    return found, bad
#: parse_dates("2024-03-01, 7.4.2023")
#: parse_dates("2023-02-30")
#: parse_dates("")


@dataclass
class Token:
    kind: str
    text: str
    col: int = 0


def lex_assignment(line):
    rules = [("NAME", r"[A-Za-z_]\w*"), ("NUM", r"\d+"), ("EQ", r"="), ("WS", r"\s+")]
    pos, tokens = 0, []
    while pos < len(line):
        for kind, pattern in rules:
            m = re.compile(pattern).match(line, pos)
            if m:
                if kind != "WS":
                    tokens.append(Token(kind, m[0], pos))
                pos = m.end()
                break
        else:
            tokens.append(Token("ERR", line[pos:], pos))
            break
    return [(t.kind, t.text) for t in tokens]
#: lex_assignment("x1 = 40")
#: lex_assignment("")
#: lex_assignment("y = @z")


def nested_list(text):
    stack = [[]]
    for tok in text.replace("(", " ( ").replace(")", " ) ").split():
        if tok == "(":
            stack.append([])
        elif tok == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(int(tok) if tok.lstrip("-").isdigit() else tok)
    return stack[0]
#: nested_list("(add 1 (mul 2 -3))")
#: nested_list("a b")
#: nested_list("")
#: nested_list("x)")


def robot_orders(program):
    x = y = 0
    pen = []
    for order in program.split(","):
        match order.split():
            case ["go", dx, dy]:
                x, y = x + int(dx), y + int(dy)
            case ["home"]:
                x = y = 0
            case ["mark", *labels]:
                pen.append((x, y, "/".join(labels)))
            case []:
                continue
            case [verb, *_]:
                raise ValueError(f"unknown order {verb}")
    return pen or (x, y)
#: robot_orders("go 2 3, mark rock big, home, mark")
#: robot_orders("go 1 1,,go 0 -4")
#: robot_orders("")
#: robot_orders("go 1 1, jump 3")


def parse_recipe_line(line):
    amount, unit, *name = line.split()
    if "/" in amount:
        top, bottom = amount.split("/")
        qty = int(top) / int(bottom)
    else:
        qty = float(amount.replace(",", "."))
    if not name:
        name, unit = [unit], "pc"
    return qty, unit, " ".join(name)
#: parse_recipe_line("1/2 cup brown sugar")
#: parse_recipe_line("3 eggs")
#: parse_recipe_line("1,5 l milk")
#: parse_recipe_line("1/0 kg salt")
#: parse_recipe_line("some salt pinch")


def scan_fractions(text):
    total = Fraction(0)
    for word in text.split():
        try:
            total += Fraction(word)
        except (ValueError, ZeroDivisionError) as exc:
            print("skip", word, type(exc).__name__)
    return str(total)
#: scan_fractions("1/2 add 1/3")
#: scan_fractions("0.25 x 3")
#: scan_fractions("1/0")


def markdown_heading(line):
    stripped = line.lstrip("#")
    level = len(line) - len(stripped)
    if not 1 <= level <= 6 or stripped[:1] != " ":
        return None
    title = stripped.strip().rstrip("#").rstrip()
    slug = "-".join(title.lower().split())
    return level, title, slug
#: markdown_heading("## Getting Started ##")
#: markdown_heading("plain")
#: markdown_heading("#nospace")
#: markdown_heading("# Ünïcode title")


def todo_items(text):
    items = []
    for line in io.StringIO(text):
        body = line.strip()
        if body[:3] in ("[ ]", "[x]"):
            depth = (len(line) - len(line.lstrip())) // 2
            items.append((depth, body[1] == "x", body[3:].strip()))
    return items
#: todo_items("[x] buy milk\n  [ ] oat\nnote")
#: todo_items("")
#: todo_items("[ ]\n[?] maybe")


def outline_parents(text):
    parents, path = {}, []
    for line in text.splitlines():
        depth = line.count("\t")
        name = line.strip()
        del path[depth:]
        parents[name] = path[-1] if path else None
        path.append(name)
    return parents
#: outline_parents("root\n\tusr\n\t\tlib\n\tetc")
#: outline_parents("a\nb")
#: outline_parents("")


def parse_literal(text, default=None):
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return default
    else:
        return list(value) if isinstance(value, tuple) else value
#: parse_literal("(1, 'two')")
#: parse_literal("{'a': [None]}")
#: parse_literal("open('x')", default="unsafe")
#: parse_literal("3 +")


def json_lines(blob):
    good = []
    errors = 0
    for n, line in enumerate(blob.splitlines(), 1):
        if not line or line.isspace():
            continue
        try:
            obj = json.loads(line)
        except json.JSONDecodeError as e:
            errors += 1
            good.append({"line": n, "error": e.msg})
        else:
            good.append(obj)
    return good, errors
#: json_lines('{"a": 1}\n\n[true, null]')
#: json_lines('oops\n"ok"')
#: json_lines("")


def split_address(addr, default_port=80):
    if addr.startswith("["):
        host, _, tail = addr[1:].partition("]")
        port = tail.removeprefix(":")
    else:
        host, _, port = addr.rpartition(":")
        if not host:
            host, port = port, ""
    return host, int(port or default_port)
#: split_address("example.com:8080")
#: split_address("localhost")
#: split_address("[::1]:443")
#: split_address("[fe80::2]", 22)
#: split_address("host:http")


def url_parts(url):
    scheme, mark, rest = url.partition("://")
    if not mark:
        scheme, rest = "http", url
    rest, _, fragment = rest.partition("#")
    host, slash, path = rest.partition("/")
    user = None
    if "@" in host:
        user, host = host.rsplit("@", 1)
    return {"scheme": scheme, "user": user, "host": host, "path": slash + path, "fragment": fragment}
#: url_parts("https://bob@site.org/docs/a#top")
#: url_parts("site.org")
#: url_parts("ftp://")


def mime_type(value):
    full, *params = [p.strip() for p in value.split(";")]
    kind, slash, subtype = full.lower().partition("/")
    if not slash:
        subtype = "*"
    options = dict(p.split("=", 1) for p in params if p)
    return kind, subtype, options
#: mime_type("Text/HTML; charset=utf-8")
#: mime_type("image")
#: mime_type("a/b;;x=1;y=2")
#: mime_type("text/plain; broken")


def accept_languages(header):
    """Languages of an Accept-Language header, best first."""
    def quality(item):
        _, _, q = item.partition(";q=")
        return float(q) if q else 1.0
    items = [h.strip() for h in header.split(",") if h.strip()]
    items.sort(key=quality, reverse=True)
    return [item.split(";")[0] for item in items if quality(item) > 0]
#: accept_languages("fr;q=0.5, en, de;q=0.8")
#: accept_languages("")
#: accept_languages("xx;q=0")
#: accept_languages("en;q=high")


def dotenv(text):
    env = {}
    for line in text.split("\n"):
        line = line.strip().removeprefix("export ")
        if line.startswith("#") or not line:
            continue
        key, value = line.split("=", maxsplit=1)
        if value[:1] == value[-1:] and value[:1] in ("'", '"'):
            value = value[1:-1]
        env[key] = re.sub(r"\$(\w+)", lambda m: env.get(m[1], ""), value)
    return env
#: dotenv("HOME=/root\nexport BIN=$HOME/bin\n# note")
#: dotenv("A='x y'\nB=")
#: dotenv("")
#: dotenv("JUST_NAME")


def set_path(tree, dotted, value):
    *parents, leaf = dotted.split(".")
    node = tree
    for p in parents:
        node = node.setdefault(p, {})
    node[leaf] = value


def unflatten(text):
    tree = {}
    store = partial(set_path, tree)
    for line in text.split():
        store(*line.split("="))
    return tree
#: unflatten("db.host=x db.port=1 debug=on")
#: unflatten("")
#: unflatten("a=1 a.b=2")
#: unflatten("a.b.c=deep a.d=top")


def fixed_width(line, *widths):
    fields = []
    start = 0
    for w in widths:
        fields.append(line[start:start + w].strip())
        start += w
    if line[start:].strip():
        fields.append(line[start:].rstrip("\n"))
    return fields
#: fixed_width("ann  0042 9.5", 5, 5, 4)
#: fixed_width("ab", 1)
#: fixed_width("", 3, 3)


def morse_words(message):
    table = {".-": "a", "-...": "b", ".": "e", "....": "h", "..": "i", "...": "s", "-": "t"}
    words = []
    for word in message.split(" / "):
        words.append("".join(table.get(code, "?") for code in word.split()))
    return " ".join(words)
#: morse_words("... .... . / .. ...")
#: morse_words("- --- .-")
#: morse_words("")


def read_netstrings(data):
    out = []
    while data:
        size, colon, rest = data.partition(b":")
        n = int(size)
        if rest[n:n + 1] != b",":
            raise ValueError("missing comma")
        out.append(rest[:n].decode())
        data = rest[n + 1:]
    return out
#: read_netstrings(b"5:hello,2:hi,")
#: read_netstrings(b"")
#: read_netstrings(b"0:,")
#: read_netstrings(b"3:abcd,")


def gps_sentence(sentence):
    body, star, checksum = sentence.lstrip("$").partition("*")
    computed = 0
    for byte in body.encode("ascii"):
        computed ^= byte
    ok = bool(star) and f"{computed:02X}" == checksum
    return body.split(","), ok
#: gps_sentence("$GP,1*26")
#: gps_sentence("$AB*03")
#: gps_sentence("A,,B")
#: gps_sentence("$é*00")


def placeholders(template):
    names, begin = [], None
    for i, c in enumerate(template):
        if c == "{":
            begin = i + 1
        elif c == "}":
            if begin is None:
                raise ValueError(f"stray brace at {i}")
            name, colon, spec = template[begin:i].partition(":")
            if name not in [n for n, _ in names]:
                names.append((name, spec if colon else None))
            begin = None
    return names
#: placeholders("{user} paid {sum:.2f} to {user}")
#: placeholders("none")
#: placeholders("{}{x:}{")
#: placeholders("a}b")


def diff_hunk(header):
    m = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@.*", header)
    if not m:
        raise ValueError("bad hunk header")
    a, b, c, d = (int(g) if g is not None else 1 for g in m.groups())
    return range(a, a + b), range(c, c + d)
#: diff_hunk("@@ -10,3 +12,5 @@ def main")
#: diff_hunk("@@ -1 +1,2 @@")
#: diff_hunk("--- a/file")


def playlist(text):
    queue = deque(text.splitlines())
    songs = []
    title = "?"
    while queue:
        line = queue.popleft()
        if line.startswith("#EXTINF:"):
            length, title = line[8:].split(",", 1)
        elif line and not line.startswith("#"):
            songs.append((title, line))
            title = "?"
    return songs
#: playlist("#EXTM3U\n#EXTINF:123,Blue Song\nblue.mp3\nraw.mp3")
#: playlist("")
#: playlist("#EXTINF:5\nx.mp3")


def grammar_rules(text):
    grammar = {}
    for rule in text.strip(";").split(";"):
        left, _, right = (s.strip() for s in rule.partition("->"))
        for alternative in right.split("|"):
            grammar.setdefault(left, []).append(tuple(alternative.split()))
    return grammar
#: grammar_rules("S -> NP VP; NP -> cat | dog; VP -> runs | runs fast")
#: grammar_rules("E -> ")
#: grammar_rules("")


def csv_quote_row(values, sep=","):
    cells = []
    for v in values:
        cell = "" if v is None else str(v)
        if sep in cell or '"' in cell or "\n" in cell:
            cell = '"' + cell.replace('"', '""') + '"'
        cells.append(cell)
    return sep.join(cells)
#: csv_quote_row(["a,b", 'say "hi"', 3, None])
#: csv_quote_row([])
#: csv_quote_row([1.5, True], sep="\t")


def seat_codes(text):
    seats = []
    for code in text.upper().split(","):
        row = int("".join(itertools.takewhile(str.isdigit, code)))
        letters = code[len(str(row)):]
        seats += [(row, letter) for letter in letters]
    return seats
#: seat_codes("12a,14BC")
#: seat_codes("3")
#: seat_codes("c4")


def keyword_pairs(*specs, **defaults):
    options = dict(defaults)
    for spec in specs:
        for k, _, v in (item.rpartition(":") for item in spec.split()):
            if not k:
                options[v] = True
            elif v in ("-", "none"):
                options.pop(k, None)
            else:
                options[k] = v
    return options
#: keyword_pairs("size:10 bold", "color:red", size="12")
#: keyword_pairs("size:-", size=3)
#: keyword_pairs()
