"""Bytes and bytearray, int.to_bytes, hex, checksums, encodings, ord and chr, ciphers."""
import base64
import binascii
import codecs
import hashlib
import io
import re
import string
import struct
import unicodedata
import zlib
from enum import IntFlag
from functools import reduce
from itertools import cycle


def pack_length(payload):
    if isinstance(payload, str):
        payload = payload.encode()
    return len(payload).to_bytes(2, "big") + payload
#: pack_length("hello")
#: pack_length(b"")
#: pack_length("é")
#: pack_length(None)


def read_frames(buf):
    frames = []
    pos = 0
    while pos + 2 <= len(buf):
        size = int.from_bytes(buf[pos:pos + 2], "big")
        pos += 2
        if pos + size > len(buf):
            raise ValueError(f"frame of {size} bytes is cut off at {pos}")
        frames.append(buf[pos:pos + size])
        pos += size
    return frames, buf[pos:]
#: read_frames(b"\x00\x02hi\x00\x01!")
#: read_frames(b"\x00\x00\x00")
#: read_frames(b"")
#: read_frames(b"\x00\x05abc")


def hex_dump(data, width=8):
    lines = []
    for off in range(0, len(data), width):
        chunk = data[off:off + width]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in chunk)
        lines.append(f"{off:04x}  {chunk.hex(' '):<{width * 3 - 1}}  {text}")
    return lines
#: hex_dump(b"GET / HTTP\r\n")
#: hex_dump(b"\x00\xffabc", width=4)
#: hex_dump(b"")
#: hex_dump("text")


def xor_mask(data, key):
    return bytes(b ^ k for b, k in zip(data, cycle(key)))
#: xor_mask(b"secret", b"k")
#: xor_mask(b"\x18\x0e\x08", b"k")
#: xor_mask(b"abcdef", b"\x01\x02")
#: xor_mask(b"abc", b"")


def xor_checksum(sentence):
    body = sentence.strip().removeprefix("$").split("*", 1)[0]
    value = 0
    for ch in body:
        value ^= ord(ch)
    return f"${body}*{value:02X}"
#: xor_checksum("$GPGLL,49,N")
#: xor_checksum("A*00")
#: xor_checksum("")
#: xor_checksum(" $PING\n")


def verify_sum(packet):
    *body, check = packet
    expected = -sum(body) & 0xFF
    if check != expected:
        raise ValueError(f"checksum {check:#04x}, expected {expected:#04x}")
    return bytes(body)
#: verify_sum(b"\x01\x02\xfd")
#: verify_sum(b"\x00")
#: verify_sum(b"\x10\x20\x30")
#: verify_sum(b"")


def fletcher16(data):
    lo = hi = 0
    for b in data:
        lo = (lo + b) % 255
        hi = (hi + lo) % 255
    return hi << 8 | lo
#: fletcher16(b"abcde")
#: fletcher16(b"")
#: fletcher16(b"\xff\xfe\x01")
#: fletcher16("abc")


def crc8(data, poly=0x07, crc=0):
    for byte in data:
        crc ^= byte
        for _ in range(8):
            if crc & 0x80:
                crc = crc << 1 ^ poly
            else:
                crc <<= 1
            crc &= 0xFF
    return crc
#: crc8(b"ab")
#: crc8(b"")
#: crc8(b"\x01", poly=0x31)
#: crc8([7], crc=255)


def autokey(text, seed, sign=1):
    key = [ord(c) - ord("a") for c in seed]
    out = []
    for i, c in enumerate(filter(str.islower, text)):
        moved = chr((ord(c) - 97 + sign * key[i]) % 26 + 97)
        key.append(ord(c if sign > 0 else moved) - 97)
        out.append(moved)
    return "".join(out)
#: autokey("meet at noon", "fox")
#: autokey("rsbfme", "fox", sign=-1)
#: autokey("ABC", "k")
#: autokey("abc", "")


def substitute(text, key="QWERTYUIOP", decode=False):
    plain = string.ascii_uppercase[:len(key)]
    if decode:
        plain, key = key, plain
    table = str.maketrans(plain, key, "-")
    return text.upper().translate(table)
#: substitute("head-bag")
#: substitute("ITQR", decode=True)
#: substitute("xyz é")
#: substitute("abc", key="ZA")
#: substitute(b"abc")


def clean_serial(data):
    kept = data.upper().translate(None, b"\r\n -")
    for wrong, right in ((b"O", b"0"), (b"I", b"1")):
        kept = kept.replace(wrong, right)
    return kept if kept.isalnum() else kept.translate(None, delete=b"?!.")
#: clean_serial(b"iO-2o\r\n")
#: clean_serial(b"x?y!")
#: clean_serial(b"")
#: clean_serial("AB")


def keyed_columns(text, key):
    order = sorted(range(len(key)), key=key.__getitem__)
    return " ".join(text[i::len(key)] for i in order)
#: keyed_columns("WEAREDISCOVERED", "zebra")
#: keyed_columns("hi", "cab")
#: keyed_columns("", "a")
#: keyed_columns("abcdef", [2, 1])


def to_hex_color(r, g, b, a=None):
    parts = [r, g, b] + ([a] if a is not None else [])
    try:
        return "#" + bytes(parts).hex()
    except ValueError as e:
        return f"bad channel: {e}"
#: to_hex_color(255, 128, 0)
#: to_hex_color(1, 2, 3, a=0)
#: to_hex_color(256, 0, 0)
#: to_hex_color(-1, 0, 0)


def from_hex_color(s):
    s = s.lstrip("#")
    if len(s) == 3:
        s = "".join(c * 2 for c in s)
    r, g, b, *alpha = bytes.fromhex(s)
    return {"rgb": (r, g, b), "alpha": alpha[0] / 255 if alpha else 1.0}
#: from_hex_color("#ff8000")
#: from_hex_color("0af")
#: from_hex_color("#00000080")
#: from_hex_color("#12g456")
#: from_hex_color("")


def decode_any(raw):
    for enc in ("utf-8", "cp1252", "latin-1"):
        try:
            return enc, raw.decode(enc)
        except UnicodeDecodeError:
            continue
#: decode_any(b"plain")
#: decode_any(b"Gr\xc3\xbc\xc3\x9fe")
#: decode_any(b"caf\xe9")
#: decode_any(b"\x81x")
#: decode_any("str")


def strip_bom(raw):
    boms = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    for bom, name in boms.items():
        if raw.startswith(bom):
            return raw[len(bom):].decode(name), name
    return raw.decode("ascii", errors="replace"), None
#: strip_bom(b"\xef\xbb\xbfhello")
#: strip_bom(b"\xff\xfeh\x00i\x00")
#: strip_bom(b"a\xe9b")
#: strip_bom(b"\xfe\xff\x00")


def error_handlers(s):
    return {mode: s.encode("ascii", mode) for mode in ("ignore", "replace", "backslashreplace", "xmlcharrefreplace")}
#: error_handlers("Zoë")
#: error_handlers("plain")
#: error_handlers("€5 → ok")
#: error_handlers("")


def char_widths(text):
    rows = []
    for c in text:
        u8, u16 = len(c.encode("utf-8")), len(c.encode("utf-16-le"))
        rows.append((c, f"U+{ord(c):04X}", u8, u16))
    return rows
#: char_widths("aé€")
#: char_widths("😀")
#: char_widths("")
#: char_widths("\n ")


def truncate_utf8(s, limit):
    raw = s.encode()
    if len(raw) <= limit:
        return s
    while limit and raw[limit] & 0xC0 == 0x80:
        limit -= 1
    return raw[:limit].decode()
#: truncate_utf8("héllo", 2)
#: truncate_utf8("héllo", 3)
#: truncate_utf8("日本語", 5)
#: truncate_utf8("ok", 10)
#: truncate_utf8("é", 0)


def is_text(sample, threshold=0.9):
    if not sample:
        return True
    if b"\0" in sample:
        return False
    good = sum(32 <= b < 127 or b in b"\t\n\r" for b in sample)
    return good / len(sample) >= threshold
#: is_text(b"line one\nline two\n")
#: is_text(b"\x89PNG\r\n")
#: is_text(b"")
#: is_text(b"abc\xff\xfe", threshold=0.5)
#: is_text(b"a\x00b")


def sniff_type(head):
    match head[:4]:
        case b"\x89PNG":
            return "png"
        case b"GIF8" | b"BM\x00\x00":
            return "bitmap"
        case bytes(sig) if sig[:2] == b"PK":
            return "zip"
        case b"":
            raise EOFError("nothing to sniff")
        case _:
            return "unknown: " + head[:4].hex("-")
#: sniff_type(b"\x89PNG\r\n\x1a\n")
#: sniff_type(b"PK\x03\x04")
#: sniff_type(b"GIF89a")
#: sniff_type(b"%PDF-1.7")
#: sniff_type(b"")


def patch_buffer(buf, edits):
    buf = bytearray(buf)
    for pos, new in edits:
        if new is None:
            del buf[pos]
        elif isinstance(new, int):
            buf[pos] = new
        else:
            buf[pos:pos + len(new)] = new
    return bytes(buf)
#: patch_buffer(b"hello", [(0, 74), (4, b"y!")])
#: patch_buffer(b"abc", [(1, None), (-1, 0x7A)])
#: patch_buffer(b"", [(0, b"xy")])
#: patch_buffer(b"abc", [(0, 300)])


def ring_write(ring, pos, data):
    for b in data:
        ring[pos % len(ring)] = b
        pos += 1
    return ring, pos % len(ring)


def ring_log(size, *messages):
    ring, pos = bytearray(size), 0
    for m in messages:
        ring, pos = ring_write(ring, pos, m.encode("ascii"))
    return bytes(ring).replace(b"\x00", b"_"), pos
#: ring_log(6, "abcd", "ef", "g")
#: ring_log(4)
#: ring_log(3, "hello")
#: ring_log(5, "ok", "ñ")


def line_endings(data):
    crlf = data.count(b"\r\n")
    lf = data.count(b"\n") - crlf
    cr = data.count(b"\r") - crlf
    counts = {"crlf": crlf, "lf": lf, "cr": cr}
    used = [k for k, v in counts.items() if v]
    if len(used) > 1:
        return "mixed", counts
    return (used or ["none"])[0], data.splitlines()
#: line_endings(b"a\r\nb\r\n")
#: line_endings(b"a\nb\r\nc")
#: line_endings(b"single")
#: line_endings(b"\r")


def parse_header_line(raw):
    name, sep, value = raw.partition(b":")
    if not sep:
        raise ValueError(f"no colon in {raw!r}")
    return name.strip().title().decode("ascii"), value.strip(b" \t").decode("latin-1")
#: parse_header_line(b"content-type: text/html")
#: parse_header_line(b"X-Name:\t J\xfcrgen ")
#: parse_header_line(b"broken line")
#: parse_header_line(b": empty")


def request_parts(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    method, path, *_ = first.decode().split()
    fields = dict(h.decode().split(": ", 1) for h in headers)
    wanted = int(fields.get("Content-Length", 0))
    return method, path, body[:wanted]
#: request_parts(b"POST /api HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcdef")
#: request_parts(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
#: request_parts(b"GET /")
#: request_parts(b"")


def percent_encode(s, safe="/-_.~"):
    keep = (string.ascii_letters + string.digits + safe).encode()
    out = bytearray()
    for b in s.encode("utf-8"):
        if b in keep:
            out.append(b)
        else:
            out += b"%%%02X" % b
    return out.decode()
#: percent_encode("a b/c")
#: percent_encode("é?")
#: percent_encode("x/y", safe="")
#: percent_encode("")


def percent_decode(s):
    out, i = bytearray(), 0
    raw = s.replace("+", " ").encode()
    while i < len(raw):
        if raw[i] == ord("%"):
            out.append(int(raw[i + 1:i + 3], 16))
            i += 3
        else:
            out.append(raw[i])
            i += 1
    return out.decode("utf-8", "replace")
#: percent_decode("a+b%21")
#: percent_decode("%C3%A9")
#: percent_decode("%FFz")
#: percent_decode("100%")


def b64_url(data, pad=False):
    token = base64.urlsafe_b64encode(data)
    if not pad:
        token = token.rstrip(b"=")
    return token.decode("ascii")
#: b64_url(b"\xfb\xff\xfe")
#: b64_url(b"hi")
#: b64_url(b"hi", pad=True)
#: b64_url("hi")


def decode_token(token):
    missing = -len(token) % 4
    try:
        raw = base64.b64decode(token + "=" * missing, validate=True)
        user, _, role = raw.decode().rpartition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user or "anonymous", role
#: decode_token("YW5uOmFkbWlu")
#: decode_token("YWRtaW4")
#: decode_token("!!!")
#: decode_token("/w")
#: decode_token("")


def short_digest(*parts, length=8):
    joined = b"\0".join(str(p).encode() for p in parts)
    digest = hashlib.md5(joined).hexdigest()[:length]
    return digest, int(digest, 16) % 10
#: short_digest("user", 42)
#: short_digest()
#: short_digest("a", length=4)
#: short_digest("a", length=0)


def bucket_for(key, buckets):
    h = zlib.crc32(key.encode("utf-8"))
    return buckets[h % len(buckets)]
#: bucket_for("session-17", ["red", "green", "blue"])
#: bucket_for("", ["only"])
#: bucket_for("ключ", [0, 1, 2, 3, 4])
#: bucket_for("x", [])


def unpack_record(raw):
    try:
        kind, flags, value = struct.unpack(">BBh", raw)
    except struct.error as exc:
        return {"error": str(exc)}
    return {"kind": chr(kind), "flags": f"{flags:04b}", "value": value}
#: unpack_record(b"A\x05\xff\xfe")
#: unpack_record(b"Z\x00\x01\x00")
#: unpack_record(b"A\x05")
#: unpack_record(b"")


def pack_points(points, fmt="<hh"):
    return b"".join(struct.pack(fmt, x, y) for x, y in points).hex(" ", 2)
#: pack_points([(1, 2), (-1, 300)])
#: pack_points([])
#: pack_points([(5, 6)], fmt=">bb")
#: pack_points([(40000, 0)])


def iter_words(data, size=2, order="little"):
    for i in range(0, len(data), size):
        yield int.from_bytes(data[i:i + size], order, signed=True)


def sample_peak(pcm, size=2):
    peak = max(iter_words(pcm, size), key=abs, default=0)
    return peak, f"{abs(peak) / (1 << size * 8 - 1):.1%}"
#: sample_peak(b"\x10\x00\x00\x80\xff\x7f")
#: sample_peak(b"\xff\x01\x7e", size=1)
#: sample_peak(b"")
#: sample_peak(b"\x01\x00\x05")


def int_to_bytes(n, signed=False):
    size = (n.bit_length() + (8 if signed else 7)) // 8 or 1
    return {order: n.to_bytes(size, order, signed=signed) for order in ("big", "little")}
#: int_to_bytes(1000)
#: int_to_bytes(0)
#: int_to_bytes(-129, signed=True)
#: int_to_bytes(-1)


def bits_of(data):
    return [byte >> i & 1 for byte in data for i in range(7, -1, -1)]
#: bits_of(b"A")
#: bits_of(b"\x00\xff")
#: bits_of(b"")
#: bits_of([5, 256])


def pack_bits(flags):
    out = bytearray((len(flags) + 7) // 8)
    for i, flag in enumerate(flags):
        if flag:
            out[i // 8] |= 0x80 >> i % 8
    return out
#: pack_bits([1, 0, 0, 0, 0, 0, 0, 1, 1])
#: pack_bits([True, "", None, "x"])
#: pack_bits([])
#: pack_bits((0, 2, -1, 0, 5))


class Flags(IntFlag):
    ACK = 1
    FIN = 2
    URG = 8


def describe_flags(byte):
    names = [f.name for f in Flags if f & byte]
    unknown = byte & ~0b1011
    if unknown:
        names.append(hex(unknown))
    return "|".join(names)
#: describe_flags(3)
#: describe_flags(0)
#: describe_flags(12)
#: describe_flags(b"\x01")


def run_pairs(raw):
    if len(raw) % 2:
        raise ValueError("odd number of bytes")
    pixels = b""
    for n, value in zip(raw[::2], raw[1::2]):
        pixels += bytes([value]) * n
    return pixels
#: run_pairs(b"\x03a\x01b")
#: run_pairs(b"\x00z\x02\x2d")
#: run_pairs(b"")
#: run_pairs(b"\x02ab")


def escape_frame(data, flag=0x7E, esc=0x7D):
    framed = bytearray([flag])
    for b in data:
        if b in (flag, esc):
            framed.extend((esc, b ^ 0x20))
        else:
            framed.append(b)
    framed.append(flag)
    return framed.hex()
#: escape_frame(b"\x01\x7e\x02")
#: escape_frame(b"}}")
#: escape_frame(b"")
#: escape_frame(b"ab", flag=97)


def escape_bytes(raw):
    named = {9: r"\t", 10: r"\n", 13: r"\r", 92: r"\\"}
    out = ""
    for b in raw:
        out += named.get(b) or (chr(b) if 32 <= b <= 126 else f"\\x{b:02x}")
    return out
#: escape_bytes(b"a\tb\n")
#: escape_bytes(b"C:\\x\x00")
#: escape_bytes(b"\xc3\xa9")
#: escape_bytes(b"")


def fold_accents(text):
    decomposed = unicodedata.normalize("NFKD", text)
    ascii_only = decomposed.encode("ascii", "ignore").decode()
    lost = len(text) - len(ascii_only)
    return ascii_only.casefold(), lost
#: fold_accents("Crème Brûlée")
#: fold_accents("Straße №5")
#: fold_accents("Ωmega")
#: fold_accents("")


def letter_codes(word, sep="-"):
    codes = []
    for ch in word.lower():
        if ch.isspace():
            codes.append("/")
        elif ch in string.ascii_lowercase:
            codes.append(f"{ord(ch) - ord('a') + 1:02d}")
        else:
            raise ValueError(f"cannot code {ch!r}")
    return sep.join(codes)
#: letter_codes("Zebra")
#: letter_codes("a b", sep=" ")
#: letter_codes("")
#: letter_codes("r2d2")


def chr_range(spec):
    chars = []
    for part in spec.split(","):
        lo, dash, hi = part.partition("-")
        if dash:
            chars += map(chr, range(ord(lo), ord(hi) + 1))
        else:
            chars.append(lo)
    return "".join(chars)
#: chr_range("a-e,x,0-3")
#: chr_range("α-δ")
#: chr_range("z-a,q")
#: chr_range("a-")


def hash_word(word, size=1 << 16):
    return reduce(lambda h, c: (h * 33 + ord(c)) % size, word, 5381)
#: hash_word("apple")
#: hash_word("")
#: hash_word("Äpfel", size=101)
#: hash_word(b"no")


def parse_mac(text):
    digits = re.sub(r"[:.\-]", "", text)
    if len(digits) != 12:
        return None
    raw = bytes.fromhex(digits)
    kind = "multicast" if raw[0] & 1 else "unicast"
    return raw.hex(":"), kind
#: parse_mac("00-1A-2B-3C-4D-5E")
#: parse_mac("0100.5e00.00fb")
#: parse_mac("00:11:22")
#: parse_mac("zz:11:22:33:44:55")


def split_records(blob, sep=b"\x1e", limit=-1):
    records = blob.strip(sep).split(sep, limit)
    return [bytes.decode(r).rjust(3, "·") for r in records if r]
#: split_records(b"a\x1ebb\x1eccc\x1e")
#: split_records(b"1|2|3", sep=b"|", limit=1)
#: split_records(b"")
#: split_records(b"x\x1e\x1e\xff")


def find_all(data, needle, start=0):
    hits = []
    while (i := data.find(needle, start)) != -1:
        hits.append(i)
        start = i + len(needle)
    return hits or None
#: find_all(b"abcabcab", b"ab")
#: find_all(b"aaaa", b"aa", 1)
#: find_all(b"abc", b"x")
#: find_all(b"a\x00b\x00", 0)


def read_strings(blob):
    stream = io.BytesIO(blob)
    found = []
    while size := stream.read(1):
        found.append(stream.read(size[0]).decode("ascii"))
    return found, stream.tell()
#: read_strings(b"\x02hi\x05there")
#: read_strings(b"\x00\x01x")
#: read_strings(b"")
#: read_strings(b"\x03a\xe9b")


def ticket_cipher(n, key=0x5A, rounds=3):
    for r in range(rounds):
        n = (n << 3 | n >> 5) & 0xFF
        n ^= key + r
    return n
#: ticket_cipher(65)
#: ticket_cipher(0, rounds=1)
#: ticket_cipher(255, key=0)
#: ticket_cipher(7, rounds=0)


def diff_bytes(a, b):
    marks = ["^^" if x != y else "  " for x, y in zip(a, b)]
    extra = abs(len(a) - len(b))
    if not extra and a == b:
        return "same"
    return a.hex(" "), b.hex(" "), " ".join(marks).rstrip() + f" +{extra}" * bool(extra)
#: diff_bytes(b"abcd", b"abxd")
#: diff_bytes(b"ab", b"abc")
#: diff_bytes(b"", b"")
#: diff_bytes(b"\x00\x01", b"\x01\x00")


def byte_kinds(*values):
    out = []
    for v in values:
        try:
            out.append(bytes(v))
        except TypeError:
            out.append(type(v).__name__)
    return out
#: byte_kinds(3, [65, 66], b"ab")
#: byte_kinds("text", None, 1.5)
#: byte_kinds({7}, 0, (255,), "", [True])
#: byte_kinds([256])
