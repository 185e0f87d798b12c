"""Programs of several functions, as templates: helpers, recursion, functions as values (notation: templates.py)."""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

SEVERAL = parse_all(
    """
xs=LI n=I
def $g($x, $n2):
    if $x «>¦<¦==¦>=» $n2:
        return «$x - $n2¦$x * 2¦True¦$n2»
    return «$x¦0¦False¦$x + $n2»


def $f($xs, $n):
    $out = []
    for $y in $xs:
        $out.append($g($y, $n))
    return $out
---
xs=LI
def $g($x):
    return «?I $x:I»


def $f($xs):
    return «[$g($y) for $y in $xs]¦sum($g($y) for $y in $xs)¦list(map($g, $xs))¦sorted($xs, key=$g)¦{$y: $g($y) for $y in $xs}¦max($xs, key=$g, default=None)¦$g(len($xs)) + $g(sum($xs))»
---
xs=LI
def $g($x):
    «return «?B $x:I»¦if «?B $x:I»:
        return True
    return False¦return not «?B+ $x:I»»


def $f($xs):
    return «[$y for $y in $xs if $g($y)]¦list(filter($g, $xs))¦any($g($y) for $y in $xs)¦all(map($g, $xs))¦sum(1 for $y in $xs if $g($y))¦[$i for $i, $y in enumerate($xs) if not $g($y)]»
---
ws=LS
def $g($w):
    return «?S $w:S»


def $f($ws):
    $out = []
    for $y in $ws:
        «$tmp = $g($y)
        if $tmp != $y:
            $out.append($tmp)¦$out.append($g($y))¦if $y:
            $out.append($g($y) + $y[0])¦$out += [$y, $g($y)]»
    return «$out¦' '.join($out)¦sorted($out)¦len($out)»
---
text=S
def $g($ch):
    «return $ch.lower() in 'aeiou'¦return $ch.isalpha() and $ch.isupper()¦return $ch in '0123456789'¦return «?B $ch:C»»


def $f($text):
    $sb = ''
    for $ch2 in $text:
        if $g($ch2):
            $sb += «$ch2.upper()¦'*'¦$ch2 * 2¦''»
        else:
            $sb += «$ch2¦'-'¦$ch2.lower()»
    return $sb
---
text=S n=I.tiny
def $g($ch, $n2):
    if not $ch.isalpha():
        return $ch
    $base = 65 if $ch.isupper() else 97
    return chr((ord($ch) - $base + $n2) % 26 + $base)


def $f($text, $n):
    return «''.join($g($ch2, $n) for $ch2 in $text)¦''.join([$g($ch2, -$n) for $ch2 in $text])»
---
n=I.nat
def $f($n):
    if $n <= «0¦1»:
        return «1¦0¦$n»
    return «$n * $f($n - 1)¦$n + $f($n - 1)¦$n + $f($n // 2)¦1 + $f($n // 2)¦$f($n - 1) + 2¦$n - $f($n - 2)»
---
n=I.tiny
def $f($n«¦, $d={}»):
    if $n < 2:
        return «$n¦1»
    return $f($n - 1) + $f($n - 2)
---
n=I.nat
$d = {}


def $f($n):
    if $n in $d:
        return $d[$n]
    if $n < 2:
        $d[$n] = $n
    else:
        $d[$n] = $f($n - 1) + $f($n - 2)
    return $d[$n]
---
n=I.wide
def $f($n):
    if $n < 10:
        return «$n¦str($n)¦[$n]»
    return «$f($n // 10) + $f($n % 10)»
---
a=I.pos b=I.pos
def $f($a, $b):
    if $b == 0:
        return $a
    return $f($b, $a % $b)
---
a=I.tiny b=I.tiny
def $f($a, $b):
    if $b == 0:
        return 1
    «if $b % 2 == 0:
        $tmp = $f($a, $b // 2)
        return $tmp * $tmp
    ¦»return $a * $f($a, $b - 1)
---
text=S.letters
def $f($text):
    if «len($text) <= 1¦not $text¦$text == ''»:
        return $text
    return «$f($text[1:]) + $text[0]¦$text[-1] + $f($text[:-1])»
---
text=S.pal
def $f($text):
    if len($text) < 2:
        return True
    if $text[0] != $text[-1]:
        return False
    return $f($text[1:-1])
---
xs=LI
def $f($xs):
    if not $xs:
        return 0
    return «$xs[0] + $f($xs[1:])¦1 + $f($xs[1:])¦max($xs[0], $f($xs[1:]))¦$xs[-1] - $f($xs[:-1])»

---
m=LL
def $f($m):
    $out = []
    for $x in $m:
        if isinstance($x, list):
            $out.extend($f($x))
        else:
            $out.append($x)
    return $out
---
xs=LI
def $g($l, $r):
    $out = []
    while $l and $r:
        «if $l[0] <= $r[0]:
            $out.append($l.pop(0))
        else:
            $out.append($r.pop(0))¦$out.append($l.pop(0) if $l[0] < $r[0] else $r.pop(0))»
    return $out + $l + $r


def $f($xs):
    if len($xs) <= 1:
        return $xs
    $mid = len($xs) // 2
    return $g($f($xs[:$mid]), $f($xs[$mid:]))
---
xs=LI.sorted n=I@xs:elem
def $g($xs, $n, $l, $r):
    if $l > $r:
        return -1
    $mid = ($l + $r) // 2
    if $xs[$mid] == $n:
        return $mid
    if $xs[$mid] < $n:
        return $g($xs, $n, $mid + 1, $r)
    return $g($xs, $n, $l, $mid - 1)


def $f($xs, $n):
    return $g($xs, $n, 0, len($xs) - 1)
---
n=I.tiny
def $f($n, $a='A', $b='B', $c='C'):
    if $n == 1:
        return 1
    return $f($n - 1, $a, $c, $b) + 1 + $f($n - 1, $c, $b, $a)

---
ws=LS.word
def $f($ws):
    return $g($ws[:3])


def $g($xs):
    if len($xs) «== 0¦< 1»:
        return [[]]
    $out = []
    for $tup in $g($xs[1:]):
        $out.append($tup)
        «$out.append([$xs[0]] + $tup)¦$out.append($tup + $xs[:1])»
    return $out

---
text=S.letters
def $g($text):
    if len($text) <= 1:
        return [$text]
    $out = []
    for $i, $ch in enumerate($text):
        for $w in $g($text[:$i] + $text[$i + 1:]):
            $out.append($ch + $w)
    return $out


def $f($text):
    return $g($text[:3])«¦[::-1]»
---
n=I.nat n2=I
def $g($x):
    return «?I $x:I»


def $h($x, $y):
    return «?I $x:I $y:I»


def $f($n, $n2):
    $a = $g($n)
    $b = $h($a, $n2)
    «if $a > $b:
        return $g($b)
    ¦»return «$a + $b¦$h($b, $a)¦[$a, $b]¦$g($h($a, 2))»
---
text=S.sentence
def $g($w):
    return $w«[0].upper() + $w[1:].lower()¦[::-1]¦.strip('.,!?')¦[1:] + $w[:1] + 'ay'¦ + $w[-1]»


def $h($ws):
    return [$g($w) for $w in $ws if $w]


def $f($text):
    return «' '.join($h($text.split()))¦$h($text.split(' '))¦', '.join($h($text.lower().split()))»
---
xs=LI+
def $g($xs):
    return sum($xs) / len($xs)


def $f($xs):
    $cur = $g($xs)
    return «[$x for $x in $xs if $x > $cur]¦round($g([($x - $cur) ** 2 for $x in $xs]), 2)¦len([$x for $x in $xs if $x >= $cur])¦[round($x - $cur, 1) for $x in $xs]»
---
n=I.nat
def $g($n):
    if $n < 2:
        return False
    for $i in range(2, int($n ** 0.5) + 1):
        if $n % $i == 0:
            return False
    return True


def $f($n):
    «return [$x for $x in range($n) if $g($x)]¦$cnt = 0
    for $x in range($n):
        if $g($x):
            $cnt += 1
    return $cnt¦while not $g($n):
        $n += 1
    return $n»
---
text=S.expr
def $g($text):
    $out = []
    $tmp = ''
    for $ch in $text:
        if $ch.isdigit():
            $tmp += $ch
        else:
            $out.append(int($tmp))
            $out.append($ch)
            $tmp = ''
    $out.append(int($tmp))
    return $out


def $f($text):
    $parts = $g($text)
    $acc = $parts[0]
    for $i in range(1, len($parts), 2):
        if $parts[$i] == '+':
            $acc += $parts[$i + 1]
        elif $parts[$i] == '-':
            $acc -= $parts[$i + 1]
        else:
            $acc *= $parts[$i + 1]
    return $acc
---
n=I n2=I
def $f($n, $n2):
    def $g($x):
        return «$x + $n2¦$x * $n2¦$x - $n¦«?I $x:I»»

    return «$g($g($n))¦$g($n) + $g($n2)¦[$g($y) for $y in range(3)]¦list(map($g, [$n, $n2, 1]))»

---
n=I xs=LI
def $g($n2):
    «def $h($x):
        return $x «+¦*¦-» $n2
    return $h¦return lambda $x: $x «+¦*¦-¦>» $n2»


def $f($n, $xs):
    $fn = $g($n)
    return «[$fn($y) for $y in $xs]¦$fn($fn(len($xs)))¦list(map($fn, $xs))¦$fn(1), $g(2)(3)»
---
xs=LI
def $f($xs):
    $d = {'«add¦sum»': lambda $a, $b: $a + $b, '«mul¦times»': lambda $a, $b: $a * $b, 'max': max}
    $out = {}
    for $k, $fn in $d.items():
        $acc = «1¦0»
        for $x in $xs:
            $acc = $fn($acc, $x)
        $out[$k] = $acc
    return $out
---
xs=LI
def $g($fn, $xs):
    $out = []
    for $x in $xs:
        $out.append($fn($x))
    return $out


def $f($xs):
    return $g(«lambda $y: «?I $y:I»¦str¦abs¦bool¦float», $xs)
---
n=I.nat
def $g(*$xs, **$d):
    $acc = sum($xs)
    for $k, $v in $d.items():
        $acc «+=¦-=» $v
    return $acc


def $f($n):
    return «$g($n, 1, a=2)¦$g(*range(min($n, 4)), b=$n)¦$g($n) + $g()¦$g(1, *[2, $n], **{'x': $n})»
---
text=S n=I.tiny
def $g($text, $n2=«#1..4», *, $flagarg=False):
    $sb = $text[:$n2]
    if $flagarg:
        $sb = $sb.upper()
    return $sb


def $f($text, $n):
    return «$g($text) + $g($text, $n)¦$g($text, $flagarg=True)¦$g($text, $n2=$n) + '|' + $g($text[1:], $flagarg=$n > 2)¦[$g($text), $g($text, $n, $flagarg=True)]»
---
xs=LI n=I
def $g($xs, $n2):
    $xs.append($n2)
    return len($xs)


def $f($xs, $n):
    $ys = «$xs¦$xs[:]¦list($xs)¦$xs.copy()»
    $cnt = $g($ys, $n)
    «$g($xs, $cnt)
    ¦»return «$xs, $ys¦$cnt, len($xs)¦$xs == $ys¦$ys is $xs»
---
n=I n2=I
def $g($x):
    return «$x, $x + 1¦$x // 2, $x % 2¦-$x, $x * $x»


def $f($n, $n2):
    $a, $b = $g($n)
    «$a, $b = $g($n2)
    ¦»return «[$a, $b]¦$b, $a»

---
d=DSI
def $g($tup):
    $k, $v = $tup
    return «-$v, $k¦$v¦$k[::-1]¦len($k), $v¦$k.lower()»


def $f($d):
    $out = sorted($d.items(), key=$g)
    return «$out¦dict($out)¦[$k2 for $k2, _ in $out]¦$out[:2]»
---
n=I.tiny
def $g($n):
    return $n == 0 or $h($n - 1)


def $h($n):
    return $n != 0 and $g($n - 1)


def $f($n):
    return «$g($n)¦$h($n)¦[$g($n), $h($n)]»
---
n=I.tiny n2=I.tiny
def $g($n, $n2):
    if $n <= 1 or $n2 <= 1:
        return «1¦0¦$n2 + $n»
    return $g($n - 1, $n2) + $g($n, $n2 - 1)


def $f($n, $n2):
    return $g(min($n, 3), min($n2, 3))

---
xs=LI n=I
def $g($xs, $n):
    for $i, $x in enumerate($xs):
        if $x == $n:
            return $i
    raise ValueError(«f'{$n} not found'¦'missing'»)


def $f($xs, $n):
    try:
        return $g($xs, $n)
    except ValueError«¦ as $e»:
        return «-1¦None¦'none'»
---
text=S
def $g($text):
    «if not $text:
        raise ValueError('empty')
    ¦»return int($text)


def $f($text):
    $out = []
    for $part in $text.split(«¦','»):
        try:
            $out.append($g($part))
        except ValueError as $e:
            $out.append(«None¦0¦str($e)¦$part»)
    return $out
"""
)
