"""Idioms over strings, as templates (notation: templates.py)."""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

TEXT = parse_all(
    """
text=S
def $f($text):
    $cnt = 0
    for $ch in $text:
        if $ch «in 'aeiou'¦in 'aeiouAEIOU'¦.lower() in 'aeiou'¦not in ' ,.'¦in «=S.few»»:
            $cnt += 1
    return $cnt
---
text=S
def $f($text):
    return «sum(1 for $ch in $text if «?B $ch:C»)¦len([$ch for $ch in $text if «?B $ch:C»])»
---
text=S.sentence
def $f($text):
    $ws = $text.split()
    «return ' '.join($ws[::-1])¦return ' '.join(reversed($ws))¦$ws.reverse()
    return ' '.join($ws)¦return ' '.join($w[::-1] for $w in $ws)»
---
text=S n=I.pos
def $f($text, $n):
    $sb = ''
    for $ch in $text:
        if $ch.isalpha():
            $base = ord('A') if $ch.isupper() else ord('a')
            $sb += chr((ord($ch) - $base «+¦-» $n) % 26 + $base)
        else:
            $sb += $ch
    return $sb
---
text=S.pal
def $f($text):
    $l, $r = 0, len($text) - 1
    while $l < $r:
        if $text[$l] != $text[$r]:
            return False
        $l += 1
        $r -= 1
    return True
---
text=S.pal
def $f($text):
    %50 $text = $text.lower()
    $sb = «''.join($ch for $ch in $text if $ch.isalnum())¦''.join(filter(str.isalnum, $text))¦$text.replace(' ', '')»
    return $sb == $sb[::-1]
---
text=S.runs
def $f($text):
    $sb = ''
    $i = 0
    while $i < len($text):
        $j = $i
        while $j < len($text) and $text[$j] == $text[$i]:
            $j += 1
        $sb += «$text[$i] + str($j - $i)¦f'{$text[$i]}{$j - $i}'¦str($j - $i) + $text[$i]»
        $i = $j
    return $sb
---
text=S.runs+
def $f($text):
    $prev = $text[0]
    $cnt = 1
    $sb = []
    for $ch in $text[1:]:
        if $ch == $prev:
            $cnt += 1
        else:
            $sb.append(«$prev + str($cnt)¦($prev, $cnt)¦[$prev, $cnt]»)
            $prev, $cnt = $ch, 1
    $sb.append(($prev, $cnt))
    return $sb
---
text=S c=C@text:elem
def $f($text, $c):
    $i = $text.«find¦rfind»($c)
    if $i == -1:
        return «$text¦''¦-1¦None»
    return «$text[$i + 1:]¦$text[:$i]¦$text[:$i] + $text[$i + 1:]¦$text[$i:]¦$text[$i:][::-1]»
---
text=S c=C@text:elem
def $f($text, $c):
    $out = []
    for $i in range(len($text)):
        if $text[$i] == $c:
            $out.append($i)
    return $out
---
text=S c=C@text:elem c2=C
def $f($text, $c, $c2):
    $out = list($text)
    for $i, $ch in enumerate($out):
        if $ch == $c:
            $out[$i] = $c2
            %30 break
    return ''.join($out)
---
text=S.brackets
def $f($text):
    $stack = []
    $mp = {')': '(', ']': '[', '}': '{'}
    for $ch in $text:
        if $ch in «$mp.values()¦'([{'»:
            $stack.append($ch)
        elif $ch in $mp:
            if not $stack or $stack.pop() != $mp[$ch]:
                return False
    return «not $stack¦len($stack) == 0»
---
text=S.brackets
def $f($text):
    $level = 0
    $best = 0
    for $ch in $text:
        if $ch == '(':
            $level += 1
            $best = max($best, $level)
        elif $ch == ')':
            $level -= 1
    return $best
---
text=S.csv
def $f($text):
    $parts = «[$part.strip() for $part in $text.split(',')]¦$text.split(',')¦$text.replace(';', ',').split(',')»
    return «$parts¦len($parts)¦[$part for $part in $parts if $part]¦{$part: len($part) for $part in $parts}¦sorted($parts, key=len)¦$parts[0] + '...' + $parts[-1]»
---
text=S.kv
def $f($text):
    $d = {}
    for $part in $text.split('«;¦&¦,»'):
        if '=' in $part:
            $k, $v = $part.split('=', 1)
            $d[$k«¦.strip()»] = «$v¦$v.strip()¦int($v) if $v.isdigit() else $v»
    return $d
---
text=S.ident
def $f($text):
    $parts = $text.split('«_¦-»')
    return «$parts[0] + ''.join($w.title() for $w in $parts[1:])¦''.join($w.capitalize() for $w in $parts)¦'-'.join($parts).upper()¦' '.join($parts).title()»
---
text=S.ident
def $f($text):
    $sb = ''
    for $i, $ch in enumerate($text):
        if $ch.isupper() and $i > 0:
            $sb += '_'
        $sb += $ch.lower()
    return $sb
---
text=S n=I.tiny
def $f($text, $n):
    $out = []
    for $i in range(len($text) - $n + 1):
        $part = $text[$i:$i + $n]
        «$out.append($part)¦if $part not in $out:
            $out.append($part)¦if len(set($part)) == $n:
            $out.append($part)»
    return $out
---
text=S t=S.letters+@text:part
def $f($text, $t):
    $cnt = 0
    $i = $text.find($t)
    while $i != -1:
        $cnt += 1
        $i = $text.find($t, $i + «1¦len($t)»)
    return $cnt
---
text=S t=S@text:prefix
def $f($text, $t):
    if $text.«startswith($t):
        return $text[len($t):]¦endswith($t):
        return $text[:-len($t)]»
    return «$text¦None¦$text + $t¦''»
---
ws=LS+
def $f($ws):
    $prev = $ws[0]
    for $w in $ws[1:]:
        while not $w.startswith($prev):
            $prev = $prev[:-1]
    return $prev
---
ws=LS
def $f($ws):
    $best = «''¦None»
    for $w in $ws:
        if «not $best or len($w) > len($best)¦$best is None or $w < $best¦not $best or $w > $best»:
            $best = $w
    return $best
---
text=S.sentence
def $f($text):
    $counts = {}
    for $w in $text.«split()¦lower().split()¦split(' ')»:
        «$w = $w.strip('.,!?')
        ¦»$counts[$w] = $counts.get($w, 0) + 1
    return $counts
---
text=S
def $f($text):
    $counts = {}
    for $ch in $text:
        if $ch not in $counts:
            $counts[$ch] = 0
        $counts[$ch] += 1
    return «$counts¦max($counts.values(), default=0)¦[$ch for $ch in $counts if $counts[$ch] == 1]¦sorted($counts.items(), key=lambda $tup: (-$tup[1], $tup[0]))¦max($counts, key=$counts.get) if $counts else None¦''.join($k * $v for $k, $v in $counts.items())»
---
text=S t=S
def $f($text, $t):
    «return sorted($text) == sorted($t)¦return Counter($text) == Counter($t)¦if len($text) != len($t):
        return False
    for $ch in $text:
        if $text.count($ch) != $t.count($ch):
            return False
    return True¦return set($text) == set($t)»
---
text=S
def $f($text):
    $seen = []
    $sb = ''
    for $ch in $text:
        if $ch not in $seen:
            $seen.append($ch)
            $sb += $ch
    return $sb
---
text=S
def $f($text):
    $sb = ''
    for $i, $ch in enumerate($text):
        if $i % 2 == «0¦1»:
            $sb += $ch.upper()
        else:
            $sb += $ch«.lower()¦»
    return $sb
---
text=S
def $f($text):
    $sb = «[]¦list()»
    for $ch in $text:
        if $ch.isupper():
            $sb.append($ch.lower())
        elif $ch.islower():
            $sb.append($ch.upper())
        «elif $ch.isdigit():
            $sb.append('#')
        ¦»else:
            $sb.append(«$ch¦'_'¦' '»)
    return ''.join($sb)
---
text=S c=C
def $f($text, $c):
    $i = 0
    while $i < len($text) and $text[$i] «== $c¦!= $c¦== ' '¦.isalpha()»:
        $i += 1
    return «$text[$i:]¦$i¦$text[:$i]¦$text[$i:] + $c * $i»
---
text=S n=I.pos c=C
def $f($text, $n, $c):
    while len($text) < $n:
        $text «= $c + $text¦+= $c¦= $c + $text + $c»
    return $text«¦[:$n]»
---
text=S n=I.pos
def $f($text, $n):
    if len($text) > $n:
        return $text[:$n«¦ - 1»] + «'...'¦'.'¦''»
    return $text«¦.ljust($n, '.')¦.center($n, '*')¦.rjust($n)¦.zfill($n)»
---
text=S
def $f($text):
    $i = 0
    $l = $r = 0
    for $ch in $text:
        if $ch.«isalpha¦islower¦isupper»():
            $l += 1
        elif $ch.«isdigit¦isspace¦isnumeric»():
            $r += 1
        else:
            $i += 1
    return «$l, $r, $i¦{'a': $l, 'b': $r}¦[$l, $r]¦f'{$l}-{$r}-{$i}'¦$l - $r»
---
text=S.path
def $f($text):
    $parts = $text.split('/')
    «$w = $parts[-1]
    $head, _, $tail = $w.«partition¦rpartition»('.')
    return $head, $tail¦return [$part for $part in $parts if $part]¦$parts.pop()
    return '/'.join($parts)¦return $parts[-1].rsplit('.', 1)¦$stack = []
    for $part in $parts:
        if $part == '..':
            if $stack:
                $stack.pop()
        elif $part and $part != '.':
            $stack.append($part)
    return '/' + '/'.join($stack)»
---
text=S.email
def $f($text):
    «if '@' not in $text:
        return None
    ¦»$head, $tail = $text.split('@'«¦, 1»)
    return «$head¦$tail.split('.')[-1]¦$head.replace('.', ' ').title()¦{'user': $head, 'host': $tail}¦$head[0] + '***@' + $tail¦$text.count('.') > 1 and $tail.endswith('com')¦f'{$head.upper()} at {$tail}'»
---
text=S
def $f($text):
    return «$text.encode()¦list($text.encode('utf-8'))¦$text.encode('ascii', 'ignore').decode()¦[ord($ch) for $ch in $text]¦''.join(chr(ord($ch) + 1) for $ch in $text)¦[hex(ord($ch)) for $ch in $text]¦sum(map(ord, $text)) % «#5..100»¦$text.isascii()¦repr($text)¦ascii($text)¦len($text.encode('utf-8'))»
---
text=S.spaced
def $f($text):
    $ws = [$w.strip() for $w in $text.«split()¦split(' ')¦splitlines()¦strip().split('\\t')¦expandtabs(4).split(' ')»]
    return «$ws¦len($ws)¦' '.join($w for $w in $ws if $w)¦[$w for $w in $ws if $w]¦max($ws, key=len, default='')¦'-'.join($ws).lower()»
---
text=S.lines
def $f($text):
    $out = []
    for $i, $w in enumerate($text.«splitlines()¦split('\\n')»«¦, 1»):
        if not $w.strip():
            continue
        $out.append(«$w.strip()¦($i, $w)¦f'{$i}: {$w}'¦len($w.split())¦$w.capitalize()¦$w[:«#2..8»]»)
    return «$out¦'\\n'.join(map(str, $out))¦$out[-1:]»
---
text=S.lines
def $f($text):
    return «$text.splitlines(True)¦$text.splitlines(keepends=True)[-1:]¦$text.count('\\n') + 1¦$text.replace('\\n', ' ').split()¦max(map(len, $text.split('\\n')))¦{$i: $w for $i, $w in enumerate($text.split('\\n'))}»
---
text=S t=S
def $f($text, $t):
    $sb = ''
    for $ch, $ch2 in zip($text, $t):
        «$sb += $ch + $ch2¦if $ch == $ch2:
            $sb += $ch
        else:
            $sb += «'.'¦$ch2¦'?'»¦$sb += max($ch, $ch2)¦$sb = $ch2 + $sb + $ch»
    return «$sb¦$sb + $text[len($t):]¦$sb + $t[len($text):]¦len($sb)»
---
text=S t=S
def $f($text, $t):
    $cnt = 0
    for $i in range(min(len($text), len($t))):
        if $text[$i] «!=¦==» $t[$i]:
            $cnt += 1
    return $cnt«¦ + abs(len($text) - len($t))»
---
text=S t=S@text:part
def $f($text, $t):
    «if $t in $text:
        return $text.«replace($t, '')¦replace($t, $t.upper())¦replace($t, '*' * len($t), 1)¦index($t)¦split($t)¦partition($t)¦rpartition($t)¦count($t)¦rindex($t)¦find($t, 1)¦rfind($t)»
    return «None¦$text + $t¦$t¦-1»¦if $text.startswith($t) or $text.endswith($t):
        return True
    return $t in $text¦$i = $text.find($t)
    return $text[:$i] if $i >= 0 else ''¦if not $text.endswith($t):
        $text += $t
    return $text¦while $t in $text:
        $text = $text.replace($t, '', 1)
    return $text¦return $text.removeprefix($t) + '|' + $text.removesuffix($t)¦$i = $text.index($t)
    return $text[$i:]»
---
text=S t=S
def $f($text, $t):
    $i = 0
    for $ch in $text:
        if $i < len($t) and $ch == $t[$i]:
            $i += 1
    return $i «== len($t)¦> 0¦»
---
text=S
def $f($text):
    $best = ''
    for $i in range(len($text)):
        for $j in range($i + 1, «len($text) + 1¦min($i + 5, len($text)) + 1»):
            $part = $text[$i:$j]
            if «$part == $part[::-1]¦len(set($part)) == len($part)» and len($part) > len($best):
                $best = $part
    return $best
---
text=S.letters
def $f($text):
    $out = []
    for $i in range(len($text) - 1):
        «if ord($text[$i + 1]) - ord($text[$i]) == 1:
            $out.append($i)¦$out.append($text[$i] + $text[$i + 1])¦if $text[$i] > $text[$i + 1]:
            $out.append($text[$i])¦$out.append(ord($text[$i + 1]) - ord($text[$i]))¦if $text[$i] == $text[$i + 1]:
            return $i»
    return $out
---
text=S
def $f($text):
    $prev = ''
    $sb = ''
    for $ch in $text:
        if $ch != $prev:
            $sb += $ch
        $prev = $ch
    return $sb
---
text=S n=I.tiny
def $f($text, $n):
    «$out = ['' for _ in range($n)]
    for $i, $ch in enumerate($text):
        $out[$i % $n] += $ch
    return «$out¦''.join($out)»¦$n %= len($text) or 1
    return $text[$n:] + $text[:$n]¦return $text[::$n]¦return $text[:$n][::-1] + $text[$n:]¦return $text * $n¦return ''.join($ch * $n for $ch in $text)¦return [$text[$i::$n] for $i in range($n)]¦return $text[$n:-$n]¦return $text[-$n:]¦return $text[$n]»
---
text=S.sentence
def $f($text):
    «return ' '.join($w.capitalize() for $w in $text.split())¦return ''.join($w[0] for $w in $text.split()).upper()¦return [len($w) for $w in $text.split()]¦return max($text.split(), key=len)¦return sorted($text.split(), key=str.lower)¦return {$w: $i for $i, $w in enumerate($text.split())}¦return ' '.join(sorted($text.split(), key=len))¦return len([$w for $w in $text.split() if len($w) > «#2..5»])¦return $text.title().swapcase()¦return $text.split(' ', 1)¦return $text.rsplit(' ', 1)[-1]¦return ' '.join($w if $i % 2 else $w[::-1] for $i, $w in enumerate($text.split()))¦return [$w for $w in $text.split() if $w.istitle()]¦$first, *$rest = $text.split()
    return ' '.join($rest + [$first])¦return dict(zip($text.split(), $text.split()[1:]))¦return $text.casefold().count('e')»
---
text=S.sentence
def $f($text):
    $out = []
    for $w in $text.split():
        $w = $w.«strip('.,!?')¦lower()¦rstrip(',.!')»
        if «len($w) > «#2..4»¦$w not in $out¦$w.isalpha()¦$w[0] in 'aeiou'¦$w and $w[-1] != 's'»:
            $out.append(«$w¦$w[0] + '.'¦$w[::-1]¦$w + str(len($w))»)
    return «$out¦' '.join($out)¦','.join(sorted($out))»
---
text=S
def $f($text):
    $n = len($text)
    $mid = $n // 2
    «if $n % 2:
        return $text[$mid]
    return $text[$mid - 1:$mid + 1]¦return $text[$mid:] + $text[:$mid]¦$l, $r = $text[:$mid], $text[$mid:]
    return $r + '-' + $l¦return $text[:$mid].upper() + $text[$mid:].lower()¦return $text[:$mid] == $text[-$mid:]¦if $n < «#2..6»:
        return ''
    return $text[:2] + $text[-2:]¦return $text[::-1][:$mid]»
---
text=S.alnum
def $f($text):
    $acc = 0
    $tmp = ''
    for $ch in $text:
        if $ch.isdigit():
            $tmp += $ch
        elif $tmp:
            $acc += int($tmp)
            $tmp = ''
    «if $tmp:
        $acc += int($tmp)
    ¦»return «$acc¦$acc, $tmp»
---
text=S.alnum
def $f($text):
    return «[int($ch) for $ch in $text if $ch.isdigit()]¦''.join($ch for $ch in $text if not $ch.isdigit())¦sum(int($ch) for $ch in $text if $ch.isnumeric())¦re.findall(r'\\d+', $text)¦re.sub(r'[0-9]', '#', $text)¦re.split(r'\\d', $text)¦''.join(sorted($text, key=lambda $ch: (not $ch.isdigit(), $ch)))¦[$ch for $ch in $text if $ch in string.ascii_lowercase]¦bool(re.match(r'[a-z]', $text))¦re.sub(r'([a-z])(\\d)', r'\\2\\1', $text)»
---
text=S.numbers
def $f($text):
    $xs = [int($part) for $part in $text.replace(',', ' ').split()]
    return «sum($xs)¦max($xs) - min($xs)¦sorted($xs)¦[$x for $x in $xs if «?B $x:I»]¦' '.join(str($x + 1) for $x in $xs)¦$xs[::-1]¦f'{sum($xs) / len($xs):.2f}'»
---
text=S n=I
def $f($text, $n):
    return «f'{$text}:{$n}'¦f'{$text:>«#6..12»}|'¦f'{$text!r} {$n:+d}'¦'{} {}'.format($text, $n)¦'{1}-{0}'.format($text, $n)¦'%s=%d' % ($text, $n)¦'{a}/{b}'.format(a=$text, b=$n)¦f'{$text:*^«#6..14»}'¦f'{$n:«04d¦x¦,¦b¦>6¦e¦05.1f¦%»}{$text}'¦f'{$text[:2]}{$n * 2}'¦f'{$text.upper()} {len($text)}'¦$text + str($n)¦'%-8s|%5.2f' % ($text, $n)¦f'{$text=}, {$n=}'¦f'{{{$text}}}'»
---
text=S
def $f($text):
    $mp = str.maketrans(«'abc', 'xyz'¦'aeiou', '*****'¦'', '', 'aeiou'¦{'a': '4', 'e': None}»)
    $sb = $text.translate($mp)
    return «$sb¦$sb.upper()¦len($text) - len($sb)¦$sb == $text»
---
ws=LS c=C
def $f($ws, $c):
    $sb = $c.join($ws)
    «while $c * 2 in $sb:
        $sb = $sb.replace($c * 2, $c)
    ¦$sb = $c + $sb
    ¦»return «$sb¦$sb.split($c)¦$sb.count($c)¦$sb.strip($c)¦$sb.rstrip($c)[::-1]»
---
text=S c=C@text:elem
def $f($text, $c):
    $parts = $text.split($c)
    «$parts = [$part for $part in $parts if $part]
    ¦for $i in range(len($parts)):
        $parts[$i] = $parts[$i].«strip¦upper¦capitalize»()
    ¦$parts.«reverse¦sort»()
    ¦if len($parts) > «#1..3»:
        $parts = $parts[1:]
    ¦»return «$parts¦$c.join($parts)¦len($parts)¦(«'-'¦'+'¦' '»).join($parts)¦$parts[-1]»
---
text=S.hex
def $f($text):
    «return int($text, 16)¦return bytes.fromhex($text.zfill(6)[-6:])¦$acc = 0
    for $ch in $text:
        $acc = $acc * 16 + '0123456789abcdef'.index($ch)
    return $acc¦return [int($ch, 16) for $ch in $text]¦return f'{int($text, 16):b}'»
"""
)
