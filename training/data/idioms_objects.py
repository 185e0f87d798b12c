"""Classes, closures, generators, exceptions and with statements, as templates (notation: templates.py)."""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

OBJECTS = parse_all(
    """
xs=LI
class $Cls:
    def __init__(self):
        self.items = []

    def push(self, $x):
        self.items.append($x)

    def pop(self):
        «if not self.items:
            return None
        return self.items.pop()¦return self.items.pop() if self.items else None»

    %40 def __len__(self): return len(self.items)


def $f($xs):
    $obj = $Cls()
    for $y in $xs:
        if $y «> 0¦% 2 == 0¦!= «#0..9»»:
            $obj.push($y)
        else:
            $obj.pop()
    return $obj.items
---
n=I.pos n2=I.pos
class $Cls:
    def __init__(self, $a, $b):
        self.$a = $a
        self.$b = $b

    def __«repr¦str»__(self):
        return f'«$Cls¦P»({self.$a}, {self.$b})'

    def __add__(self, $y):
        return $Cls(self.$a + $y.$a, self.$b + $y.$b)

    def __eq__(self, $y):
        return self.$a == $y.$a and self.$b == $y.$b


def $f($n, $n2):
    $obj = $Cls($n, $n2) + $Cls(«#0..5», $n)
    return «str($obj)¦$obj == $Cls($n, $n2)¦$obj.$a * $obj.$b¦[$obj.$b, $obj.$a]»
---
xs=LI n=I.pos
class $Cls:
    def __init__(self, $n=0):
        self.total = $n
        self.log = []

    def add(self, $x):
        if $x < 0:
            raise ValueError('negative')
        self.total += $x
        self.log.append($x)
        «return self¦return self.total»


def $f($xs, $n):
    $obj = $Cls($n)
    for $y in $xs:
        try:
            $obj.add($y)
        except ValueError:
            $obj.total -= 1
    return «$obj.total¦($obj.total, $obj.log)¦$obj.log»
---
text=S
class $Cls:
    def __init__(self, $w):
        self.name = $w

    def $g(self):
        return «self.name.upper()¦'...'¦self.name + '!'¦f'I am {self.name}'»


class Sub$Cls($Cls):
    «def __init__(self, $w, $n=«#1..5»):
        super().__init__($w)
        self.level = $n

    ¦»def $g(self):
        return super().$g() «+ '?'¦* 2»


def $f($text):
    return [$Cls($text).$g(), Sub$Cls($text).$g()]

---
flt=F
class $Cls:
    «rate¦factor» = «2¦0.5¦10»

    def __init__(self, $v):
        self._$v = $v

    @property
    def $g(self):
        return self._$v * 2

    @«staticmethod
    def $h($x):
        return round($x, 1)¦classmethod
    def $h(cls, $x):
        return cls($x).$g»


def $f($flt):
    $obj = $Cls($flt)
    return $obj.$g, $Cls.$h($flt)
---
xs=LI
class Node:
    def __init__(self, $v, $rest=None):
        self.$v = $v
        self.next = $rest


def $f($xs):
    $head = None
    for $x in «$xs¦reversed($xs)¦$xs[::-1]»:
        $head = Node($x, $head)
    $out = []
    while $head:
        $out.append($head.$v)
        $head = $head.next
    return $out
---
xs=LI
class $Cls:
    def __init__(self, $v):
        self.$v = $v
        self.left = self.right = None

    def add(self, $x):
        if $x < self.$v:
            if self.left is None:
                self.left = $Cls($x)
            else:
                self.left.add($x)
        elif self.right is None:
            self.right = $Cls($x)
        else:
            self.right.add($x)


def $g($obj):
    if $obj is None:
        return «0
    return 1 + max($g($obj.left), $g($obj.right))¦[]
    return $g($obj.left) + [$obj.$v] + $g($obj.right)»


def $f($xs):
    $obj = $Cls(«#3..9»)
    for $y in $xs:
        $obj.add($y)
    return $g($obj)

---
n=I.tiny
def $f($n):
    $cnt = 0

    def $g(«¦$x=1»):
        nonlocal $cnt
        $cnt += «1¦2¦$n»
        return $cnt

    for _ in range($n):
        $g()
    return «$cnt¦$g()¦$cnt, $g()»
---
n=I.tiny n2=I
def $g($n2):
    $xs = []

    def $h($x):
        $xs.append($x «+¦*¦-» $n2)
        return «sum($xs)¦$xs¦len($xs)¦$xs[-1]»

    return $h


def $f($n, $n2):
    $fn = $g($n2)
    for $i in range($n):
        $fn($i)
    return $fn($n)
---
n=I.nat
def $g($n):
    $a, $b = 0, 1
    «while $a < $n:
        yield $a
        $a, $b = $b, $a + $b¦for $i in range($n):
        yield $a
        $a, $b = $b, $a + $b»


def $f($n):
    return «list($g($n))¦sum($g($n))¦[$x for $x in $g($n) if $x % 2]¦next($g($n + 1))¦max($g($n), default=0)¦dict(enumerate($g($n)))»
---
xs=LI
def $g($xs):
    for $x in $xs:
        if «?B $x:I»:
            yield «$x¦$x * 2¦$x, -$x»


def $f($xs):
    $out = []
    «for $y in $g($xs):
        $out.append($y)¦$it = $g($xs)
    $out.append(next($it, None))
    $out.extend($it)¦$out.extend($g($xs))
    $out += $g($xs[:2])»
    return $out
---
m=LL
def $g($m):
    for $row in $m:
        «yield from $row¦yield from reversed($row)¦yield sum($row)»


def $f($m):
    return «list($g($m))¦sum($g($m))¦sorted($g($m), reverse=True)»
---
text=S n=I.tiny
def $f($text, $n):
    $it = «iter($text)¦($ch for $ch in $text if $ch.isalpha())»
    $out = []
    for _ in range($n):
        $out.append(next($it, «'-'¦None»))
    return $out
---
xs=LI
def $f($xs):
    $it = iter($xs)
    $acc = 0
    while True:
        try:
            $x = next($it)
        except StopIteration:
            break
        $acc += $x
    return $acc
---
text=S
class MyError(«Exception¦ValueError»):
    pass


def $g($text):
    if «?B $text:S»:
        raise MyError(«'bad'¦$text¦len($text)»)
    return «?S $text:S»


def $f($text):
    try:
        $sb = $g($text)
    except MyError as $e:
        $sb = «str($e)¦repr($e)¦'error'¦type($e).__name__»
    «else:
        $sb += '!'
    ¦»«finally:
        $text = ''
    ¦»return $sb

---
d=DSI k=S@d:key
def $f($d, $k):
    $out = []
    try:
        $out.append('start')
        $v = $d[$k]
        $out.append(10 // $v)
    except KeyError:
        $out.append('key')
    except (ZeroDivisionError, TypeError) as $e:
        $out.append(«str($e)¦'zero'»)
    finally:
        $out.append('end')
    return $out
---
n=I
def $f($n):
    «if $n < 0:
        raise ValueError(f'«bad¦negative»: {$n}')
    ¦if $n == 0:
        raise ZeroDivisionError
    ¦if $n > «#5..12»:
        raise TypeError('too big')
    ¦assert $n >= 0, 'negative'
    »return «$n * 2¦10 / $n if $n else 0¦list(range($n % 5))»
---
xs=LI i=I.nat
def $f($xs, $i):
    $x = $xs[$i]
    $xs[$i] = «$x * 2¦0¦$x + $i¦$xs[0]»
    return $xs
---
text=S
def $f($text):
    $n = int($text)
    return «$n * 2¦$n % 7¦str($n)[::-1]»
---
d=DSI k=S@d:key
def $f($d, $k):
    $v = $d[$k]
    «del $d[$k]¦$d[$k] = $v + 1¦$d.pop($k)»
    return «$d¦$v, $d¦$v * 2»
---
n=I
class $Cls:
    def __init__(self, $w):
        self.log = $w

    def __enter__(self):
        self.log.append('in')
        return self

    def __exit__(self, $a, $b, $c):
        self.log.append('out')
        return «False¦True»


def $f($n):
    $out = []
    with $Cls($out)«¦ as $obj»:
        $out.append($n)
        «if $n > «#0..5»:
            return $out
        ¦»$out.append($n * 2)
    return $out
---
n=I
from contextlib import contextmanager


@contextmanager
def $g($xs, $x):
    $xs.append($x)
    «try:
        yield len($xs)
    finally:
        $xs.pop()¦yield $xs
    $xs.append(-$x)»


def $f($n):
    $out = [«#0..3»]
    with $g($out, $n) as $obj:
        $out.append(str($obj))
    return $out
---
n=I.nat
def $g($fn):
    def $h(*args):
        $acc = $fn(*args)
        return «$acc * 2¦[$acc]¦str($acc)¦-$acc»

    return $h


@$g
def add($a, $b):
    return $a + $b


def $f($n):
    return «add($n, 1)¦[add($i, $n) for $i in range(2)]»
---
ws=LS
from dataclasses import dataclass


@dataclass«¦(order=True)¦(frozen=True)»
class $Cls:
    name: str
    size: int = «#0..5»


def $f($ws):
    $out = [$Cls($w, len($w)) for $w in $ws]
    return «[$obj.name for $obj in $out if $obj.size > 3]¦sum($obj.size for $obj in $out)¦str($out[:1])¦$out == [$Cls($w, len($w)) for $w in $ws]»
---
n=I n2=I
from collections import namedtuple

$Cls = namedtuple('$Cls', «'x y'¦['x', 'y']»)


def $f($n, $n2):
    $obj = $Cls($n, $n2)
    «$obj = $obj._replace(x=$obj.y)
    ¦»$a, $b = $obj
    return «$obj.x + $obj.y¦$obj¦$a - $b¦$obj[0], $obj.y¦$obj._asdict()»
---
arg=A
def $f($arg):
    match $arg:
        case None:
            return 'none'
        case bool():
            return «'flag'¦$arg»
        case int() if $arg > «#0..9»:
            return $arg «+ 1¦* 2»
        case int() | float():
            return -$arg
        case str():
            return $arg.upper()
        case [$x]:
            return $x
        case [$x, *$rest]:
            return «$x, $rest¦len($rest)»
        case _:
            return 'other'
---
arg=A
def $f($arg):
    try:
        return «$arg + 1¦len($arg)¦$arg.upper()¦$arg[0]¦int($arg)¦sorted($arg)»
    except (TypeError, ValueError):
        return «'bad type'¦None»
    except AttributeError as $e:
        return «'no attr'¦type($e).__name__»
    except IndexError:
        return 'empty'
---
arg=OI n=I
def $f($arg, $n):
    «if $arg is None:
        $arg = $n
    ¦$arg = $arg or $n
    ¦$arg = $n if $arg is None else $arg
    »return «$arg + $n¦[$arg] * 2¦$arg > $n»
---
text=S n=I.tiny
def $f($text, $n):
    if ($cnt := len($text)) > $n:
        return «$cnt¦$text[:$cnt // 2]¦$cnt, $text[-$n:]»
    while ($cnt := $cnt + 1) < $n:
        $text += «'.'¦$text[:1]¦str($cnt)»
    return $text
"""
)
