"""Functions on words, sentences and counting in text."""
import bisect
import heapq
import itertools
import re
import statistics
import string
import textwrap
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from functools import reduce
from operator import itemgetter


def headline_stats(headline):
    words = headline.split()
    chars = sum(len(w) for w in words)
    if not words:
        return {"words": 0, "chars": 0, "avg": 0.0}
    return {"words": len(words), "chars": chars, "avg": round(chars / len(words), 2)}
#: headline_stats("Markets rally as rates hold steady")
#: headline_stats("")
#: headline_stats("  Breaking  ")
#: headline_stats("Cafés réouverts à Paris")


def reading_minutes(text, wpm=200):
    if wpm <= 0:
        raise ValueError(f"wpm must be positive, not {wpm}")
    minutes, rest = divmod(len(text.split()), wpm)
    if rest:
        minutes += 1
    return minutes or 1
#: reading_minutes("one two three four five", 2)
#: reading_minutes("")
#: reading_minutes("a b c d", wpm=4)
#: reading_minutes("too slow", wpm=0)


def stopword_ratio(sentence, stopwords=("the", "a", "of", "and", "to")):
    tokens = [t.strip(string.punctuation) for t in sentence.lower().split()]
    hits = 0
    for t in tokens:
        if t in stopwords:
            hits += 1
    try:
        return round(hits / len(tokens), 3)
    except ZeroDivisionError:
        return None
#: stopword_ratio("The king of the hill, and a dog.")
#: stopword_ratio("")
#: stopword_ratio("Rust never sleeps")
#: stopword_ratio("le chat et le chien", ("le", "et"))


def split_sentences(text):
    sentences = []
    start = 0
    for i, ch in enumerate(text):
        if ch in ".!?" and (i + 1 == len(text) or text[i + 1].isspace()):
            sentences.append(text[start:i + 1].strip())
            start = i + 1
    tail = text[start:].strip()
    if tail:
        sentences.append(tail)
    return sentences
#: split_sentences("Hi there. Ok?")
#: split_sentences("v1.2 is out! Get it now")
#: split_sentences("")
#: split_sentences("No end")


def sentence_lengths(paragraph):
    parts = re.split(r"[.!?]+\s*", paragraph)
    return [len(p.split()) for p in parts if p]
#: sentence_lengths("We came. We saw the town. We left!")
#: sentence_lengths("")
#: sentence_lengths("Wait... what?! Nothing here")
#: sentence_lengths("...")


def word_positions(text):
    index = defaultdict(list)
    for pos, word in enumerate(text.split(), start=1):
        index[word.casefold()].append(pos)
    return dict(index)
#: word_positions("To be or not to be")
#: word_positions("Straße STRASSE strasse")
#: word_positions("")


def top_terms(docs, k=3):
    counts = Counter()
    for doc in docs:
        counts.update(set(doc.lower().split()))
    return sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))[:k]
#: top_terms(["red fox", "red hen", "blue hen"])
#: top_terms(["Go go go", "go on"], k=1)
#: top_terms([])
#: top_terms(["a b c d"], 2)


def count_vowel_groups(word):
    groups = 0
    previous = False
    for ch in word.lower():
        is_vowel = ch in "aeiouy"
        if is_vowel and not previous:
            groups += 1
        previous = is_vowel
    return max(groups, 1) if word else 0
#: count_vowel_groups("banana")
#: count_vowel_groups("queue")
#: count_vowel_groups("hmm")
#: count_vowel_groups("")


def repeated_neighbours(text):
    words = text.split()
    dupes = []
    for left, right in zip(words, words[1:]):
        if left.lower() == right.lower():
            dupes.append(right)
    return dupes
#: repeated_neighbours("this is is a a test")
#: repeated_neighbours("The the end")
#: repeated_neighbours("single")
#: repeated_neighbours("no no no")


def bigram_counts(text):
    words = iter(text.lower().split())
    prev = next(words, None)
    table = {}
    for w in words:
        table[prev, w] = table.get((prev, w), 0) + 1
        prev = w
    return table
#: bigram_counts("the cat the cat the dog")
#: bigram_counts("alone")
#: bigram_counts("")
#: bigram_counts("New York new york")


def group_by_length(words):
    buckets = {}
    for w in words:
        buckets.setdefault(len(w), []).append(w)
    return {n: sorted(buckets[n]) for n in sorted(buckets, reverse=True)}
#: group_by_length(["pear", "fig", "kiwi", "apple", "nut"])
#: group_by_length([])
#: group_by_length(["", "a", "b"])


def initials(full_name, sep="."):
    letters = [part[0].upper() for part in full_name.replace("-", " ").split()]
    return sep.join(letters) + sep if letters else ""
#: initials("ada king lovelace")
#: initials("jean-luc picard")
#: initials("Björk", sep="")
#: initials("   ")


def shorten_middle(name, width):
    if width < 5:
        raise ValueError("width too small")
    if len(name) <= width:
        return name
    keep = width - 3
    head = (keep + 1) // 2
    return name[:head] + "..." + name[-(keep - head):]
#: shorten_middle("annual_report_final_v2.pdf", 15)
#: shorten_middle("short.txt", 20)
#: shorten_middle("abcdefgh", 7)
#: shorten_middle("abcdef", 3)


def longest_words(text, n=2):
    unique = {w.strip(".,;!?") for w in text.split()}
    return heapq.nlargest(n, unique, key=lambda w: (len(w), w))
#: longest_words("The quick, brown elephant jumped; twice.")
#: longest_words("a bb ccc", n=1)
#: longest_words("", 5)
#: longest_words("tie pie lie", n=10)


class SentenceStats:
    def __init__(self, text):
        self.words = text.split()
        self.commas = text.count(",")

    @property
    def is_long(self):
        return len(self.words) > 8 or self.commas >= 3

    def __len__(self):
        return len(self.words)

    def __repr__(self):
        return f"SentenceStats({len(self.words)}, {self.commas})"


def flag_long(sentences):
    return [(i, len(s)) for i, s in enumerate(map(SentenceStats, sentences)) if s.is_long]
#: flag_long(["Short one", "Red, green, blue, and gold"])
#: flag_long(["one two three four five six seven eight nine"])
#: flag_long([])


def letter_histogram(word):
    lines = []
    for ch, count in sorted(Counter(filter(str.isalpha, word)).items()):
        lines.append(f"{ch} {'#' * count}")
    return "\n".join(lines)
#: letter_histogram("banana")
#: letter_histogram("3.14")
#: letter_histogram("Hello, hello")


def median_word_length(text):
    lengths = [len(w) for w in re.findall(r"\w+", text)]
    try:
        return statistics.median(lengths)
    except statistics.StatisticsError:
        return 0
#: median_word_length("It is a truth universally known")
#: median_word_length("naïve café")
#: median_word_length("?!")
#: median_word_length("one three")


def library_name(full):
    first, *middle, last = full.split(" ")
    if middle and middle[-1] in ("van", "de", "von"):
        last = f"{middle.pop()} {last}"
    dots = [m[0] + "." for m in middle]
    return last + ", " + " ".join([first, *dots])
#: library_name("Octavia Estelle Butler")
#: library_name("Vincent van Gogh")
#: library_name("Ursula K Le Guin")
#: library_name("Voltaire")


def title_except(text, small=frozenset({"of", "the", "and", "in"})):
    out = []
    for i, word in enumerate(text.lower().split()):
        if i and word in small:
            out.append(word)
        else:
            out.append(word.capitalize())
    return " ".join(out)
#: title_except("THE LORD OF THE RINGS")
#: title_except("")
#: title_except("of mice and men")
#: title_except("élan in spring", small={"in"})


def pluralize(noun, count=2):
    if count == 1:
        return noun
    match noun[-2:]:
        case "ch" | "sh" | "ss":
            return noun + "es"
        case [*_]:
            pass
        case tail if tail.endswith(("s", "x", "z")):
            return noun + "es"
        case tail if tail.endswith("y") and tail[0] not in "aeiou":
            return noun[:-1] + "ies"
    return noun + "s"
#: pluralize("city")
#: pluralize("box", 3)
#: pluralize("dish", 0)
#: pluralize("key", count=1)
#: pluralize("day", 5)


def count_phrase(count, noun, plural=None):
    plural = plural or noun + "s"
    amount = "no" if count == 0 else "one" if count == 1 else str(count)
    return f"{amount} {noun if count == 1 else plural}"
#: count_phrase(0, "error")
#: count_phrase(1, "child", "children")
#: count_phrase(12, "child", plural="children")
#: count_phrase(-1, "point")


def join_and(items, conj="and"):
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    *rest, last = items
    comma = "," if len(rest) > 1 else ""
    return ", ".join(rest) + comma + f" {conj} " + last
#: join_and(["eggs", "milk", "flour"])
#: join_and(("tea", "coffee"), conj="or")
#: join_and([])
#: join_and({"solo"})
#: join_and([1, 2])


def unique_in_order(text):
    return " ".join(dict.fromkeys(text.split()))
#: unique_in_order("to be or not to be")
#: unique_in_order("a a a")
#: unique_in_order("")


def shared_words(first, second):
    a, b = (set(re.sub(r"[^\w\s]", "", t).lower().split()) for t in (first, second))
    common = a & b
    union = a | b
    return sorted(common), len(common) / len(union) if union else 1.0
#: shared_words("The red car.", "A red bike, the best")
#: shared_words("", "")
#: shared_words("same words", "words same")
#: shared_words("alpha", "beta")


def hapaxes(text):
    once, more = set(), set()
    for w in text.lower().split():
        if w in more:
            continue
        if w in once:
            once.remove(w)
            more.add(w)
        else:
            once.add(w)
    return sorted(once)
#: hapaxes("the end of the start of it")
#: hapaxes("x x x")
#: hapaxes("")


def keyword_context(text, keyword, window=2):
    words = text.split()
    for i, w in enumerate(words):
        if w.lower().strip(",.") == keyword:
            left = words[max(0, i - window):i]
            right = words[i + 1:i + 1 + window]
            return left, w, right
    else:
        raise LookupError(keyword)
#: keyword_context("we saw a small fox, near the old mill", "fox")
#: keyword_context("Fox first", "fox", window=1)
#: keyword_context("ends with fox", "fox", 5)
#: keyword_context("nothing here", "fox")


def wrap_count(text, width):
    lines = textwrap.wrap(text, width)
    return len(lines), max((len(line) for line in lines), default=0)
#: wrap_count("The ship sailed at dawn with no wind", 12)
#: wrap_count("", 10)
#: wrap_count("unbreakable", 4)
#: wrap_count("x", 0)


def running_word_count(lines):
    totals = list(itertools.accumulate(len(line.split()) for line in lines))
    return totals
#: running_word_count(["a b", "c", "", "d e f"])
#: running_word_count([])
#: running_word_count(["only one line here"])


def first_over_limit(lines, limit):
    total = 0
    for number, line in enumerate(lines, 1):
        if (total := total + len(line.split())) > limit:
            break
    else:
        number = None
    return number, total
#: first_over_limit(["one two", "three four five", "six"], 4)
#: first_over_limit(["a", "b"], 10)
#: first_over_limit([], 3)


def acronym_table(names):
    table = OrderedDict()
    for name in names:
        key = "".join(c for c in name if c.isupper())
        if not key:
            continue
        table[key] = name
        table.move_to_end(key, last=False)
    return list(table.items())
#: acronym_table(["World Health Organization", "European Union", "lowercase co"])
#: acronym_table(["Big Cat", "Blue Car"])
#: acronym_table([])


@dataclass
class WordCard:
    text: str
    seen: int = 0
    tags: list = field(default_factory=list)

    def bump(self):
        self.seen += 1
        if self.seen == 2:
            self.tags.append("repeat")


def study_deck(words):
    deck = {}
    for w in words:
        card = deck.get(w)
        if card is None:
            card = deck[w] = WordCard(w)
        card.bump()
    return [(c.text, c.seen) for c in deck.values() if "repeat" in c.tags]
#: study_deck(["chat", "chien", "chat", "chat"])
#: study_deck(["un", "deux"])
#: study_deck([])


def ship_name_plate(name, reserved=()):
    def stylise(word):
        for bad in reserved:
            if word == bad:
                return f"[{word}]"
        return word[:1] + word[1:].replace("ae", "æ")
    parts = name.lower().split("'", 1)
    return "'".join(map(stylise, parts)).title()
#: ship_name_plate("Queen's Caesar")
#: ship_name_plate("hms", reserved=("hms", "uss"))
#: ship_name_plate("")


def count_capitalised(text, skip_first=True):
    words = text.split()
    if skip_first:
        del words[:1]
    return sum(w[0].isupper() for w in words)
#: count_capitalised("The Queen met Bob in Rome")
#: count_capitalised("Paris", skip_first=False)
#: count_capitalised("Paris")
#: count_capitalised("", False)


def average_sentence_words(text):
    ends = text.count(".") + text.count("!") + text.count("?")
    words = len(text.split())
    return round(words / ends, 1)
#: average_sentence_words("Come here. Sit down now! Why?")
#: average_sentence_words("One single sentence.")
#: average_sentence_words("no punctuation at all")


def tiles_left(word, rack="aeinrst"):
    left = list(rack)
    for ch in word.lower():
        try:
            left.remove(ch)
        except ValueError:
            return None
        if not left:
            return "bingo"
    return "".join(left)
#: tiles_left("Rest")
#: tiles_left("nastier")
#: tiles_left("", "xyz")
#: tiles_left("zoo", rack="zoe")


def word_chain(words):
    chain = [words[0]]
    pool = words[1:]
    while pool:
        last = chain[-1][-1]
        for w in pool:
            if w.startswith(last):
                chain.append(w)
                pool.remove(w)
                break
        else:
            break
    return chain, pool
#: word_chain(["cat", "eel", "tree", "lion"])
#: word_chain(["dog", "cow"])
#: word_chain(["one"])
#: word_chain([])


def rank_of_word(vocab, word):
    ordered = sorted(vocab, key=str.lower)
    i = bisect.bisect_left(ordered, word.lower(), key=str.lower)
    found = i < len(ordered) and ordered[i].lower() == word.lower()
    return i if found else ~i
#: rank_of_word(["pear", "Apple", "fig"], "FIG")
#: rank_of_word(["pear", "Apple", "fig"], "banana")
#: rank_of_word([], "x")


def last_n_words(stream, n=3):
    recent = deque(maxlen=n)
    for chunk in stream:
        recent.extend(chunk.split())
    return list(recent)
#: last_n_words(["the quick", "brown", "fox jumps"])
#: last_n_words(["a b c d e"], n=1)
#: last_n_words([])
#: last_n_words(["x y"], 0)


def spell_digits(code):
    names = "zero one two three four five six seven eight nine".split()
    spoken = []
    for ch in code:
        if ch == "-":
            spoken.append("dash")
        else:
            spoken.append(names[int(ch)])
    return " ".join(spoken)
#: spell_digits("4-07")
#: spell_digits("")
#: spell_digits("99")
#: spell_digits("12b")


def censor(text, banned, mask="*"):
    def hide(m):
        w = m.group(0)
        return w[0] + mask * (len(w) - 1)
    pattern = r"\b(?:" + "|".join(map(re.escape, banned)) + r")\b"
    return re.sub(pattern, hide, text, flags=re.IGNORECASE)
#: censor("Darn that heck of a day", ["darn", "heck"])
#: censor("Heckler is fine", ["heck"])
#: censor("bad BAD", ["bad"], mask="-")


def vocabulary_growth(text):
    seen = set()
    for i, w in enumerate(text.split(), 1):
        seen.add(w)
        yield i, len(seen)


def growth_points(text, every=2):
    return [pair for pair in vocabulary_growth(text) if pair[0] % every == 0]
#: growth_points("a b a c b d")
#: growth_points("x y z", every=1)
#: growth_points("")
#: growth_points("a b", 0)


def compare_counts(before, after):
    old, new = Counter(before.split()), Counter(after.split())
    added = new - old
    removed = old - new
    return dict(added), dict(removed), sum((old & new).values())
#: compare_counts("a b b c", "b c c d")
#: compare_counts("", "hello")
#: compare_counts("same", "same")


def question_lines(dialogue):
    result = []
    for line in dialogue.splitlines():
        speaker, sep, speech = line.partition(":")
        if not sep:
            continue
        if speech.rstrip().endswith("?"):
            result.append(speaker.strip())
    return result
#: question_lines("Ann: hi\nBob: who's there? \nAnn: me")
#: question_lines("just text?")
#: question_lines("A: ok?\nB: ok?\nA: why?")


def talk_share(transcript):
    """Percent of words spoken by each speaker."""
    spoken = {}
    for speaker, words in transcript:
        spoken[speaker] = spoken.get(speaker, 0) + len(words.split())
    total = sum(spoken.values())
    return {who: f"{n / total:.0%}" for who, n in spoken.items()}
#: talk_share([("Ann", "hello there"), ("Bob", "hi"), ("Ann", "bye")])
#: talk_share([("Zoë", "oui oui")])
#: talk_share([("X", "")])
#: talk_share([])


def stutter_report(chat):
    worst = ("", 0)
    for word, group in itertools.groupby(chat.lower().split(), key=lambda w: w.rstrip("!?.")):
        size = sum(1 for _ in group)
        if size > worst[1]:
            worst = word, size
    return "{0} x{1}".format(*worst) if worst[1] > 1 else "fluent"
#: stutter_report("no no NO! please stop")
#: stutter_report("")
#: stutter_report("go on go on")


def compact_words(words, limit):
    out, used = [], 0
    while words and used + len(words[0]) <= limit:
        word = words.pop(0)
        out.append(word)
        used += len(word) + 1
    return " ".join(out), words
#: compact_words(["pack", "my", "box", "today"], 11)
#: compact_words(["enormous"], 3)
#: compact_words([], 5)
#: compact_words(["a", "b"], 100)


def ngrams(words, n):
    assert n > 0, "n must be positive"
    return [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]
#: ngrams(["to", "be", "or", "not"], 2)
#: ngrams(["a"], 3)
#: ngrams("abcd", 3)
#: ngrams(["x"], 0)


def alternating_case(sentence):
    words = sentence.split()
    words[::2] = [w.upper() for w in words[::2]]
    words[1::2] = [w.lower() for w in words[1::2]]
    return " ".join(words)
#: alternating_case("One Two Three Four")
#: alternating_case("solo")
#: alternating_case("")


def rhyme_key(line, size=3):
    key = []
    for ch in reversed(line.rstrip(" ,.;!?")):
        if len(key) == size or ch == " ":
            break
        key.insert(0, ch.lower())
    return "".join(key)
#: rhyme_key("I wandered lonely as a Cloud,")
#: rhyme_key("so do I!", size=2)
#: rhyme_key("")
#: rhyme_key("the end", 0)


def mention_tally(posts):
    tally = {}
    for post in posts:
        for name in re.findall(r"@(\w+)", post):
            tally[name] = tally.get(name, 0) + 1
    if not tally:
        return "nobody"
    name, hits = max(tally.items(), key=itemgetter(1))
    return f"@{name} x{hits}"
#: mention_tally(["hi @sam", "@lee and @sam", "no one"])
#: mention_tally(["nothing"])
#: mention_tally(["@a @b @a @b"])


def merge_glossaries(*glossaries, **overrides):
    merged = reduce(lambda acc, g: acc | g, glossaries, {})
    merged.update(overrides)
    return sorted(f"{term}: {meaning}" for term, meaning in merged.items())
#: merge_glossaries({"api": "interface"}, {"db": "database"})
#: merge_glossaries({"a": 1}, {"a": 2}, b=3)
#: merge_glossaries()
#: merge_glossaries({"x": "y"}, x="z")
