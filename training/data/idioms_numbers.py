"""Idioms over numbers, as templates (notation: templates.py)."""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

NUMBERS = parse_all(
    """
n=I.big
def $f($n):
    $acc = 0
    while $n > 0:
        $acc += $n % 10
        $n //= 10
    return $acc
---
n=I.big
def $f($n):
    «return sum(int($ch) for $ch in str($n))¦return [int($ch) for $ch in str($n)]¦return int(str($n)[::-1])¦return str($n) == str($n)[::-1]¦return len(str($n))¦return max(str($n))¦return int(''.join(sorted(str($n), reverse=True)))¦return f'{$n:,}'¦return sum(int($ch) ** 2 for $ch in str($n))¦return bin($n).count('1')»
---
n=I.big
def $f($n):
    $acc = 0
    while $n:
        $n, $r = divmod($n, 10)
        $acc = $acc * 10 + $r
    return $acc
---
n=I.big
def $f($n):
    while $n > 9:
        $acc = 0
        «for $ch in str($n):
            $acc += int($ch)¦while $n:
            $acc += $n % 10
            $n //= 10»
        $n = $acc
    return $n
---
n=I.pos
def $f($n):
    if $n < 2:
        return False
    for $i in range(2, «int($n ** 0.5) + 1¦$n¦$n // 2 + 1»):
        if $n % $i == 0:
            return False
    return True
---
n=I.nat
def $f($n):
    $out = []
    for $x in range(2, $n + 1):
        «for $i in range(2, $x):
            if $x % $i == 0:
                break
        else:
            $out.append($x)¦if all($x % $i for $i in $out):
            $out.append($x)»
    return $out
---
n=I.nat
def $f($n):
    $m = [True] * ($n + 1)
    $out = []
    for $i in range(2, $n + 1):
        if $m[$i]:
            $out.append($i)
            for $j in range($i * $i, $n + 1, $i):
                $m[$j] = False
    return $out
---
n=I.pos
def $f($n):
    $out = []
    $i = 2
    while $n > 1:
        while $n % $i == 0:
            $out.append($i)
            $n //= $i
        $i += 1
    return $out
---
n=I.pos
def $f($n):
    return «[$i for $i in range(1, $n + 1) if $n % $i == 0]¦sum($i for $i in range(1, $n) if $n % $i == 0)¦[($i, $n // $i) for $i in range(1, int($n ** 0.5) + 1) if $n % $i == 0]»
---
a=I.pos b=I.pos
def $f($a, $b):
    while $b:
        $a, $b = $b, $a % $b
    return $a
---
a=I.pos b=I.pos
def $f($a, $b):
    while $a != $b:
        if $a > $b:
            $a -= $b
        else:
            $b -= $a
    return $a
---
n=I.nat
def $f($n):
    $a, $b = 0, 1
    for _ in range($n):
        $a, $b = $b, $a + $b
    return $a
---
n=I.nat
def $f($n):
    $out = [0, 1]
    while len($out) < $n:
        $out.append($out[-1] + $out[-2])
    return «$out[:$n]¦$out¦[$x for $x in $out if $x % 2 == 0]»
---
n=I.pos
def $f($n):
    $cnt = 0
    while $n != 1«¦ and $cnt < 12»:
        if $n % 2 == 0:
            $n //= 2
        else:
            $n = 3 * $n + 1
        $cnt += 1
        if $cnt >= 15:
            break
    return $cnt
---
n=I.nat
def $f($n):
    $acc = 1
    «for $i in range(«1¦2», $n + 1):
        $acc *= $i¦while $n > 1:
        $acc *= $n
        $n -= 1»
    return $acc
---
n=I.nat base=I.base
def $f($n, $base):
    if $n == 0:
        return '0'
    $digits = ''
    while $n > 0:
        $digits = str($n % $base) + $digits
        $n //= $base
    return $digits
---
text=S.binary
def $f($text):
    $acc = 0
    for «$ch in $text:
        $acc = $acc * 2 + int($ch)¦$i, $ch in enumerate($text[::-1]):
        if $ch == '1':
            $acc += 2 ** $i¦$ch in $text:
        $acc = ($acc << 1) | (1 if $ch == '1' else 0)»
    return $acc
---
n=I
def $f($n):
    if $n % 15 == 0:
        return 'FizzBuzz'
    «elif¦if» $n % 3 == 0:
        return '«Fizz¦three¦a»'
    «elif¦if» $n % 5 == 0:
        return '«Buzz¦five¦b»'
    return «str($n)¦$n¦''»
---
n=I.nat
def $f($n):
    $out = []
    for $i in range(1, $n + 1):
        if $i % «#2..4» == 0:
            $out.append('«Fizz¦x¦even»')
        elif $i % «#3..7» == 0:
            $out.append('«Buzz¦y»')
        else:
            $out.append(«str($i)¦$i»)
    return $out
---
n=I n2=I
def $f($n, $n2):
    if $n > $n2:
        return '«bigger¦first¦a»'
    elif $n == $n2:
        return '«equal¦same»'
    else:
        return '«smaller¦second¦b»'
---
n=I
def $f($n):
    «$sign = -1 if $n < 0 else 1
    return $sign * int(str(abs($n))[::-1])¦return abs($n) if $n < 0 else -$n¦return 'neg' if $n < 0 else 'zero' if $n == 0 else 'pos'¦return not $n % 2¦return ($n, -$n, $n * $n)¦return $n // «#2..5», $n % «#2..5»¦return -$n // 3, -$n % 3¦return divmod($n, «#2..9»)¦return round($n / «#3..7», 2)¦return $n & 1, $n >> 1, $n << 2, $n ^ 5¦return f'{$n:05d}'¦return hex(abs($n)), bin(abs($n)), oct(abs($n))¦return float($n), int(str($n) + '0')¦return pow(abs($n) % 10, 3, 7)»
---
n=I.wide
def $f($n):
    $q, $r = divmod($n, 60)
    «$a, $q = divmod($q, 60)
    return f'{$a:02d}:{$q:02d}:{$r:02d}'¦return f'{$q}m{$r}s'¦return {'min': $q, 'sec': $r}¦return str($q) + ':' + str($r).zfill(2)»
---
n=I.wide
def $f($n):
    $out = []
    for $x in («50, 20, 10, 5, 1¦25, 10, 5, 1¦100, 50, 10»):
        $out.append($n // $x)
        $n %= $x
    return $out

---
n=I.wide
def $f($n):
    $sb = ''
    for $v, $ch in [(1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'), (50, 'L'), (40, 'XL'), (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')]:
        while $n >= $v:
            $sb += $ch
            $n -= $v
    return $sb
---
n=I.tiny n2=I.tiny
def $f($n, $n2):
    $acc = 1
    «for _ in range($n2):
        $acc *= $n¦while $n2 > 0:
        if $n2 % 2 == 1:
            $acc *= $n
        $n *= $n
        $n2 //= 2»
    return $acc
---
n=I.nat
def $f($n):
    $acc = 0
    for $i in range(«1, $n + 1¦$n¦0, $n, 2¦$n, 0, -1¦$n, -1, -3»):
        «if «?B $i:I»:
            $acc += $i¦$acc += $i * $i¦$acc -= $i¦if $i % 2:
            continue
        $acc += $i¦if $acc > «#10..40»:
            break
        $acc += $i»
    return $acc
---
n=I.pos
def $f($n):
    $l, $r = 0, $n
    while $l < $r:
        $mid = ($l + $r + 1) // 2
        if $mid * $mid <= $n:
            $l = $mid
        else:
            $r = $mid - 1
    return $l
---
fs=LF
def $f($fs):
    «return round(sum($fs) / len($fs), 2) if $fs else 0.0¦return [round($flt * «#2..9» / 10, 1) for $flt in $fs]¦return max($fs, default=0.0) - min($fs, default=0.0)¦return [int($flt) for $flt in $fs]¦return sorted($fs, reverse=True)[:2]¦$acc = 0.0
    for $flt in $fs:
        if $flt > 0:
            $acc += $flt
    return round($acc, 2)¦return sum(1 for $flt in $fs if $flt < «#1..9»)¦return [f'{$flt:.1f}' for $flt in $fs]¦return [math.floor($flt) for $flt in $fs], [math.ceil($flt) for $flt in $fs]»
---
fs=LF+
def $f($fs):
    $n = len($fs)
    $cur = sum($fs) / $n
    $acc = sum(($flt - $cur) ** 2 for $flt in $fs) / $n
    return «round($acc, 2)¦round(math.sqrt($acc), 3)¦round($acc ** 0.5, 2)¦($cur, $acc)»
---
flt=F n=I.pos
def $f($flt, $n):
    $acc = $flt
    «for _ in range(min($n, 4)):
        $acc = round($acc * 1.1, 2)¦$acc /= $n
    $acc *= 2¦for _ in range(3):
        $acc /= «2¦10¦4»¦$acc *= $n
    $acc -= $flt / 2¦while $acc > 1:
        $acc /= 2
        $n += 1¦if $flt > 10:
        $acc = $flt * 0.9
    elif $flt > 5:
        $acc = $flt * 0.95»
    return «round($acc, 2)¦f'{$acc:.2f}'¦int($acc)¦$acc»
---
a=I b=I n=I
def $f($a, $b, $n):
    «if $a > $b:
        $a, $b = $b, $a
    ¦»«return $a <= $n <= $b¦return max($a, min($n, $b))¦return sorted([$a, $b, $n])[1]¦return $a + $b > $n and $a < $b¦if $a < $n < $b:
        return $n
    return $a if abs($n - $a) < abs($n - $b) else $b¦return [$x for $x in range($a, min($b, $a + 8)) if $x != $n]»
---
a=I b=I
def $f($a, $b):
    «try:
        return $a / $b
    except ZeroDivisionError:
        return «0¦None¦'error'»¦if $b == 0:
        raise ValueError('«bad¦zero¦no»')
    return $a // $b¦return $a // $b if $b else 0¦try:
        $q = $a // $b
    except ZeroDivisionError as $e:
        return str($e)
    else:
        return $q»
---
n=I
def $f($n):
    if «?B $n:I»:
        $n = «?I $n:I»
    elif «?B $n:I»:
        $n = «?I $n:I»
    else:
        $n «+=¦-=¦*=» «#1..9»
    return «$n¦«?I $n:I»¦«?S $n:I»»
---
n=I.nat
def $f($n):
    return «'\\n'.join('*' * $i for $i in range(1, min($n, 4) + 1))¦[«'*'¦'ab'¦'-'» * $i for $i in range(min($n, 5))]¦' '.join(str($i) for $i in range($n))¦{$i: $i ** 2 for $i in range(min($n, 6))}¦[$i ** 2 for $i in range($n) if $i % 2 == 0]¦sum(range($n + 1))¦list(range($n, 0, -«#1..3»))¦[($i, $j) for $i in range(3) for $j in range($i) if $i + $j < $n]»
"""
)
