"""Idioms over dicts and records, as templates (notation: templates.py)."""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

DICTS = parse_all(
    """
d=DSI
def $f($d):
    $out = {}
    for $k, $v in $d.items():
        «$out[$v] = $k¦$out.setdefault($v, []).append($k)¦if $v not in $out:
            $out[$v] = []
        $out[$v].append($k)¦if «?B $v:I $k:S»:
            $out[$k] = $v¦$out[$k.upper()] = $v * 2¦$out[«?S $k:S»] = «?I $v:I»»
    return $out
---
d=DSI
def $f($d):
    return «{$v: $k for $k, $v in $d.items()}¦sorted($d.items(), key=lambda $tup: $tup[1])¦max($d, key=$d.get) if $d else None¦{$k: $d[$k] for $k in sorted($d)}¦sum($d.values())¦[$k for $k in $d if $d[$k] > «#0..9»]¦list($d.keys())[::-1]¦sorted($d, key=lambda $k: $d[$k], reverse=True)¦{$k: $v for $k, $v in $d.items() if «?B $v:I $k:S»}¦', '.join(f'{$k}={$v}' for $k, $v in $d.items())¦dict(sorted($d.items(), key=lambda $tup: (-$tup[1], $tup[0])))¦[[$k, $v] for $k, $v in $d.items()]¦min($d.values(), default=None)¦len($d) == len(set($d.values()))»
---
d=DSI d2=DSI
def $f($d, $d2):
    $out = «$d.copy()¦dict($d)»
    for $k, $v in $d2.items():
        «if $k in $out:
            $out[$k] += $v
        else:
            $out[$k] = $v¦$out[$k] = $out.get($k, 0) + $v¦if $k not in $out or $out[$k] < $v:
            $out[$k] = $v¦$out.setdefault($k, $v)»
    return $out
---
d=DSI d2=DSI
def $f($d, $d2):
    «$d.update($d2)
    return $d¦return {**$d, **$d2}¦return $d | $d2¦return {$k: ($d.get($k), $d2.get($k)) for $k in sorted(set($d) | set($d2))}¦return sorted($d.keys() & $d2.keys())¦return {$k: $v for $k, $v in $d.items() if $k not in $d2}¦return all($d2.get($k) == $v for $k, $v in $d.items())»
---
d=DSI k=S@d:key
def $f($d, $k):
    if $k in $d:
        «return $d[$k]¦$d[$k] += 1¦del $d[$k]¦return $d.pop($k)¦$d[$k] = -$d[$k]»
    «else:
        $d[$k] = «#0..9»
    ¦»return $d
---
d=DSI k=S@d:key
def $f($d, $k):
    try:
        return $d[$k]
    except KeyError«¦ as $e»:
        return «None¦-1¦0¦'missing'¦f'no {$k}'»
---
d=DSI k=S@d:key n=I
def $f($d, $k, $n):
    «$v = $d.get($k, $n)
    $d[$k] = $v + 1¦$d.setdefault($k, $n)
    $d[$k] -= 1¦$v = $d.pop($k, $n)
    $d['«old¦last¦x»'] = $v¦$d[$k] = max($d.get($k, 0), $n)»
    return «$d¦list($d.items())¦$d.get($k)¦len($d)»

---
d=DSI
def $f($d):
    $acc = 0
    for «$k in $d:
        $acc += $d[$k]¦$v in $d.values():
        if «?B $v:I»:
            $acc += $v¦$k, $v in $d.items():
        if «?B $k:S»:
            continue
        $acc += $v¦$k in sorted($d):
        $acc = $acc * 2 + $d[$k]»
    return «$acc¦$acc / len($d) if $d else 0¦{'total': $acc}¦round($acc / max(len($d), 1), 2)»
---
d=DSI
def $f($d):
    $best, $n = None, «0¦-1»
    for $k, $v in $d.items():
        if $v > $n«¦ or ($v == $n and $k < $best)»:
            $best, $n = $k, $v
    return «$best¦($best, $n)¦{$best: $n}»
---
d=DSI n=I
def $f($d, $n):
    for $k in list($d«¦.keys()»):
        if $d[$k] «<¦>¦==» $n:
            «del $d[$k]¦$d.pop($k)¦$d[$k] = $n»
    return $d
---
ws=LS
def $f($ws):
    $groups = «{}¦defaultdict(list)»
    for $w in $ws:
        $k = «len($w)¦$w[:1]¦$w[-1:].lower()¦$w.isupper()¦''.join(sorted($w))»
        if $k not in $groups:
            $groups[$k] = []
        $groups[$k].append($w)
    return «$groups¦dict($groups)¦sorted($groups)¦{$k: len($v) for $k, $v in $groups.items()}¦list($groups.values())»
---
xs=LI n=I.tiny
def $f($xs, $n):
    $groups = «{$i: [] for $i in range($n)}¦defaultdict(list)»
    for $x in $xs:
        $groups[$x % $n].append($x)
    return «dict($groups)¦{$k: sum($v) for $k, $v in $groups.items()}¦sorted($groups.items())»
---
ws=LS xs=LI
def $f($ws, $xs):
    $d = «dict(zip($ws, $xs))¦{$w: $x for $w, $x in zip($ws, $xs)}»
    «$d = {$k: $v for $k, $v in $d.items() if $v > 0}
    ¦»return «$d¦sorted($d)¦[$d[$w] for $w in $ws if $w in $d]¦$d.get(«=S.word», 0)»

---
d=DSL
def $f($d):
    $out = {}
    for $k, $v in $d.items():
        $out[$k] = «sum($v)¦len($v)¦sorted($v)¦max($v, default=0)¦$v[::-1]¦[$x for $x in $v if «?B $x:I»]¦sum($v) / len($v) if $v else 0»
    return $out
---
d=DSL k=S@d:key n=I
def $f($d, $k, $n):
    «$d.setdefault($k, []).append($n)¦if $k in $d:
        $d[$k].append($n)
    else:
        $d[$k] = [$n]¦$d[$k] = $d.get($k, []) + [$n]¦for $v in $d.values():
        if $n in $v:
            $v.remove($n)»
    return $d
---
d=DSL
def $f($d):
    $out = {}
    for $k, $v in $d.items():
        for $x in $v:
            «$out[$x] = $k¦$out.setdefault($x, []).append($k)¦$out[$x] = $out.get($x, 0) + 1»
    return $out
---
recs=LD k=S.word
def $f($recs, $k):
    «$out = [$rec['name'] for $rec in $recs if $rec['age'] > «#10..60»]¦$out = {}
    for $rec in $recs:
        $out.setdefault($rec['city'], []).append($rec['name'])¦$out = sorted($recs, key=lambda $rec: $rec['age'])
    $out = [$rec['name'] for $rec in $out]¦$out = sum($rec['age'] for $rec in $recs) / len($recs)¦$out = max($recs, key=lambda $rec: $rec['age'])['name']¦for $rec in $recs:
        $rec['name'] = $rec['name'].upper()
    $out = $recs¦$out = [$rec.get($k, '?') for $rec in $recs]¦$out = {}
    for $rec in $recs:
        $out[$rec['name']] = $rec['age']»
    return $out
---
d=DSD
def $f($d):
    $acc = 0
    for $k, $v in $d.items():
        for $k2, $x in $v.items():
            if «?B $x:I $k2:S»:
                $acc += $x
    return $acc
---
d=DSM
def $f($d):
    $out = []
    for $k, $v in $d.items():
        if $v is None:
            continue
        if isinstance($v, str):
            $out.append(«$v¦f'{$k}:{$v}'¦$k + $v»)
        «elif isinstance($v, bool):
            $out.append(not $v)
        else¦else»:
            $out.append(«$k¦str($v)¦$v * 2»)
    return $out

---
text=S
def $f($text):
    $counts = «Counter($text)¦Counter($text.split())¦Counter($text.lower())»
    return «$counts.most_common(«#1..3»)¦dict($counts)¦sorted($counts.items())¦[$k for $k, $v in $counts.items() if $v > 1]¦sum($counts.values())¦$counts['«a¦e¦ »']¦sorted($counts.elements())¦max($counts.values(), default=0)»
---
xs=LI ys=LI
def $f($xs, $ys):
    $counts = Counter($xs)
    $counts.«update¦subtract»($ys)
    return «dict($counts)¦sorted($counts.items())¦[$k for $k in sorted($counts) if $counts[$k] > 0]¦$counts.most_common(1)»
---
text=S
def $f($text):
    $counts = defaultdict(int)
    for $ch in $text:
        «if $ch.isalpha():
            $counts[$ch.lower()] += 1¦$counts[$ch] += 1¦$counts['digit' if $ch.isdigit() else 'other'] += 1»
    return «dict($counts)¦sorted($counts)¦{$k: $v for $k, $v in sorted($counts.items()) if $v > 1}»
---
text=S
def $f($text):
    $seen = {}
    for $i, $ch in enumerate($text):
        «if $ch in $seen:
            return $i - $seen[$ch]
        $seen[$ch] = $i¦$seen[$ch] = $i¦$seen.setdefault($ch, $i)¦$seen.setdefault($ch, []).append($i)»
    return «$seen¦len($seen)¦list($seen.values())¦-1»
---
text=S d=DSS
def $f($text, $d):
    for $k, $v in $d.items():
        $text = $text.replace($k, $v)
    return $text
---
text=S
def $f($text):
    $d = {'a': '«1¦@¦*¦4»', 'e': '3', 'o': '«0¦()»', ' ': '«_¦-¦»'}
    «$sb = ''
    for $ch in $text:
        $sb += $d.get($ch, $ch)
    return $sb¦return ''.join($d.get($ch, $ch) for $ch in $text)¦return $text.translate(str.maketrans($d))¦return ''.join($d[$ch] if $ch in $d else $ch.upper() for $ch in $text)»
---
ws=LS n=I
def $f($ws, $n):
    $d = dict.fromkeys($ws, $n)
    for $i, $w in enumerate($ws):
        $d[$w] «+=¦-=» $i
    return «$d¦list($d.items())¦sorted($d.values())»
---
d=DIS n=I@d:key
def $f($d, $n):
    «if $n in $d:
        return $d[$n]
    return $d.get($n - 1, 'none')¦$d[$n] = $d.get($n, '') + '!'
    return $d¦return {$v: $k for $k, $v in $d.items() if $k != $n}¦return [$d[$k] for $k in sorted($d, reverse=True)]¦while $n in $d:
        $n += 1
    $d[$n] = 'new'
    return $d¦return ''.join($d[$k][:1] for $k in sorted($d))»
---
d=DSI
def $f($d):
    $out = []
    while $d:
        $k, $v = $d.popitem()
        «$out.append($k)¦$out.append(($k, $v))¦if $v > «#0..9»:
            $out.append($k)¦$out.insert(0, f'{$k}{$v}')»
    return $out
"""
)
