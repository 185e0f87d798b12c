"""Small classes: dataclasses, properties, dunder methods, inheritance, enums and context managers."""
import functools
from collections import UserDict, defaultdict, namedtuple
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, dataclass, field, replace
from enum import Enum, Flag, IntEnum, auto
from typing import NamedTuple


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance

    def __repr__(self):
        return f"Account({self.owner!r}, {self.balance})"

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError("not enough money")
        self.balance -= amount
        return self


def move_money(a, b, amount):
    source, target = Account("src", a), Account("dst", b)
    source.withdraw(amount)
    target.balance += amount
    return source, target
#: move_money(100, 20, 30)
#: move_money(5, 0, 10)
#: move_money(0, 0, 0)


def pay_in_parts(balance, parts):
    acc = Account("ann", balance)
    paid = []
    for p in parts:
        try:
            acc.withdraw(p)
        except ValueError as e:
            paid.append(str(e))
        else:
            paid.append(acc.balance)
    return paid
#: pay_in_parts(50, [20, 40, 30])
#: pay_in_parts(0, [1])
#: pay_in_parts(9, [])


@dataclass
class Item:
    name: str
    price: float
    qty: int = 1

    @property
    def total(self):
        return self.price * self.qty


def cart_total(*lines):
    items = [Item(*line) for line in lines]
    return sum(i.total for i in items), max(items, key=lambda i: i.total).name
#: cart_total(("pen", 2.5, 4), ("book", 12))
#: cart_total(("cup", 3, 0))
#: cart_total()
#: cart_total(("tea", 4), ("jam", 4), ("ham",))


def bump_prices(prices, percent):
    items = [Item(name, price) for name, price in sorted(prices.items())]
    for item in items:
        item.price = round(item.price * (1 + percent / 100), 2)
    return items
#: bump_prices({"tea": 4, "jam": 3.5}, 10)
#: bump_prices({"ink": 8}, -50)
#: bump_prices({}, 5)


class Temperature:
    def __init__(self, celsius):
        self.celsius = celsius

    def __repr__(self):
        return f"{self._c:g}°C"

    @property
    def celsius(self):
        return self._c

    @celsius.setter
    def celsius(self, value):
        if value < -273.15:
            raise ValueError("below absolute zero")
        self._c = value

    @property
    def fahrenheit(self):
        return self._c * 9 / 5 + 32


def warm_up(start, steps):
    t = Temperature(start)
    for s in steps:
        t.celsius += s
    return t, t.fahrenheit
#: warm_up(20, [1.5, -0.5])
#: warm_up(-40, [])
#: warm_up(-200, [-100])


def set_readonly(value):
    t = Temperature(0)
    try:
        t.fahrenheit = value
    except AttributeError:
        t.celsius = (value - 32) * 5 / 9
    return repr(t)
#: set_readonly(212)
#: set_readonly(32)
#: set_readonly(-500)


class Vec:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"<{self.x}, {self.y}>"

    def __eq__(self, other):
        return isinstance(other, Vec) and (self.x, self.y) == (other.x, other.y)

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return -1 * self

    def __bool__(self):
        return bool(self.x or self.y)


def drift(start, wind, hours):
    pos = Vec(*start)
    for _ in range(hours):
        pos += Vec(*wind)
    return pos
#: drift((0, 0), (2, -1), 3)
#: drift((5, 5), (0, 0), 2)
#: drift((1,), (1, 1), 1)
#: drift((1, 2), (3, 4), 0)


def undo_step(x, y):
    v = Vec(x, y)
    back = v + -v
    return back, bool(back), back == Vec(0, 0), v == (x, y)
#: undo_step(3, -4)
#: undo_step(0, 0)
#: undo_step(0.5, 2)


class Animal:
    sound = "..."

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"

    def speak(self):
        return f"{self.name}: {self.sound}"


class Dog(Animal):
    sound = "woof"


class Puppy(Dog):
    def speak(self):
        return super().speak().upper() + "!"


def farm_noises(*animals):
    kinds = {"dog": Dog, "puppy": Puppy}
    return [kinds.get(kind, Animal)(name).speak() for name, kind in animals]
#: farm_noises(("Rex", "dog"), ("Bit", "puppy"), ("Oz", "snail"))
#: farm_noises()
#: farm_noises(("Rex", "dog", 4))


def class_attribute_shadow(name, new_sound):
    a, b = Dog(name), Dog("other")
    a.sound = new_sound
    before = (a.sound, b.sound)
    del a.sound
    return before, a.sound, isinstance(a, Animal), issubclass(Dog, Puppy)
#: class_attribute_shadow("Rex", "grr")
#: class_attribute_shadow("Åke", "")
#: class_attribute_shadow("", None)


class Status(Enum):
    NEW = "new"
    PAID = "paid"
    SENT = "sent"
    CANCELLED = "cancelled"

    @property
    def final(self):
        return self in (Status.SENT, Status.CANCELLED)

    def next(self):
        order = [Status.NEW, Status.PAID, Status.SENT]
        return self if self.final else order[order.index(self) + 1]


def advance_order(value, times=1):
    status = Status(value)
    for _ in range(times):
        status = status.next()
    return status.name
#: advance_order("new")
#: advance_order("new", 5)
#: advance_order("cancelled")
#: advance_order("lost")


def open_orders(orders):
    grouped = defaultdict(list)
    for number, key in orders:
        status = Status[key.upper()]
        if not status.final:
            grouped[status].append(number)
    return {s.value: numbers for s, numbers in grouped.items()}
#: open_orders([(1, "new"), (2, "paid"), (3, "sent"), (4, "new")])
#: open_orders([])
#: open_orders([(9, "gone")])


class Priority(IntEnum):
    LOW = 1
    MEDIUM = 5
    HIGH = 9


def sort_tickets(tickets):
    queue = [(Priority(p), title) for title, p in tickets.items()]
    queue.sort(key=lambda t: (-t[0], t[1]))
    return [f"{p.name.lower()}:{title}" for p, title in queue]
#: sort_tickets({"typo": 1, "crash": 9, "slow": 5, "burn": 9})
#: sort_tickets({"x": 2})
#: sort_tickets({})


class Perm(Flag):
    READ = auto()
    WRITE = auto()
    RUN = auto()


def mode_bits(text):
    flags = Perm(0)
    for letter, perm in zip("rwx", Perm):
        if letter in text:
            flags |= perm
    return flags.value, Perm.WRITE in flags
#: mode_bits("rw-")
#: mode_bits("---")
#: mode_bits("x")


@contextmanager
def tag(name, out):
    out.append(f"<{name}>")
    try:
        yield len(out)
    finally:
        out.append(f"</{name}>")


def build_page(title, body):
    out = []
    with tag("html", out):
        with tag("h1", out) as n:
            out.append(f"{title} {n}")
        out.append(body.strip())
    return "".join(out)
#: build_page("Hi", " text ")
#: build_page("", "")
#: build_page("X", None)


def safe_tag(value):
    log = []
    with suppress(ZeroDivisionError, TypeError), tag("calc", log):
        log.append(12 / value)
    return log
#: safe_tag(4)
#: safe_tag(0)
#: safe_tag("2")


class Transaction:
    def __init__(self, data):
        self.data = data
        self.backup = None

    def __repr__(self):
        return f"Transaction({self.data})"

    def __enter__(self):
        self.backup = dict(self.data)
        return self.data

    def __exit__(self, kind, value, tb):
        if kind is not None:
            self.data.clear()
            self.data.update(self.backup)
        return kind is KeyError


def rename_key(data, old, new):
    with Transaction(data) as d:
        d[new] = 0
        d[new] = d.pop(old)
    return data
#: rename_key({"a": 1, "b": 2}, "a", "c")
#: rename_key({"a": 1}, "z", "y")
#: rename_key({"a": 1}, [], "y")
#: rename_key({}, "x", "x")


@dataclass(order=True, frozen=True)
class Version:
    major: int
    minor: int = 0
    patch: int = 0

    @classmethod
    def parse(cls, text):
        return cls(*map(int, text.split(".")))

    def __str__(self):
        return ".".join(map(str, astuple(self)))


def latest(*versions):
    parsed = sorted(map(Version.parse, versions))
    return str(parsed[-1]) if parsed else "none"
#: latest("1.2.9", "1.10", "1.9.9")
#: latest("3")
#: latest()
#: latest("1.2.3.4")


def bump(text, part="patch"):
    v = Version.parse(text)
    if part == "major":
        return replace(v, major=v.major + 1, minor=0, patch=0)
    changed = replace(v, **{part: getattr(v, part) + 1})
    return changed if part == "patch" else replace(changed, patch=0)
#: bump("1.4.7")
#: bump("1.4.7", "minor")
#: bump("0.9", part="major")
#: bump("1.0", "build")


def try_to_change(text, minor):
    v = Version.parse(text)
    try:
        v.minor = minor
    except Exception as e:
        return type(e).__name__, v
    return "changed", v
#: try_to_change("2.1", 5)
#: try_to_change("2", 0)
#: try_to_change("", 1)


@dataclass
class Team:
    name: str
    players: list = field(default_factory=list)
    captain: str = None

    def __post_init__(self):
        self.name = self.name.title()
        if self.captain is None and self.players:
            self.captain = self.players[0]

    def __len__(self):
        return len(self.players)

    def __contains__(self, player):
        return player in self.players

    def __iadd__(self, player):
        if player in self:
            raise ValueError(f"{player} already plays")
        self.players.append(player)
        return self


def sign_players(name, players):
    team = Team(name)
    for p in players:
        team += p
    return asdict(team)
#: sign_players("red foxes", ["al", "bo"])
#: sign_players("blue", [])
#: sign_players("twins", ["cy", "cy"])


def separate_lists(first, second):
    a = Team("a", first)
    b = Team("b")
    c = Team("c", a.players)
    b += second
    c += second
    return len(a), len(b), a.captain, c.captain, second in a
#: separate_lists(["ann"], "bo")
#: separate_lists([], "cy")
#: separate_lists(["x", "y", "z"], "w")


class Money:
    def __init__(self, cents):
        self.cents = int(cents)

    def __repr__(self):
        return f"${self.cents // 100}.{self.cents % 100:02d}"

    def __eq__(self, other):
        return self.cents == getattr(other, "cents", None)

    def __lt__(self, other):
        return self.cents < other.cents

    def __hash__(self):
        return hash(self.cents)

    def __add__(self, other):
        return Money(self.cents + (other.cents if isinstance(other, Money) else other))

    __radd__ = __add__


def cheapest_and_sum(amounts):
    money = [Money(a) for a in amounts]
    return min(money), sum(money), len(set(money))
#: cheapest_and_sum([250, 1999, 250])
#: cheapest_and_sum(["5"])
#: cheapest_and_sum([])


def price_list(prices):
    ranked = sorted((Money(c), name) for name, c in prices.items())
    return "; ".join(f"{name} {m}" for m, name in ranked)
#: price_list({"tea": 320, "bun": 95})
#: price_list({"b": 10, "a": 10})
#: price_list({})


class Stack:
    def __init__(self, *items):
        self._items = list(items)

    def push(self, item):
        self._items.append(item)
        return self

    def pop(self):
        return self._items.pop() if self._items else None

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return reversed(self._items)

    def __repr__(self):
        return f"Stack{tuple(self._items)}"


def undo_history(edits):
    done, undone = Stack(), Stack()
    for e in edits:
        if e == "undo":
            if len(done):
                undone.push(done.pop())
        elif e == "redo":
            if undone:
                done.push(undone.pop())
        else:
            done.push(e)
            undone = Stack()
    return list(done), list(undone)
#: undo_history(["a", "b", "undo"])
#: undo_history(["a", "undo", "redo", "redo"])
#: undo_history(["undo"])
#: undo_history(["a", "undo", "c", "redo"])


def chained_push(a, b):
    s = Stack(a).push(b).push((a, b))
    first, *others = s
    return first, others, s.pop(), bool(s)
#: chained_push(1, 2)
#: chained_push("x", None)
#: chained_push([], [])


class Settings(UserDict):
    def __getitem__(self, key):
        return super().__getitem__(key.lower())

    def __setitem__(self, key, value):
        super().__setitem__(key.lower(), value)

    def __missing__(self, key):
        return f"<{key}>"


def read_settings(pairs, wanted):
    s = Settings()
    for k, v in pairs:
        s[k] = v
    return [s[w] for w in wanted], len(s)
#: read_settings([("Host", "a"), ("HOST", "b")], ["host", "Port"])
#: read_settings([], [])
#: read_settings([(1, 2)], ["x"])


class Point(NamedTuple):
    x: int
    y: int = 0

    def manhattan(self, other):
        return abs(self.x - other.x) + abs(self.y - other.y)


def route_length(coords):
    stops = [Point(*c) for c in coords]
    return sum(a.manhattan(b) for a, b in zip(stops, stops[1:]))
#: route_length([(0, 0), (3, 4), (3,)])
#: route_length([(5, 5)])
#: route_length([])
#: route_length([(1, 2, 3)])


def nudge(x, y, **changes):
    p = Point(x, y)
    q = p._replace(**changes)
    px, py = p
    return q, q == (px, py), p._asdict(), q > p
#: nudge(1, 2, y=5)
#: nudge(0, 0)
#: nudge(4, 4, x=-1, y=9)
#: nudge(1, 1, z=3)


class Button:
    instances = 0

    def __init__(self, step=1):
        type(self).instances += 1
        self.step = step
        self.value = 0

    def __call__(self, times=1):
        self.value += self.step * times
        return self.value

    def __repr__(self):
        return f"<value {self.value}, step {self.step}>"

    @staticmethod
    def describe(n):
        return "many" if n > 3 else str(n)


def press_buttons(presses):
    Button.instances = 0
    buttons = {"a": Button(), "b": Button(step=10)}
    for p in presses:
        buttons[p](2 if p == "b" else 1)
    return {k: c.value for k, c in buttons.items()}, Button.describe(Button.instances)
#: press_buttons("aab")
#: press_buttons("")
#: press_buttons("abc")


class Countdown:
    def __init__(self, start):
        self.current = start

    def __repr__(self):
        return f"Countdown({self.current})"

    def __iter__(self):
        return self

    def __next__(self):
        if self.current < 0:
            raise StopIteration
        self.current -= 1
        return self.current + 1


def launch(n, abort_at=None):
    words = []
    timer = Countdown(n)
    for tick in timer:
        if tick == abort_at:
            words.append("abort")
            break
        words.append(str(tick))
    else:
        words.append("lift-off")
    return words, timer.current
#: launch(3)
#: launch(4, abort_at=2)
#: launch(-1)
#: launch(0, 5)


class Matrix:
    def __init__(self, rows):
        self.rows = [list(r) for r in rows]

    def __getitem__(self, pos):
        r, c = pos
        return self.rows[r][c]

    def __setitem__(self, pos, value):
        r, c = pos
        self.rows[r][c] = value

    def __delitem__(self, r):
        del self.rows[r]

    def __repr__(self):
        return "/".join(" ".join(map(str, r)) for r in self.rows)


def swap_corners(rows):
    m = Matrix(rows)
    m[0, 0], m[-1, -1] = m[-1, -1], m[0, 0]
    return repr(m)
#: swap_corners([[1, 2], [3, 4]])
#: swap_corners([[7]])
#: swap_corners(["abc", "def"])
#: swap_corners([])


def drop_row(rows, index, fill):
    m = Matrix(rows)
    del m[index]
    if m.rows:
        m[0, 1] = fill
    return m
#: drop_row([[1, 2], [3, 4], [5, 6]], 0, "x")
#: drop_row([[1, 2]], -1, None)
#: drop_row([[1, 2]], 3, 0)


class Shape:
    def area(self):
        raise NotImplementedError

    def __lt__(self, other):
        return self.area() < other.area()

    def __repr__(self):
        return f"{type(self).__name__}:{self.area()}"


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side * self.side


class Slab(Shape):
    def __init__(self, w, h):
        self.w, self.h = w, h

    def area(self):
        return self.w * self.h


def sort_shapes(specs):
    return sorted(Square(s[0]) if len(s) == 1 else Slab(*s) for s in specs)
#: sort_shapes([(3,), (2, 4), (1, 20)])
#: sort_shapes([])
#: sort_shapes([(2,), (1, 2, 3)])


def area_or_none(kind, *sizes):
    classes = {cls.__name__.lower(): cls for cls in (Shape, Square, Slab)}
    shape = classes[kind](*sizes)
    with suppress(NotImplementedError):
        return shape.area()
#: area_or_none("square", 4)
#: area_or_none("shape")
#: area_or_none("slab", 2, 2.5)
#: area_or_none("circle", 1)


class Positive:
    def __set_name__(self, owner, name):
        self.slot = "_" + name

    def __get__(self, obj, owner=None):
        return getattr(obj, self.slot)

    def __set__(self, obj, value):
        if value <= 0:
            raise ValueError(f"{self.slot[1:]} must be positive, got {value}")
        setattr(obj, self.slot, value)


class Parcel:
    weight = Positive()
    length = Positive()

    def __init__(self, weight, length):
        self.weight = weight
        self.length = length

    def __repr__(self):
        return f"Parcel({vars(self)})"


def parcel_error(weight, length):
    try:
        p = Parcel(weight, length)
    except ValueError as e:
        return str(e)
    return p, p.weight * p.length
#: parcel_error(2, 30)
#: parcel_error(0, 30)
#: parcel_error(1, -2)
#: parcel_error("a", 1)


class ShopError(Exception):
    code = 1


class OutOfStock(ShopError):
    code = 7

    def __init__(self, sku, wanted, have=0):
        self.sku = sku
        self.short = wanted - have
        super().__init__(f"{sku} short by {self.short}")


def buy(stock, sku, n):
    try:
        if sku not in stock:
            raise ShopError("unknown " + sku)
        if stock[sku] < n:
            raise OutOfStock(sku, n, have=stock[sku])
    except OutOfStock as e:
        return e.code, str(e), e.short
    except ShopError as e:
        return e.code, *e.args
    stock[sku] -= n
    return 0, stock
#: buy({"pen": 5}, "pen", 2)
#: buy({"pen": 5}, "pen", 8)
#: buy({}, "cup", 1)
#: buy({"pen": None}, "pen", 1)


class Playlist:
    def __init__(self, *songs):
        self.songs = songs

    def __getitem__(self, i):
        picked = self.songs[i]
        return Playlist(*picked) if isinstance(i, slice) else picked

    def __reversed__(self):
        return Playlist(*self.songs[::-1])

    def __format__(self, spec):
        sep = spec or ", "
        return sep.join(self.songs)

    def __repr__(self):
        return f"Playlist[{self}]"

    def __str__(self):
        return format(self)


def reorder(songs, start, stop=None):
    p = Playlist(*songs)
    middle = p[start:stop]
    return f"{middle} | {reversed(p): > }", str(p[-1])
#: reorder(["one", "two", "three"], 1)
#: reorder(["a", "b", "c", "d"], -3, -1)
#: reorder(["solo"], 5)
#: reorder([], 0)


class Proxy:
    def __init__(self, target):
        self._target = target
        self.reads = 0

    def __repr__(self):
        return f"Proxy({self._target!r}, {self.reads} reads)"

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        self.reads += 1
        return getattr(self._target, name)


def count_reads(text, names):
    p = Proxy(text)
    results = [getattr(p, name)() for name in names]
    return results, p.reads, hasattr(p, "nothing")
#: count_reads("Ab", ["upper", "swapcase"])
#: count_reads("", [])
#: count_reads("x", ["_secret"])
#: count_reads("7 up", ["split", "isdigit"])


class Json:
    def to_dict(self):
        return {k: v for k, v in vars(self).items() if not k.startswith("_")}


class Named:
    def __init__(self, name, **rest):
        super().__init__(**rest)
        self.name = name


class Aged:
    def __init__(self, age=0, **rest):
        super().__init__(**rest)
        self._age_text = f"{age} y"
        self.age = age


class Person(Named, Aged, Json):
    def __repr__(self):
        return f"Person{self.to_dict()}"


def person_dict(**kwargs):
    p = Person(**kwargs)
    order = [c.__name__ for c in Person.__mro__[:-1]]
    return p.to_dict(), order[1]
#: person_dict(name="Lea", age=41)
#: person_dict(name="")
#: person_dict(age=3)
#: person_dict(name="Bo", height=180)


class Lazy:
    loads = 0

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"Lazy({self.text!r})"

    @functools.cached_property
    def words(self):
        self.loads += 1
        return self.text.split()


def read_twice(text, extra=None):
    doc = Lazy(text)
    first = len(doc.words)
    if extra:
        doc.text += extra
        doc.words.append("+")
    return first, doc.words, doc.loads, "words" in doc.__dict__
#: read_twice("a b c")
#: read_twice("a b", extra=" c")
#: read_twice("")


@functools.total_ordering
class Size:
    ORDER = ("S", "M", "L", "XL")

    def __init__(self, label):
        self.rank = self.ORDER.index(label.upper())

    def __eq__(self, other):
        return self.rank == other.rank

    def __lt__(self, other):
        return self.rank < other.rank

    def __repr__(self):
        return self.ORDER[self.rank]


def fits(wanted, available):
    want = Size(wanted)
    big_enough = [s for s in map(Size, available) if s >= want]
    return min(big_enough, default=None)
#: fits("m", ["S", "XL", "L"])
#: fits("XL", ["S"])
#: fits("s", "sml")
#: fits("xs", [])


def registry_lookup(kind, *args):
    handlers = {}

    class Base:
        def __init_subclass__(cls, key=None, **kw):
            super().__init_subclass__(**kw)
            handlers[key or cls.__name__.lower()] = cls

    class Csv(Base):
        def run(self, *cells):
            return ",".join(cells)

    class Fixed(Base, key="pad"):
        def run(self, *cells):
            return "".join(c.ljust(5, ".") for c in cells)

    return handlers[kind]().run(*args)
#: registry_lookup("csv", "a", "b")
#: registry_lookup("pad", "one", "sixsix")
#: registry_lookup("csv")
#: registry_lookup("fixed", "x")


def compare_identity(x):
    class Box:
        def __init__(self, v):
            self.v = v

        def __eq__(self, other):
            if not isinstance(other, Box):
                return NotImplemented
            return self.v == other.v

        def __repr__(self):
            return f"[{self.v}]"

    a, b = Box(x), Box(x)
    c = a
    return a == b, a is b, a is c, a == x, [a, b].index(c), b in [a]
#: compare_identity(3)
#: compare_identity("s")
#: compare_identity(None)


def stock_rows(lines):
    Row = namedtuple("Row", "sku qty place", defaults=["shelf"])
    rows = []
    for line in lines:
        try:
            rows.append(Row(*line.split(";")))
        except TypeError:
            print("skipping", line)
    return [(r.sku, int(r.qty), r.place) for r in rows]
#: stock_rows(["A1;4", "B2;10;cellar"])
#: stock_rows(["bad", "C3;1;x;y"])
#: stock_rows([])
#: stock_rows(["A1;four"])


class Timer:
    def __init__(self, log, label):
        self.log, self.label = log, label

    def __repr__(self):
        return "Timer:" + self.label

    def __enter__(self):
        self.log.append(f"start {self.label}")
        return self

    def __exit__(self, *exc):
        self.log.append(f"stop {self.label}" + (" (failed)" if exc[0] else ""))
        return False


def timed_jobs(jobs):
    log = []
    for label, a, b in jobs:
        try:
            with Timer(log, label) as t:
                t.log.append(a // b)
        except ZeroDivisionError:
            continue
    return log
#: timed_jobs([("x", 7, 2), ("y", 1, 0)])
#: timed_jobs([])
#: timed_jobs([("z", "a", 1)])


def weekday_names(start, n):
    Day = Enum("Day", ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"], start=0)
    first = Day[start.upper()[:3]].value
    days = [Day((first + i) % len(Day)) for i in range(n)]
    return [d.name.capitalize() for d in days], Day.SUN in days
#: weekday_names("friday", 3)
#: weekday_names("Mon", 0)
#: weekday_names("holiday", 2)


class Node:
    def __init__(self, value, nxt=None):
        self.value = value
        self.nxt = nxt

    def __iter__(self):
        node = self
        while node is not None:
            yield node.value
            node = node.nxt

    def __repr__(self):
        return "->".join(map(str, self))


def queue_jump(names, vip):
    head = None
    for n in reversed(names):
        head = Node(n, head)
    if head is None or vip not in head:
        return None
    return Node(vip, Node("|", head)), list(head)[0]
#: queue_jump(["al", "bo", "cy"], "cy")
#: queue_jump(["al"], "zed")
#: queue_jump([], "al")


class Polynomial:
    def __init__(self, *coeffs):
        self.coeffs = coeffs

    def __call__(self, x):
        result = 0
        for c in self.coeffs:
            result = result * x + c
        return result

    def __repr__(self):
        return f"Polynomial{self.coeffs}"

    def derivative(self):
        n = len(self.coeffs) - 1
        return Polynomial(*(c * (n - i) for i, c in enumerate(self.coeffs[:-1])))


def tangent(coeffs, x):
    p = Polynomial(*coeffs)
    slope = p.derivative()(x)
    return f"{slope:+}x {p(x) - slope * x:+}"
#: tangent([1, 0, -2], 3)
#: tangent([5], 10)
#: tangent([2, 1], 0.5)
#: tangent([], -1)


class Meter:
    def __init__(self, limit=10):
        self.limit = limit
        self.readings = []

    def __lshift__(self, value):
        self.readings.append(min(value, self.limit))
        return self

    def __int__(self):
        return sum(self.readings)

    def __len__(self):
        return len(self.readings)

    def __repr__(self):
        return f"Meter({int(self)}/{len(self)})"


def record(values, limit=10):
    m = Meter(limit)
    for v in values:
        m << v
    if not m:
        return "no readings"
    return m, int(m) // len(m), m.readings.count(limit)
#: record([3, 14, 7])
#: record([])
#: record([99, 98], limit=50)
#: record(["5"])
