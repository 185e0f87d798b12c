"""Short functions that go through the methods of the built-in types evenly, as templates (notation: templates.py).

``@name`` in the texts stands for one of the alternatives in ``FRAGMENTS``; so that every method is met often, in
several surroundings.
"""
# ruff: noqa: E501 (a template's line holds all its variations)

from __future__ import annotations

from neuraldbg.training.data.templates import parse_all

FRAGMENTS = {
    "@smeth": "upper()¦lower()¦title()¦capitalize()¦swapcase()¦casefold()¦strip()¦lstrip()¦rstrip()¦strip(«=C»)¦lstrip('abc')¦rstrip('.!?0')¦strip('aeiou')¦lstrip(«=C»)¦rstrip(«=C»)¦replace(«=C», «=C»)¦replace(«=C», '')¦replace(' ', '_')¦replace('a', 'b', 1)¦zfill(«#3..9»)¦center(«#4..12»)¦center(«#4..12», '*')¦ljust(«#4..10»)¦ljust(«#4..10», '.')¦rjust(«#4..10»)¦rjust(«#4..10», '0')¦removeprefix(«=C»)¦removesuffix(«=C»)¦expandtabs(4)¦expandtabs()¦translate(str.maketrans('abc', '123'))¦translate(str.maketrans('', '', 'aeiou'))¦partition(«=C»)[0]¦rpartition(«=C»)[2]¦split(«=C»)[0]¦split(«=C»)[-1]¦encode().decode()¦format()",
    "@stest": "startswith(«=C»)¦startswith(('a', 'b'))¦endswith(«=C»)¦endswith(«'s'¦'.'¦'ing'»)¦isalpha()¦isdigit()¦isalnum()¦isspace()¦isupper()¦islower()¦istitle()¦isnumeric()¦isdecimal()¦isidentifier()¦isascii()¦isprintable()",
    "@ctest": "isalpha()¦isdigit()¦isalnum()¦isspace()¦isupper()¦islower()¦isnumeric()¦isdecimal()",
    "@cmeth": "upper()¦lower()¦swapcase()¦replace('a', 'e')¦replace(' ', '_')¦zfill(2)¦ljust(2, '.')¦rjust(2)¦center(3, '-')",
    "@sint": "find(«=C»)¦rfind(«=C»)¦count(«=C»)¦find(«=C», «#1..3»)¦rfind(«=C», 0, «#2..6»)¦count('a')¦find(' ')¦count(' ')¦find('e')",
    "@slist": "split()¦split(«=C»)¦split(«=C», 1)¦split(' ')¦rsplit(«=C», 1)¦rsplit(None, 1)¦splitlines()¦partition(«=C»)¦rpartition(«=C»)¦split(',')",
    "@lmeth": "append(«#-5..20»)¦insert(«#0..3», «#-5..20»)¦insert(-1, «#0..9»)¦extend([«#0..9», «#0..9»])¦extend(range(«#1..3»))¦pop()¦pop(0)¦pop(-1)¦remove($xs[0])¦reverse()¦sort()¦sort(reverse=True)¦sort(key=abs)¦sort(key=lambda $y: -$y)¦sort(key=lambda $y: $y % «#2..5»)¦append($xs[-1])¦append($xs.pop(0))¦extend($xs[:2])¦clear()¦insert(0, $xs.pop())¦append(len($xs))",
    "@lstmt": "del $xs[0]¦del $xs[-1]¦del $xs[1:«#2..4»]¦del $xs[::2]¦$xs[0] = «#0..9»¦$xs[-1] «+=¦-=¦*=» «#2..9»¦$xs[:2] = [«#0..9»]¦$xs[1:1] = [«#0..9», «#0..9»]¦$xs[::2] = $xs[::2][::-1]¦$xs += [«#0..9»]¦$xs *= 2¦$xs = $xs[«#1..2»:]¦$xs[0], $xs[-1] = $xs[-1], $xs[0]¦$xs[:] = $xs[::-1]¦$xs = [*$xs, «#0..9»]",
    "@slice": "[«#1..3»:]¦[:-«#1..3»]¦[::-1]¦[::2]¦[1::2]¦[:«#1..5»]¦[-«#1..4»:]¦[«#1..2»:-1]¦[::-2]¦[«#3..6»:«#0..2»:-1]¦[-2::-1]¦[«#0..2»:«#3..6»]",
    "@dmeth": "$d.update({$k: «#0..9»})¦$d.update(a=«#0..9», b=«#0..9»)¦$d.setdefault($k, «#0..9»)¦$d.pop($k, None)¦$d[$k] = «#0..20»¦$d[$k] = $d.get($k, 0) + «#1..5»¦$d['new'] = len($d)¦$d.clear()¦$d |= {$k: «#0..9»}¦$d.setdefault('z', len($k))¦$d[$k + '2'] = $d.pop($k, «#0..9»)",
    "@dexpr": "$d.get($k)¦$d.get($k, «#0..9»)¦list($d.keys())¦list($d.values())¦list($d.items())¦sorted($d)¦sum($d.values())¦len($d)¦$k in $d¦max($d.values(), default=0)¦sorted($d.items(), key=lambda $tup: $tup[1])¦dict.fromkeys($d, 0)¦{**$d, 'q': 1}¦$d.copy()¦list($d)[-1:]¦list(reversed($d))¦$d",
    "@eexpr": "$es | $es2¦$es & $es2¦$es - $es2¦$es ^ $es2¦$es.union($es2)¦$es.intersection($es2)¦$es.difference($es2)¦$es.symmetric_difference($es2)¦$es.union([«#0..9»], $es2)¦$es.copy()",
    "@emeth": "$es.add(«#0..12»)¦$es.discard(«#0..9»)¦$es.update($es2)¦$es.update([«#0..9», «#0..9»])¦$es |= $es2¦$es -= $es2¦$es &= $es2¦$es ^= $es2¦$es.intersection_update($es2)¦$es.difference_update($es2)",
    "@etest": "$es.issubset($es2)¦$es.issuperset($es2)¦$es.isdisjoint($es2)¦$es <= $es2¦$es > $es2¦«#0..9» in $es¦«#0..9» not in $es2¦$es == $es2¦len($es) > len($es2)",
    "@iter": "accumulate($xs)¦chain($xs, [«#0..9»])¦chain.from_iterable([$xs, $xs[:1]])¦islice($xs, «#1..3»)¦islice($xs, 1, None, 2)¦takewhile(lambda $x: «?B $x:I», $xs)¦dropwhile(lambda $x: «?B $x:I», $xs)¦zip_longest($xs, $xs[1:], fillvalue=«0¦None»)¦pairwise($xs)¦combinations($xs[:4], 2)¦permutations($xs[:3], 2)¦product($xs[:2], [0, 1])¦repeat($xs[:1], 2)¦compress($xs, [1, 0, 1])¦starmap(pow, [($x, 2) for $x in $xs[:3]])¦islice(count(«#1..5»), 3)",
    "@math": "gcd($n, «#2..12»)¦isqrt($n)¦factorial($n % 6)¦floor($n / «#3..7»)¦ceil($n / «#3..7»)¦comb(5, $n % 6)¦prod([$n, 2, 3])¦lcm($n, «#2..6»)¦trunc($n / 3)¦hypot(3, 4)¦pow($n, 2)¦log2(2 ** ($n % 6))¦sqrt($n)¦inf¦pi",
}

_TEXTS = """
text=S
def $f($text):
    return $text.«@smeth»
---
text=S
def $f($text):
    return $text.«@smeth».«@smeth»
---
text=S
def $f($text):
    return $text«@slice»«¦ + $text«@slice»¦.«@smeth»»
---
text=S
def $f($text):
    $text = $text.«@smeth»
    $sb = $text.«@smeth»
    return «$sb + $text¦$sb == $text¦len($sb) - len($text)¦$text in $sb¦[$text, $sb]¦$sb.«@smeth»»
---
text=S
def $f($text):
    if $text.«@stest»:
        return $text.«@smeth»
    return $text«¦.«@smeth»¦[::-1]»
---
text=S c=C@text:elem
def $f($text, $c):
    if $c in $text«¦ and $text.«@stest»»:
        $text = $text.«@smeth»
    elif $text.«@stest»:
        $text += $c
    else:
        $text = $c + $text
    return $text
---
text=S t=S@text:part
def $f($text, $t):
    $i = $text.«find¦rfind¦count»($t)
    if $i «> 0¦== -1¦>= 1»:
        $text = $text.«@smeth»
    return «$text[$i:]¦$text[:$i] + $t¦$i, $text¦$text * $i»
---
text=S
def $f($text):
    $n = $text.«@sint»
    «if $n < 0:
        return $text.«@smeth»
    ¦»return «$n¦$text[$n:]¦$text[:$n]¦$text[$n]¦$n + len($text)¦$text[$n + 1:].«@smeth»»
---
text=S
def $f($text):
    $sb = ''
    for $ch in $text:
        if $ch.«@ctest»:
            $sb += $ch.«@cmeth»
        «elif $ch.«@ctest»:
            $sb += «'-'¦$ch * 2¦'#'»
        ¦»else:
            $sb += «$ch¦''¦'_'¦$ch.«@cmeth»»
    return $sb
---
text=S
def $f($text):
    return «''.join($ch.«@cmeth» for $ch in $text if $ch.«@ctest»)¦[$ch.«@ctest» for $ch in $text]¦sum($ch.«@ctest» for $ch in $text)¦all($ch.«@ctest» for $ch in $text)¦any($ch.«@ctest» for $ch in $text)¦''.join([$ch.«@cmeth» if $ch.«@ctest» else $ch for $ch in $text])¦list(filter(str.«isalpha¦isdigit¦isupper¦islower¦isalnum¦isspace», $text))»
---
text=S
def $f($text):
    $parts = «list($text.«@slist»)¦$text.«split()¦split(',')¦split(' ')¦splitlines()¦rsplit(«=C», 1)»»
    «$parts.«reverse()¦sort()¦sort(key=len)¦append('x')¦insert(0, 'a')¦insert(1, $text[:1])¦extend(['b', 'c'])¦pop()¦pop(0)¦sort(reverse=True)¦append($parts[0])»
    ¦if len($parts) > «#1..2»:
        del $parts[«0¦-1¦1:¦:1»]
    ¦»return «$parts¦«' '¦'-'¦','¦'+'».join($parts)¦len($parts)¦$parts[-1]¦[$part.«@smeth» for $part in $parts]»
---
text=S
def $f($text):
    $head, $c, $tail = $text.«partition¦rpartition»(«=C»)
    «if not $c:
        return $text.«@smeth»
    ¦»return «$tail + $c + $head¦$head¦$tail¦[$head, $tail]¦len($head) - len($tail)¦$head.«@smeth» + $tail.«@smeth»»
---
ws=LS
def $f($ws):
    return [$w.«@smeth» for $w in $ws«¦ if $w.«@stest»¦ if not $w.«@stest»»]
---
ws=LS
def $f($ws):
    for $i in «range(len($ws)):
        $ws[$i] = $ws[$i].«@smeth»¦range(0, len($ws), 2):
        $ws[$i] = $ws[$i].«@smeth»»
    return $ws
---
ws=LS
def $f($ws):
    $out = []
    for $w in $ws:
        if $w.«@stest»:
            $out.«append($w.«@smeth»)¦insert(0, $w.«@smeth»)¦extend([$w, $w.«@smeth»])¦append(len($w))»
        «elif $w.«@stest»:
            «continue¦break¦$out.append('')»
        ¦»else:
            $out.append($w«¦.«@smeth»»)
    return $out
---
ws=LS c=C
def $f($ws, $c):
    $cnt = 0
    for $w in $ws:
        if $w.«startswith($c)¦endswith($c)¦find($c) > 0¦count($c) == 1¦«@stest»»:
            $cnt += «1¦len($w)¦$w.«count($c)¦find($c)¦rfind($c)»»
    return $cnt
---
xs=LI+
def $f($xs):
    $xs.«@lmeth»
    return $xs
---
xs=LI+
def $f($xs):
    «$xs.«@lmeth»¦«@lstmt»»
    «if len($xs) > «#1..4»:
        $xs.«@lmeth»¦if $xs:
        «@lstmt»¦if $xs and «?B $xs:LI»:
        $xs.«@lmeth»»
    return «$xs¦sum($xs)¦len($xs)¦$xs«@slice»¦$xs.count(«#0..9»)»
---
xs=LI+
def $f($xs):
    «@lstmt»
    return «$xs¦$xs«@slice»¦sum($xs)»
---
xs=LI+ n=I
def $f($xs, $n):
    «if $n in $xs:
        return $xs.index($n)
    ¦if $xs.count($n) > 1:
        $xs.remove($n)
    ¦$y = $xs.pop()
    $xs.insert(0, $y + $n)
    ¦if $n not in $xs:
        $xs.append($n)
    ¦$ys = $xs.copy()
    $ys.append($n)
    »return «$xs¦$xs«@slice»¦$xs«@slice» + $xs«@slice»¦$xs + [$n]¦sorted($xs)«@slice»¦$xs == $xs[::-1]»
---
xs=LI ys=LI
def $f($xs, $ys):
    $xs.«extend($ys)¦append($ys)¦insert(1, $ys)»
    «$ys.«clear()¦reverse()¦append(«#0..9»)¦sort()»
    ¦»return «$xs¦$xs, $ys¦len($xs)¦$xs«@slice»»
---
d=DSI k=S@d:key
def $f($d, $k):
    «@dmeth»
    return «@dexpr»
---
d=DSI k=S@d:key
def $f($d, $k):
    if $k «in¦not in» $d:
        «@dmeth»
    else:
        «@dmeth»
    return «@dexpr»
---
d=DSI k=S@d:key
def $f($d, $k):
    $out = «@dexpr»
    «@dmeth»
    return «$out, $d¦$d¦$out == $d¦$out»
---
es=EI es2=EI
def $f($es, $es2):
    return «sorted(«@eexpr»)¦«@etest»¦len(«@eexpr»)¦«@eexpr»¦sum(«@eexpr»)»
---
es=EI es2=EI
def $f($es, $es2):
    if «@etest»:
        «@emeth»
    «else:
        «@emeth»
    ¦»return sorted($es)
"""

_LIBRARY_TEXTS = """
xs=LI+
def $f($xs):
    return «list(«@iter»)¦len(list(«@iter»))¦[$y for $y in «@iter»]¦list(«@iter»)[::-1]»
---
xs=LI+
def $f($xs):
    $out = []
    for $y in itertools.«accumulate($xs)¦chain($xs, $xs[::-1])¦islice($xs, 3)¦pairwise($xs)¦combinations($xs[:3], 2)¦permutations($xs[:3], 2)¦product($xs[:2], $xs[-2:])¦zip_longest($xs, $xs[2:])¦islice(itertools.cycle($xs), «#3..7»)¦chain.from_iterable([$xs, [0]])¦takewhile(lambda $x: $x > 0, $xs)¦repeat($xs[0], 2)»:
        «$out.append($y)¦$out.append(str($y))¦$out.insert(0, $y)»
    return $out
---
es=EI es2=EI
def $f($es, $es2):
    $es = $es.«union¦intersection¦difference¦symmetric_difference»($es2)
    «$es.discard(«#0..9»)
    ¦$es.add(len($es))
    ¦»return «sorted($es)¦len($es)¦max($es, default=0)¦list(sorted($es))[::-1]»
---
es=EI es2=EI
def $f($es, $es2):
    $flag = $es.«issubset¦issuperset¦isdisjoint»($es2)
    return «$flag¦not $flag¦'yes' if $flag else sorted($es «&¦|¦-¦^» $es2)¦$flag, len($es)»
---
xs=LI ys=LI
def $f($xs, $ys):
    $es = «set($xs)¦frozenset($xs)¦{$x for $x in $xs if «?B $x:I»}»
    return «sorted($es.«union¦intersection¦difference¦symmetric_difference»($ys))¦$es.«issubset¦issuperset¦isdisjoint»($ys)¦[$y for $y in $ys if $y not in $es]¦len($es)»
---
xs=LI+ n=I.tiny
def $f($xs, $n):
    $it = «cycle($xs)¦iter($xs)¦accumulate($xs)¦count($n, 2)¦iter($xs * 2)»
    $out = []
    for _ in range($n):
        $out.append(next($it«¦, None»))
    return «$out¦sum($x for $x in $out if $x)¦$out[-1]¦$out[::-1]»
---
text=S
def $f($text):
    $counts = Counter($text)
    $counts.«update¦subtract»(«=S.few»)
    return «''.join(sorted($counts.elements()))¦$counts.most_common(«#1..3»)¦list($counts.elements())¦[$k for $k, $v in $counts.items() if $v > 1]¦$counts['«a¦b¦e»']»
---
text=S.letters+
def $f($text):
    return [''.join($tup) for $tup in «permutations($text[:3])¦permutations($text[:4], 2)¦combinations($text[:4], 2)¦product($text[:2], repeat=2)¦zip_longest($text, $text[1:], fillvalue='-')¦product($text[:2], 'xy')»]
---
ws=LS
def $f($ws):
    return «list(chain.from_iterable($ws))¦[''.join($tup) for $tup in product($ws[:2], ['a', 'b'])]¦list(combinations(sorted($ws)[:3], 2))¦[len(list($it)) for _, $it in itertools.groupby($ws, key=len)]¦list(takewhile(lambda $w: «?B $w:S», $ws))¦list(dropwhile(lambda $w: «?B $w:S», $ws))¦list(accumulate($ws))¦list(permutations($ws[:2]))»
---
xs=LI.dup
def $f($xs):
    $out = {}
    for $k, $it in itertools.groupby(«sorted($xs)¦$xs»«¦, key=lambda $x: $x % 2»):
        $out[$k] = «len(list($it))¦sum($it)¦list($it)»
    return $out
---
n=I.nat
def $f($n):
    return «math.«@math»¦round(math.«@math», 3)¦math.«@math» + $n»
---
xs=LI+ n=I.tiny
def $f($xs, $n):
    $queue = deque($xs«¦, maxlen=4»)
    $queue.«rotate($n)¦rotate(-$n)¦append($n)¦appendleft($n)¦extend([$n, 0])¦extendleft([$n, 1])¦pop()¦popleft()¦reverse()¦insert(0, $n)»
    «if $queue:
        $x = $queue.«pop¦popleft»()
        $queue.«append¦appendleft»($x + 1)
    ¦while len($queue) > $n:
        $queue.«pop¦popleft»()
    ¦»return «list($queue)¦sum($queue)¦len($queue)¦$queue¦[*$queue][::-1]»
---
xs=LI.dup n=I.tiny
def $f($xs, $n):
    $counts = Counter($xs)
    «$counts.«update([$n])¦subtract([$n])¦update({$n: 2})»
    ¦$counts[$n] += 1
    ¦del $counts[$n]
    ¦»return «$counts.most_common($n)¦dict($counts)¦sorted($counts.elements())¦$counts[$n]¦$counts.total()¦sorted($counts)¦$counts¦[$k for $k, $v in $counts.items() if $v >= 2]»
---
xs=LI+ n=I.tiny
def $f($xs, $n):
    «$queue = $xs[:]
    heapq.heapify($queue)
    $out = [heapq.heappop($queue) for _ in range(min($n, len($queue)))]
    return $out¦$queue = []
    for $x in $xs:
        heapq.heappush($queue, «$x¦-$x»)
        if len($queue) > $n:
            heapq.heappop($queue)
    return sorted($queue)¦return heapq.nlargest($n, $xs)¦return heapq.nsmallest($n, $xs)»
---
xs=LI+ n=I.tiny
def $f($xs, $n):
    «$xs.sort()
    $i = bisect.bisect_left($xs, $n)
    return $i, $xs[$i:]¦$xs.sort()
    bisect.insort($xs, $n)
    return $xs¦$xs.sort()
    return bisect.bisect($xs, $n)¦return bisect.bisect_right(sorted($xs), $n)»
---
text=S
def $f($text):
    return «re.findall(r'«\\w+¦\\d+¦[aeiou]¦[A-Z]\\w*¦\\b\\w¦.»', $text)¦re.sub(r'«\\s+¦[aeiou]¦\\d¦[^a-z]¦\\W+¦(.)\\1»', «'-'¦''¦'*'», $text)¦re.split(r'«\\W+¦[,;]¦\\s¦\\d+»', $text)¦bool(re.«search¦match¦fullmatch»(r'«\\d¦[a-z]+¦\\w+\\s\\w+¦^[A-Z]»', $text))¦len(re.findall(r'«a¦\\w¦[A-Z]»', $text))¦re.sub(r'\\w+', lambda $w: $w.group().«@cmeth», $text)¦[$w.start() for $w in re.finditer(r'«a¦\\d¦\\s»', $text)]»
---
text=S
def $f($text):
    $it = re.«search¦match»(r'«(\\w+)¦(\\d+)¦([a-z])([a-z])?¦\\w+»', $text)
    if $it is None:
        return «None¦''¦$text»
    return «$it.group(0)¦$it.start(), $it.end()¦$it.span()¦$text[$it.end():]¦$it.groups()»
---
n=I text=S
def $f($n, $text):
    return «int(f'{abs($n)}0')¦float($n)¦str($n) + $text¦[$n] + list($text)¦bool($n) and bool($text)¦complex($n, 1)¦int($n > 0)¦tuple($text[:3])¦$n or $text¦$text and $n¦not $n or not $text¦(($n, $text),)¦{$text: $n}¦{$n: $text}¦repr($text) + repr($n)¦ascii($text)¦hash($n) == $n¦str([$n, $text])¦isinstance($n, bool)¦type($text) is str¦len(str($n)) == len($text)¦sorted(str($n) + $text)¦max($text, str($n))¦id($n) == id($n)¦callable($text)¦bytes($text[:3], 'utf-8')¦divmod($n, 7)¦pow($n, 2)¦-$n % 7, -$n // 7¦round($n, -1)»
"""


def _with_fragments(text: str) -> str:
    for name in FRAGMENTS:
        text = text.replace(f"«{name}»", f"«{FRAGMENTS[name]}»")
    return text


METHODS = parse_all(_with_fragments(_TEXTS))
LIBRARY = parse_all(_with_fragments(_LIBRARY_TEXTS))
