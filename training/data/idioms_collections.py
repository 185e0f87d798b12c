"""Idioms over matrices, lists of strings, tuples, sets, deques and itertools, as templates (notation: templates.py)."""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

COLLECTIONS = parse_all(
    """
m=M
def $f($m):
    $out = []
    for $j in range(len($m[0])):
        $row = []
        for $i in range(len($m)):
            $row.append($m[$i][$j])
        $out.append($row)
    return $out
---
m=M
def $f($m):
    return «[list($row) for $row in zip(*$m)]¦[$row[::-1] for $row in $m]¦$m[::-1]¦[sum($row) for $row in $m]¦[sum($col) for $col in zip(*$m)]¦[$x for $row in $m for $x in $row]¦[max($row) for $row in $m]¦[[$x * 2 for $x in $row] for $row in $m]¦sum(map(sum, $m))¦max(max($row) for $row in $m)¦[list($row)[::-1] for $row in zip(*$m)]»
---
m=M.square
def $f($m):
    $acc = 0
    for $i in range(len($m)):
        $acc += $m[$i][«$i¦len($m) - 1 - $i¦-1¦0»]
    return $acc
---
m=M n=I
def $f($m, $n):
    for $i, $row in enumerate($m):
        for $j, $x in enumerate($row):
            if $x «==¦>» $n:
                return ($i, $j)
    return None
---
m=M.bits
def $f($m):
    $cnt = 0
    for $row in $m:
        «$cnt += sum($row)¦for $x in $row:
            if $x == 1:
                $cnt += 1¦if all($row):
            $cnt += 1¦if 1 in $row:
            $cnt += $row.index(1)»
    return $cnt
---
m=LL
def $f($m):
    $out = []
    for $row in $m:
        «if not $row:
            continue
        ¦»«$out.extend($row)¦$out += $row¦$out.append(len($row))¦$out.append(sum($row))¦for $x in $row:
            $out.append($x)¦for $x in $row:
            if $x not in $out:
                $out.append($x)»
    return $out
---
n=I.tiny n2=I.tiny
def $f($n, $n2):
    $m = [[0] * $n for _ in range($n2)]
    for $i in range($n2):
        for $j in range($n):
            $m[$i][$j] = «$i * $j¦$i + $j¦$i * $n + $j¦1 if $i == $j else 0¦($i + $j) % 2»
    return $m
---
n=I.tiny
def $f($n):
    $out = [[1]]
    for $cnt in range($n - 1):
        $row = $out[-1]
        $out.append([1] + [$row[$i] + $row[$i + 1] for $i in range(len($row) - 1)] + [1])
    return «$out¦$out[-1]»
---
ws=LS n=I.tiny
def $f($ws, $n):
    $out = []
    for $w in $ws:
        if len($w) «>¦<¦==¦>=» $n:
            $out.append(«$w¦$w.upper()¦$w[:$n]¦$w[::-1]¦«?S $w:S»»)
        «else:¦elif $w:»
            $out.append(«$w¦''¦«?S $w:S»»)
    return $out

---
ws=LS
def $f($ws):
    return «[$w.upper() for $w in $ws if «?B $w:S»]¦sorted($ws, key=lambda $w: «len($w)¦$w[-1:]¦$w.lower()¦(len($w), $w)¦-len($w)»)¦max($ws, key=len, default='')¦{$w: len($w) for $w in $ws}¦' '.join($ws).title()¦[len($w) for $w in $ws]¦list(map(str.upper, $ws))¦''.join($w[:1] for $w in $ws)¦sum(len($w) for $w in $ws)¦[$w for $i, $w in enumerate($ws) if $i % 2 == 0]¦sorted(set($ws))¦list(enumerate($ws, 1))»
---
ws=LS c=C
def $f($ws, $c):
    $i = 0
    for $w in $ws:
        if $c in $w:
            «$i += $w.count($c)¦$i += 1¦break»
        %30 $i += 1
    return $i
---
ws=LS t=S@ws:elem
def $f($ws, $t):
    «if $t in $ws:
        $ws.remove($t)
    else:
        $ws.append($t)¦if $t not in $ws:
        return -1
    return $ws.index($t)¦while $t in $ws:
        $ws.remove($t)¦$n = $ws.count($t)
    $ws = [$t] * $n + [$w for $w in $ws if $w != $t]¦try:
        $i = $ws.index($t)
    except ValueError:
        return None
    $ws[$i] = $t.upper()»
    return $ws
---
xs=LI i=I.nat n=I
def $f($xs, $i, $n):
    «$xs.insert($i, $n)¦if $i < len($xs):
        $xs[$i] = $n¦$xs[$i:] = [$n]¦$xs[:$i] = []¦del $xs[$i:]¦$xs = $xs[:$i] + [$n] + $xs[$i:]¦del $xs[::2]
    $xs.append($n)¦$xs[$i:$i + 2] = [$n, $n]»
    return $xs
---
xs=LI+
def $f($xs):
    «$first, *$rest = $xs
    return $first, $rest¦*$rest, $lastv = $xs
    return $rest + [$lastv, $lastv]¦$first, *$rest = $xs
    $rest.append($first)
    return $rest¦$first, *_ = $xs
    return [$x - $first for $x in $xs]»
---
pairs=LT
def $f($pairs):
    «return sorted($pairs, key=lambda $tup: $tup[1])¦return sorted($pairs, key=lambda $tup: (-$tup[1], $tup[0]))¦return [$k for $k, $v in $pairs if «?B $v:I $k:S»]¦return dict($pairs)¦return max($pairs, key=lambda $tup: $tup[1])[0]¦$d = {}
    for $k, $v in $pairs:
        $d[$k] = $d.get($k, 0) + $v
    return $d¦$d = {}
    for $k, $v in $pairs:
        $d.setdefault($k, []).append($v)
    return $d¦$l, $r = zip(*$pairs)
    return list($l), sum($r)¦return sum($v for _, $v in $pairs)»
---
pairs=LP
def $f($pairs):
    $pairs = sorted($pairs)
    $out = []
    for $a, $b in $pairs:
        if $out and $a <= $out[-1][1]:
            $out[-1] = ($out[-1][0], max($out[-1][1], $b))
        else:
            $out.append(($a, $b))
    return $out
---
tup=TI n=I
def $f($tup, $n):
    return «$tup + ($n,)¦$tup[1:] + $tup[:1]¦tuple($x for $x in $tup if $x != $n)¦$tup.count($n)¦($n, *$tup)¦tuple(sorted($tup, reverse=True))¦$tup.index($n) if $n in $tup else -1¦tuple($x * $n for $x in $tup)¦len($tup), sum($tup)¦$tup * 2»
---
es=EI es2=EI
def $f($es, $es2):
    return «sorted($es & $es2)¦sorted($es | $es2)¦len($es - $es2)¦sorted($es ^ $es2)¦$es.issubset($es2)¦$es.isdisjoint($es2)¦sorted($es.union($es2))¦sorted($es.difference($es2))¦len($es.intersection($es2)) > 0¦$es >= $es2¦max($es | $es2, default=None)»
---
xs=LI es=EI
def $f($xs, $es):
    for $x in $xs:
        if $x in $es:
            $es.«remove¦discard»($x)
        else:
            $es.add($x)
    return sorted($es)
---
xs=LM
def $f($xs):
    $out = []
    for $x in $xs:
        if isinstance($x, «str¦int¦(int, float)¦list¦bool»):
            $out.append(«$x¦str($x)¦type($x).__name__¦[$x]»)
        elif $x is None:
            $out.append(«0¦'none'¦None»)
    return $out
---
xs=LI
def $f($xs):
    if not $xs:
        return []
    $pivot = $xs[«0¦-1¦len($xs) // 2»]
    $l = [$x for $x in $xs if $x < $pivot]
    $mid = [$x for $x in $xs if $x == $pivot]
    $r = [$x for $x in $xs if $x > $pivot]
    return «$f($l) + $mid + $f($r)¦$l + $mid + $r»
---
xs=LI n=I
def $f($xs, $n):
    for $i in range(len($xs)):
        if $xs[$i] == $n:
            break
    else:
        return «-1¦None¦'missing'»
    return «$i¦$xs[:$i]¦$xs[$i:]»
---
xs=LI n=I.tiny
def $f($xs, $n):
    «$queue = deque($xs)
    $queue.rotate($n)
    return list($queue)¦$queue = deque(maxlen=$n)
    for $x in $xs:
        $queue.append($x)
    return list($queue)¦$queue = deque($xs)
    while len($queue) > $n:
        $queue.popleft()
        $queue.pop() if $queue else None
    return list($queue)¦return heapq.nsmallest($n, $xs)¦return heapq.nlargest($n, $xs)¦return list(itertools.islice(itertools.cycle($xs), $n * 2)) if $xs else []»
---
xs=LI
def $f($xs):
    «return list(itertools.accumulate($xs))¦return [list($g) for _, $g in itertools.groupby($xs)]¦return list(itertools.combinations($xs[:4], 2))¦return list(itertools.permutations($xs[:3]))¦return list(itertools.product($xs[:2], repeat=2))¦return list(itertools.takewhile(lambda $x: «?B $x:I», $xs))¦return functools.reduce(lambda $a, $b: «$a * $b¦max($a, $b)¦$a - $b», $xs, «#0..3»)¦return list(itertools.zip_longest($xs, $xs[1:], fillvalue=0))¦return list(itertools.chain.from_iterable([$x, $x] for $x in $xs))¦return [bisect.bisect(sorted($xs), $x) for $x in $xs]»
"""
)
