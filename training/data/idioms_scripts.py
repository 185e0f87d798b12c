"""Module-level scripts, as templates (notation: templates.py); an empty header means that the module is what runs."""

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

SCRIPTS = parse_all(
    """

$xs = «=LI»
$acc = 0
for $x in $xs:
    if «?B $x:I»:
        $acc += $x
    «else:
        $acc -= 1
»print($acc)
---

$text = «=S.sentence»
$counts = {}
for $ch in $text:
    $counts[$ch] = $counts.get($ch, 0) + 1
$out = sorted($counts, key=$counts.get, reverse=True)
print($out[:«#1..4»])
---

def $g($x):
    «if «?B $x:I»:
        return «?I $x:I»
    ¦»return «?I $x:I»


$xs = «=LI»
$out = [$g($y) for $y in $xs]
print(«$out¦max($out, default=0)¦sum($out), len($out)»)
---

def $g($text):
    return «?S $text:S»


for $w in «=LS.word»:
    $tmp = $g($w)
    print($w, «$tmp¦'->', $tmp¦len($tmp)»)
---

$xs = «=LI.pos»
$i = 0
while $i < len($xs):
    $xs[$i] = «$xs[$i] * 2¦$xs[$i] + $i¦-$xs[$i]¦$xs[$i] ** 2»
    $i += «1¦2»
print($xs)
---

$text = «=S.csv»
$parts = [$part.strip() for $part in $text.split(',')]
$acc = 0
$ys = []
for $part in $parts:
    try:
        $acc += int($part)
    except ValueError«¦ as $e»:
        $ys.append($part)
    «else:
        print($part)
    finally:
        print($acc)
»print($acc, $ys)
---

$d = «=DSI»
for $k, $v in «$d.items()¦sorted($d.items())»:
    «if $v > «#0..9»:
        print(f'{$k}: {$v}')¦print($k.ljust(8), $v)¦print(f'{$k:<8}|{$v:>4}')»
$acc = sum($d.values())
print(f'total={$acc}')
---

$m = «=M»
for $row in $m:
    $sb = ''
    for $x in $row:
        $sb += str($x).rjust(3)
    print($sb)
$acc = [sum($row) for $row in $m]
print($acc)
---

$a, $b = 0, 1
$out = []
while $b < «#10..60»:
    $out.append($b)
    $a, $b = $b, $a + $b
print(«$out¦*$out¦', '.join(map(str, $out))»)
---

import «math¦sys¦os»

$n = «#1..40»
$out = [$i for $i in range(1, $n + 1) if $n % $i == 0]
if len($out) == 2:
    print($n, 'is prime')
else:
    print($n, $out)
---

$ws = «=LS.word»
$groups = {}
for $w in $ws:
    $groups.setdefault(len($w), []).append($w)
for $k in sorted($groups):
    print($k, $groups[$k])
---

def $g($n):
    if $n <= 1:
        return 1
    return $n * $g($n - 1)


for $i in range(«#2..5»):
    print($i, $g($i))
---

def $g($xs):
    $best = None
    for $x in $xs:
        if $best is None or $x > $best:
            $best = $x
    return $best


if __name__ == '__main__':
    $ys = «=LI»
    print($g($ys))
    «print($g([]))
    ¦»print($g($ys[«#0..2»:]))
---

def main():
    $xs = «=LI»
    $out = «sorted($xs)¦$xs[::-1]¦[$x for $x in $xs if $x > 0]¦list(set($xs))»
    print($out)
    return «len($out)¦0¦$out»


if __name__ == '__main__':
    «main()¦$n = main()»
---

$stack = []
for $w in '«3 4 + 2 *¦5 1 2 + 4 * +¦10 2 8 * + 3 -¦2 3 * 4 *»'.split():
    if $w.isdigit():
        $stack.append(int($w))
    else:
        $b = $stack.pop()
        $a = $stack.pop()
        if $w == '+':
            $stack.append($a + $b)
        elif $w == '-':
            $stack.append($a - $b)
        else:
            $stack.append($a * $b)
print($stack)
---

class $Cls:
    $cnt = 0

    def __init__(self, $v):
        self.$v = $v
        $Cls.$cnt += 1

    def $g(self):
        $n = self.$v
        return «?I $n:I»


$out = [$Cls($i) for $i in range(«#2..4»)]
print([$obj.$g() for $obj in $out], $Cls.$cnt)

---

def $g($n):
    for $i in range($n):
        yield $i «* 2¦** 2¦+ 1¦% 3»


$acc = 0
for $x in $g(«#2..6»):
    $acc += $x
    «if $acc > «#5..15»:
        break
»print($acc, list($g(«#1..4»)))
---

$n = «#1..9»
$text = f'{$n:03d}'
$text += «=S.word»
$flag = «?B $text:S»
if $flag and $n > 3:
    $out = $text.upper()
elif $flag:
    $out = $text.title()
else:
    $out = $text * 2
del $text
print($out)
---

$d = {}
for $x in «=LI.dup»:
    if $x not in $d:
        $d[$x] = 0
    $d[$x] += 1
$out = {$k: $v for $k, $v in $d.items() if $v > 1}
print($out or 'no duplicates')
assert len($d) >= len($out)
---

$text = «=S.lines»
for $i, $w in enumerate($text.splitlines(), 1):
    if not $w.strip():
        continue
    print(f'{$i:>2} {$w}')
else:
    print('end')
---

$n = 0


def $g($x):
    global $n
    $n += $x
    return $n


for $y in «=LI»:
    «if $y < 0:
        continue
    ¦»$g($y)
print($n)
---

$l, $r = 1, «#20..100»
$cur = «#1..20»
$cnt = 0
while $l <= $r:
    $cnt += 1
    $mid = ($l + $r) // 2
    if $mid == $cur:
        break
    if $mid < $cur:
        $l = $mid + 1
    else:
        $r = $mid - 1
print($cnt, $mid)
---

$m = [['.'] * «#2..4» for _ in range(«#2..3»)]
$m[0][1] = '#'
$m[-1][0] = 'x'
for $row in $m:
    print(''.join($row))
$cnt = sum($row.count('.') for $row in $m)
print($cnt)
---

def $g($n, $n2=2):
    if $n2 == 0:
        raise ZeroDivisionError('no')
    return $n // $n2


for $x in («0, 1, 2¦4, 2, 0¦7, 0¦3, 5»):
    try:
        print($g(10, $x))
    except ZeroDivisionError as $e:
        print('error:', $e)
    «else:
        print('ok')
    ¦»finally:
        print($x)
---

from functools import lru_cache


@lru_cache(maxsize=None)
def $g($n):
    return $n if $n < 2 else $g($n - 1) + $g($n - 2)


print([$g($i) for $i in range(«#3..7»)])
---

$queue = deque([«#1..3»])
$seen = []
while $queue and len($seen) < «#3..6»:
    $x = $queue.popleft()
    if $x in $seen:
        continue
    $seen.append($x)
    $queue.append($x * 2)
    «$queue.append($x + 3)¦if $x % 2:
        $queue.appendleft($x + 1)»
print($seen)
"""
)
