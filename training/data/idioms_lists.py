"""Idioms over lists of numbers, as templates (notation: templates.py)."""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

LISTS = parse_all(
    """
xs=LI n=I
def $f($xs, $n):
    $acc = 0
    for $x in $xs:
        if «?B $x:I $n:I»:
            $acc «+=¦-=» «?I $x:I $n:I»
    return $acc
---
xs=LI n=I
def $f($xs, $n):
    $out = []
    for $x in $xs:
        if $x «>¦<¦>=¦!=¦==» $n:
            $out.append(«$x¦$x * $n¦$x - $n¦«?I $x:I»»)
        «else:
            $out.insert(0, $x)¦elif $x == 0:
            continue¦else:
            $out.append($n)»
    return $out
---
xs=LI
def $f($xs):
    $out = []
    for $i in range(len($xs)«¦ - 1»):
        if $i % 2 == «0¦1»:
            $out.append($xs[$i]«¦ + $i¦ * 2»)
    return $out
---
xs=LI
def $f($xs):
    for $i in range(len($xs)):
        for $j in range(«$i + 1, len($xs)¦len($xs) - 1 - $i¦$i»):
            «if $xs[$i] > $xs[$j]:
                $xs[$i], $xs[$j] = $xs[$j], $xs[$i]¦if $xs[$i] == $xs[$j] and $i != $j:
                return [$i, $j]¦if $xs[$i] + $xs[$j] == «#1..12»:
                return ($i, $j)»
    return $xs
---
xs=LI
def $f($xs):
    $n = len($xs)
    for $i in range($n - 1):
        for $j in range($n - 1 - $i):
            if $xs[$j] «>¦<» $xs[$j + 1]:
                $xs[$j], $xs[$j + 1] = $xs[$j + 1], $xs[$j]
    return $xs
---
xs=LI
def $f($xs):
    $flag = True
    while $flag:
        $flag = False
        for $i in range(len($xs) - 1):
            if $xs[$i] > $xs[$i + 1]:
                $tmp = $xs[$i]
                $xs[$i] = $xs[$i + 1]
                $xs[$i + 1] = $tmp
                $flag = True
    return $xs
---
xs=LI
def $f($xs):
    for $i in range(1, len($xs)):
        $cur = $xs[$i]
        $j = $i - 1
        while $j >= 0 and $xs[$j] > $cur:
            $xs[$j + 1] = $xs[$j]
            $j -= 1
        $xs[$j + 1] = $cur
    return $xs
---
xs=LI
def $f($xs):
    for $i in range(len($xs)):
        $low = $i
        for $j in range($i + 1, len($xs)):
            if $xs[$j] < $xs[$low]:
                $low = $j
        $xs[$i], $xs[$low] = $xs[$low], $xs[$i]
    return $xs
---
xs=LI.sorted n=I@xs:elem
def $f($xs, $n):
    $l, $r = 0, len($xs)«¦ - 1»
    while $l < $r:
        $mid = ($l + $r) // 2
        if $xs[$mid] < $n:
            $l = $mid + 1
        else:
            $r = $mid
    return $l
---
xs=LI.sorted n=I@xs:elem
def $f($xs, $n):
    $l = 0
    $r = len($xs) - 1
    while $l <= $r:
        $mid = «($l + $r) // 2¦$l + ($r - $l) // 2»
        if $xs[$mid] == $n:
            return $mid
        «elif¦if» $xs[$mid] < $n:
            $l = $mid + 1
        else:
            $r = $mid - 1
    return -1
---
xs=LI.sorted n=I
def $f($xs, $n):
    $l, $r = 0, len($xs) - 1
    while $l < $r:
        $acc = $xs[$l] + $xs[$r]
        if $acc == $n:
            return «[$l, $r]¦($xs[$l], $xs[$r])¦True»
        if $acc < $n:
            $l += 1
        else:
            $r -= 1
    return «None¦[]¦False¦-1»
---
xs=LI n=I
def $f($xs, $n):
    $seen = {}
    for $i, $x in enumerate($xs):
        if $n - $x in $seen:
            return [$seen[$n - $x], $i]
        $seen[$x] = $i
    return «[]¦None¦-1»
---
xs=LI
def $f($xs):
    $l, $r = 0, len($xs) - 1
    while $l < $r:
        $xs[$l], $xs[$r] = $xs[$r], $xs[$l]
        $l += 1
        $r -= 1
    return $xs
---
xs=LI.sorted ys=LI.sorted
def $f($xs, $ys):
    $out = []
    $i = $j = 0
    while $i < len($xs) and $j < len($ys):
        if $xs[$i] «<=¦<» $ys[$j]:
            $out.append($xs[$i])
            $i += 1
        else:
            $out.append($ys[$j])
            $j += 1
    «return $out + $xs[$i:] + $ys[$j:]¦$out.extend($xs[$i:])
    $out.extend($ys[$j:])
    return $out¦$out += $xs[$i:]
    return $out»
---
xs=LI.dup
def $f($xs):
    $out = []
    for $x in $xs:
        if $x «not in $out:
            $out.append($x)¦in $out:
            $out.remove($x)
        else:
            $out.append($x)¦not in $out and «?B $x:I»:
            $out.append($x)»
    return $out
---
xs=LI.dup
def $f($xs):
    $seen = set()
    $out = []
    for $x in $xs:
        if $x in $seen:
            «return $x¦continue¦break»
        $seen.add($x)
    return «sorted($seen)¦len($seen)¦$out»
---
xs=LI.dup
def $f($xs):
    $counts = {}
    for $x in $xs:
        $counts[$x] = $counts.get($x, 0) + 1
    «return $counts¦return [$k for $k, $v in $counts.items() if $v > 1]¦return max($counts, key=$counts.get) if $counts else None¦$best = 0
    for $k in $counts:
        if $counts[$k] > $best:
            $best = $counts[$k]
    return $best¦return sorted($counts, key=lambda $k: -$counts[$k])»
---
xs=LI+
def $f($xs):
    $best = $xs[0]
    for $x in $xs[1:]:
        if $x «>¦<» $best:
            $best = $x
    return $best
---
xs=LI+
def $f($xs):
    $best = $low = $xs[0]
    for $x in $xs:
        if $x > $best:
            $best = $x
        elif $x < $low:
            $low = $x
    return «$best - $low¦($low, $best)¦[$low, $best]¦$best, $low»
---
xs=LI
def $f($xs):
    $best = $prev = None
    for $x in $xs:
        if $best is None or $x > $best:
            $prev = $best
            $best = $x
        elif $x != $best and ($prev is None or $x > $prev):
            $prev = $x
    return $prev
---
xs=LI+
def $f($xs):
    $cur = $best = $xs[0]
    for $x in $xs[1:]:
        $cur = max($x, $cur + $x)
        $best = max($best, $cur)
    return $best
---
xs=LI
def $f($xs):
    $acc = «0¦1»
    $out = []
    for $x in $xs:
        $acc «+=¦*=¦-=» $x
        $out.append($acc)
    return $out
---
xs=LI n=I.tiny
def $f($xs, $n):
    $out = []
    for $i in range(len($xs) - $n + 1):
        $out.append(«sum¦max¦min¦len¦sorted¦tuple»($xs[$i:$i + $n]))
    return $out
---
xs=LI n=I.tiny
def $f($xs, $n):
    if len($xs) < $n:
        return «0¦None¦[]»
    $acc = sum($xs[:$n])
    $best = $acc
    for $i in range($n, len($xs)):
        $acc += $xs[$i] - $xs[$i - $n]
        $best = «max¦min»($best, $acc)
    return $best
---
xs=LI+ n=I.tiny
def $f($xs, $n):
    $n = $n % len($xs)
    return «$xs[-$n:] + $xs[:-$n]¦$xs[$n:] + $xs[:$n]»
---
xs=LI n=I.tiny
def $f($xs, $n):
    for $cnt in range($n):
        «if $xs:
            $xs.append($xs.pop(0))¦$xs = $xs[1:] + $xs[:1]¦$xs = $xs[-1:] + $xs[:-1]»
    return $xs
---
xs=LI n=I.tiny
def $f($xs, $n):
    return [$xs[$i:$i + $n] for $i in range(0, len($xs), $n)]
---
xs=LI n=I.tiny
def $f($xs, $n):
    $out = []
    $cur = []
    for $x in $xs:
        $cur.append($x)
        if len($cur) == $n:
            $out.append($cur)
            $cur = []
    «if $cur:
        $out.append($cur)
    ¦»return $out
---
xs=LI ys=LI
def $f($xs, $ys):
    return «[$x for $x in $xs if $x in $ys]¦[$x for $x in $xs if $x not in $ys]¦sorted(set($xs) & set($ys))¦sorted(set($xs) | set($ys))¦sorted(set($xs) - set($ys))¦[$x «+¦*¦-» $y for $x, $y in zip($xs, $ys)]¦sum($x * $y for $x, $y in zip($xs, $ys))¦list(zip($xs, $ys))¦dict(zip($xs, $ys))¦sorted($xs + $ys)[::«1¦-1¦2»]¦set($xs).issubset($ys)¦[($x, $y) for $x in $xs for $y in $ys if $x «<¦==» $y]»
---
xs=LI ys=LI
def $f($xs, $ys):
    $out = []
    for $i in range(«min(len($xs), len($ys))¦max(len($xs), len($ys))»):
        if $i < len($xs):
            $out.append($xs[$i])
        if $i < len($ys):
            $out.append($ys[$i])
    return $out
---
xs=LI
def $f($xs):
    $l, $r = [], []
    for $x in $xs:
        if «?B $x:I»:
            $l.append($x)
        else:
            $r.append($x)
    return «$l, $r¦$l + $r¦[$l, $r]¦len($l) - len($r)¦$r[::-1] + $l»
---
xs=LI
def $f($xs):
    $pivot = 0
    for $i in range(len($xs)):
        if $xs[$i] != 0:
            $xs[$pivot], $xs[$i] = $xs[$i], $xs[$pivot]
            $pivot += 1
    return $xs
---
xs=LI
def $f($xs):
    $i = 0
    while $i < len($xs):
        $x = $xs[$i]
        if «?B $x:I»:
            $xs.pop($i)
        else:
            $i += 1
    return $xs

---
xs=LI+
def $f($xs):
    for $i in range(1, len($xs)):
        if $xs[$i] «<¦<=¦==¦>» $xs[$i - 1]:
            return «False¦$i¦$xs[$i]»
    return «True¦-1¦None»
---
xs=LI
def $f($xs):
    $best = 0
    $cur = 0
    for $x in $xs:
        if «?B $x:I»:
            $cur += 1
            $best = max($best, $cur)
        else:
            $cur = 0
    return $best
---
xs=LI.sorted
def $f($xs):
    $out = []
    for $x in $xs:
        if $out and $x == $out[-1][-1] + 1:
            $out[-1].append($x)
        else:
            $out.append([$x])
    return $out
---
xs=LI.dup
def $f($xs):
    $out = []
    for $x in $xs:
        if $out and $out[-1][0] == $x:
            $out[-1][1] += 1
        else:
            $out.append([$x, 1])
    return $out
---
xs=LI
def $f($xs):
    return «[$xs[$i + 1] - $xs[$i] for $i in range(len($xs) - 1)]¦[$y - $x for $x, $y in zip($xs, $xs[1:])]¦[$i for $i in range(1, len($xs) - 1) if $xs[$i - 1] < $xs[$i] > $xs[$i + 1]]»
---
xs=LI
def $f($xs):
    $xs = sorted($xs)
    $n = len($xs)
    if not $xs:
        return None
    $mid = $n // 2
    if $n % 2 == 0:
        return ($xs[$mid - 1] + $xs[$mid]) / 2
    return $xs[$mid]

"""
)
