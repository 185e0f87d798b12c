"""Dates and times: datetime and timedelta with fixed dates, durations, calendars, clock arithmetic, schedules."""
import calendar
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from itertools import groupby


def days_until(target, today):
    gap = date.fromisoformat(target) - date.fromisoformat(today)
    if gap.days < 0:
        return "overdue by %d" % -gap.days
    return gap.days or "today"
#: days_until("2024-03-01", "2024-02-28")
#: days_until("2023-01-01", "2023-01-01")
#: days_until("2022-12-25", "2023-01-02")
#: days_until("2023-02-30", "2023-01-01")


def format_duration(seconds):
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"
#: format_duration(75)
#: format_duration(3600)
#: format_duration(0)
#: format_duration(86399)
#: format_duration(-1)


def parse_duration(text):
    units = dict(w=604800, d=86400, h=3600, m=60, s=1)
    pairs = re.findall(r"(\d+)\s*([wdhms])", text.lower())
    if not pairs:
        raise ValueError(f"no duration in {text!r}")
    return sum(int(n) * units[u] for n, u in pairs)
#: parse_duration("1h 30m")
#: parse_duration("2D12H")
#: parse_duration("45 s")
#: parse_duration("soon")


def add_months(iso, months):
    day = date.fromisoformat(iso)
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return str(day.replace(year=year, month=month + 1, day=min(day.day, last)))
#: add_months("2024-01-31", 1)
#: add_months("2023-11-15", 3)
#: add_months("2024-03-31", -1)
#: add_months("2024-02-29", 12)


def next_weekday(y, m, d, name):
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    day = date(y, m, d)
    wanted = names.index(name[:3].lower())
    ahead = (wanted - day.weekday() - 1) % 7 + 1
    return (day + timedelta(days=ahead)).isoformat()
#: next_weekday(2024, 5, 15, "Friday")
#: next_weekday(2024, 5, 15, "wed")
#: next_weekday(2023, 12, 31, "MONDAY")
#: next_weekday(2024, 1, 1, "someday")


def working_days(start, end, holidays=()):
    day, end = date(*start), date(*end)
    n = 0
    while day <= end:
        if day.weekday() < 5 and (day.month, day.day) not in holidays:
            n += 1
        day += timedelta(days=1)
    return n
#: working_days((2024, 3, 1), (2024, 3, 10))
#: working_days((2023, 12, 22), (2023, 12, 27), holidays=[(12, 25), (12, 26)])
#: working_days((2024, 6, 8), (2024, 6, 9))
#: working_days((2024, 6, 9), (2024, 6, 1))
#: working_days((2024, 6), (2024, 7))


def due_date(ordered, days, skip_weekends=True):
    due = datetime.strptime(ordered, "%d/%m/%Y").date()
    while days:
        due += timedelta(1)
        if not (skip_weekends and due.isoweekday() > 5):
            days -= 1
    return f"{due:%a %d %b %Y}"
#: due_date("03/05/2024", 2)
#: due_date("03/05/2024", 2, skip_weekends=False)
#: due_date("28/02/2023", 1)
#: due_date("1/1/2024", 0)
#: due_date("2024-05-03", 1)


def age_on(born, today):
    by, *birthday = map(int, born.split("-"))
    ty, *current = map(int, today.split("-"))
    if date(ty, *current) < date(by, *birthday):
        raise ValueError("not born yet")
    return ty - by - (current < birthday)
#: age_on("1990-06-15", "2024-06-14")
#: age_on("1990-06-15", "2024-06-15")
#: age_on("2000-2-29", "2023-2-28")
#: age_on("2024-01-01", "2023-01-01")


def clock_add(hhmm, minutes):
    h, m = map(int, hhmm.split(":"))
    total = (h * 60 + m + minutes) % (24 * 60)
    return "{:02d}:{:02d}".format(*divmod(total, 60))
#: clock_add("23:50", 25)
#: clock_add("00:10", -30)
#: clock_add("9:05", 0)
#: clock_add("12:00", 1440)
#: clock_add("noon", 5)


def to_12_hour(hour, minute=0):
    t = time(hour, minute)
    suffix = "am" if t.hour < 12 else "pm"
    h = t.hour % 12 or 12
    return f"{h}:{t:%M}{suffix}" if t.minute else f"{h}{suffix}"
#: to_12_hour(0, 5)
#: to_12_hour(12)
#: to_12_hour(23, minute=59)
#: to_12_hour(24)


def from_12_hour(text):
    m = re.fullmatch(r"\s*(\d{1,2})(?::(\d\d))?\s*([ap])\.?m\.?\s*", text, re.I)
    if not m:
        return None
    hour, minute = int(m[1]) % 12, int(m.group(2) or 0)
    if m[3] in "pP":
        hour += 12
    return time(hour, minute).isoformat(timespec="minutes")
#: from_12_hour("3pm")
#: from_12_hour("12:30 a.m.")
#: from_12_hour("11:59 PM")
#: from_12_hour("25 o'clock")
#: from_12_hour("1:75am")


def shift_hours(start, end, break_minutes=30):
    begin = datetime.combine(date(2024, 1, 1), time.fromisoformat(start))
    finish = datetime.combine(date(2024, 1, 1), time.fromisoformat(end))
    if finish < begin:
        finish += timedelta(days=1)
    worked = finish - begin
    if worked > timedelta(hours=6):
        worked -= timedelta(minutes=break_minutes)
    return worked / timedelta(hours=1)
#: shift_hours("09:00", "17:30")
#: shift_hours("22:00", "06:00", break_minutes=45)
#: shift_hours("08:15", "12:00")
#: shift_hours("9:00", "10:00")


def overlap(a, b):
    parse = datetime.fromisoformat
    start = max(parse(a[0]), parse(b[0]))
    end = min(parse(a[1]), parse(b[1]))
    return str(max(end - start, timedelta()))
#: overlap(("2024-01-01T09:00", "2024-01-01T12:00"), ("2024-01-01T11:15", "2024-01-01T15:00"))
#: overlap(("2024-01-01", "2024-01-05"), ("2024-02-01", "2024-02-02"))
#: overlap(["2024-03-01", "2024-04-01"], ["2024-03-10", "2024-03-20 12:00"])
#: overlap(("2024-01-01",), ("2024-01-01", "2024-01-02"))


def busy_clash(meetings):
    ordered = sorted(meetings, key=lambda m: time.fromisoformat(m[1]))
    for (name, _, end), (other, start, _) in zip(ordered, ordered[1:]):
        if time.fromisoformat(start) < time.fromisoformat(end):
            return f"{name} clashes with {other}"
    return None
#: busy_clash([("standup", "09:00", "09:15"), ("review", "09:10", "10:00")])
#: busy_clash([("b", "11:00", "12:00"), ("a", "10:00", "11:00:00")])
#: busy_clash([])
#: busy_clash([("a", "08:00", "09:00"), ("b", "late", "10:00")])


def free_slots(booked, opens=9, closes=17, length=60):
    slots = []
    cursor = opens * 60
    for start, end in sorted(booked) + [(closes * 60, None)]:
        while cursor + length <= start:
            slots.append(f"{cursor // 60}:{cursor % 60:02}")
            cursor += length
        if end is not None:
            cursor = max(cursor, end)
    return slots
#: free_slots([(600, 660), (780, 840)], closes=15)
#: free_slots([], opens=9, closes=11, length=45)
#: free_slots([(0, 1440)])
#: free_slots([(540, 570), (550, 620)], closes=12, length=30)


def iso_week_label(text):
    try:
        year, week, weekday = date.fromisoformat(text).isocalendar()
    except ValueError as e:
        return f"bad date ({e})"
    return f"{year}-W{week:02d}-{weekday}"
#: iso_week_label("2024-12-30")
#: iso_week_label("2021-01-03")
#: iso_week_label("2024-02-29")
#: iso_week_label("2023-02-29")


def quarter_bounds(year, quarter):
    if quarter not in (1, 2, 3, 4):
        raise ValueError("quarter must be 1 to 4")
    first = date(year, 3 * quarter - 2, 1)
    if quarter < 4:
        after = first.replace(month=first.month + 3)
    else:
        after = date(year + 1, 1, 1)
    return first, after - date.resolution
#: quarter_bounds(2024, 1)
#: quarter_bounds(2023, 4)
#: quarter_bounds(2024, 5)
#: quarter_bounds(2025, 3)


def leap_years(start, stop):
    return [y for y in range(start, stop) if calendar.isleap(y)], calendar.leapdays(start, stop)
#: leap_years(2019, 2025)
#: leap_years(1898, 1906)
#: leap_years(2023, 2023)
#: leap_years(2025, 2020)


def month_row(year, month, week=0):
    weeks = calendar.monthcalendar(year, month)
    cells = [f"{d:2}" if d else "  " for d in weeks[week]]
    return "|".join(cells)
#: month_row(2024, 2)
#: month_row(2023, 10, week=-1)
#: month_row(2021, 2, 3)
#: month_row(2024, 13)
#: month_row(2024, 5, week=6)


def nth_weekday(year, month, weekday, n):
    days = [d for d in range(1, 32)
            if d <= calendar.monthrange(year, month)[1] and date(year, month, d).weekday() == weekday]
    return days[n - 1 if n > 0 else n]
#: nth_weekday(2024, 11, 3, 4)
#: nth_weekday(2024, 5, 0, -1)
#: nth_weekday(2024, 2, 6, 5)


def relative_time(then, now=(2024, 1, 16, 12)):
    delta = datetime(*now) - datetime(*then)
    if delta < timedelta(0):
        return "in the future"
    for size, unit in ((365, "year"), (30, "month"), (7, "week"), (1, "day")):
        n = delta.days // size
        if n:
            return f"{n} {unit}{'s' if n > 1 else ''} ago"
    hours = delta.seconds // 3600
    return f"{hours}h ago" if hours else "just now"
#: relative_time((2024, 1, 1))
#: relative_time((2020, 5, 5))
#: relative_time((2024, 1, 16, 6, 30))
#: relative_time((2024, 1, 16), now=(2024, 1, 16, 0, 1))
#: relative_time((2025, 1, 1))


def split_timedelta(**parts):
    td = timedelta(**parts)
    sign = "-" if td < timedelta() else "+"
    td = abs(td)
    hours, rest = divmod(td.seconds, 3600)
    minutes, seconds = rest // 60, rest % 60
    return sign, td.days, hours, minutes, seconds, td.microseconds // 1000
#: split_timedelta(hours=50, minutes=3.5)
#: split_timedelta(seconds=-90)
#: split_timedelta()
#: split_timedelta(weeks=1, milliseconds=1250)
#: split_timedelta(months=1)


def negative_deltas(seconds):
    td = timedelta(seconds=seconds)
    return td.days, td.seconds, td.total_seconds(), str(td)
#: negative_deltas(-1)
#: negative_deltas(90061)
#: negative_deltas(0.25)
#: negative_deltas("5")


def average_gap(stamps):
    moments = sorted(datetime.fromisoformat(s) for s in stamps)
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
    if gaps:
        return str(sum(gaps, timedelta()) / len(gaps)), str(max(gaps))
    return None
#: average_gap(["2024-01-01 10:00", "2024-01-01 10:30", "2024-01-01 12:00"])
#: average_gap(["2024-03-01"])
#: average_gap([])
#: average_gap(["2024-01-02T00:00:01", "2024-01-01T23:59:59"])
#: average_gap(["yesterday"])


def round_time(stamp, minutes=15):
    moment = datetime.fromisoformat(stamp)
    step = timedelta(minutes=minutes)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    whole, rest = divmod(moment - midnight, step)
    if rest * 2 >= step:
        whole += 1
    return (midnight + whole * step).isoformat(" ", "minutes")
#: round_time("2024-04-02 10:07")
#: round_time("2024-04-02 10:08")
#: round_time("2024-12-31T23:55")
#: round_time("2024-04-02 10:31:20", minutes=60)
#: round_time("2024-04-02", minutes=0)


def utc_offset(text):
    if text in ("Z", "UTC"):
        return timezone.utc
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text.lstrip("+-").partition(":")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes or 0)))


def to_zone(stamp, source, target):
    local = datetime.fromisoformat(stamp).replace(tzinfo=utc_offset(source))
    return local.astimezone(utc_offset(target)).strftime("%Y-%m-%d %H:%M %z")
#: to_zone("2024-06-01T22:15", "+02:00", "Z")
#: to_zone("2024-01-01T01:00", "Z", "-5")
#: to_zone("2024-03-10T12:00", "+5:30", "+9")
#: to_zone("2024-03-10T12:00", "UTC", "+25")


def parse_log_date(line):
    formats = ("%Y-%m-%d %H:%M:%S", "%d.%m.%Y", "%b %d %Y")
    for fmt in formats:
        try:
            return datetime.strptime(line.strip(), fmt).isoformat()
        except ValueError:
            pass
    raise ValueError(f"unknown format: {line}")
#: parse_log_date("2024-02-03 04:05:06")
#: parse_log_date(" 24.12.2023\n")
#: parse_log_date("Mar 5 2024")
#: parse_log_date("5th of May")


def per_weekday(stamps):
    counts = Counter(date.fromisoformat(s[:10]).strftime("%a") for s in stamps)
    return {d: counts[d] for d in calendar.day_abbr if d in counts}
#: per_weekday(["2024-05-06", "2024-05-07T10:00", "2024-05-13"])
#: per_weekday([])
#: per_weekday(["2024-02-29 23:59:59"])
#: per_weekday(["2024-5-6"])


def by_month(events):
    dated = sorted((date.fromisoformat(d), title) for d, title in events)
    out = {}
    for (year, month), group in groupby(dated, key=lambda e: (e[0].year, e[0].month)):
        out[f"{calendar.month_abbr[month]} {year % 100:02}"] = [title for _, title in group]
    return out
#: by_month([("2024-05-02", "fair"), ("2023-12-09", "party"), ("2024-05-01", "walk")])
#: by_month([("2001-07-07", "old")])
#: by_month([])
#: by_month([("2024-05-32", "typo")])


def subscription_end(start, plan):
    start = datetime.strptime(start, "%Y%m%d").date()
    match plan.split():
        case ["trial"]:
            return start + timedelta(days=14)
        case [n, "day" | "days"]:
            return start + timedelta(days=int(n))
        case [n, "week" | "weeks"]:
            return start + timedelta(weeks=float(n))
        case ["forever"]:
            return date.max
    raise ValueError(f"unknown plan {plan!r}")
#: subscription_end("20240220", "trial")
#: subscription_end("20231231", "1 day")
#: subscription_end("20240101", "2.5 weeks")
#: subscription_end("20240101", "forever")
#: subscription_end("20240101", "3 moons")


def cron_field(spec, low, high):
    values = set()
    for part in spec.split(","):
        part, _, step = part.partition("/")
        if part == "*":
            lo, hi = low, high
        elif "-" in part:
            lo, hi = map(int, part.split("-"))
        else:
            lo = hi = int(part)
        values.update(range(lo, hi + 1, int(step or 1)))
    return sorted(v for v in values if low <= v <= high)
#: cron_field("*/15", 0, 59)
#: cron_field("1-5,7", 1, 7)
#: cron_field("22-26/2,0", 0, 23)
#: cron_field("mon", 0, 6)


def next_run(minute, hours, after):
    after = datetime.fromisoformat(after)
    candidate = after.replace(minute=minute, second=0)
    if candidate <= after:
        candidate += timedelta(hours=1)
    tries = 0
    while candidate.hour not in hours:
        candidate += timedelta(hours=1)
        tries += 1
        if tries > 24:
            raise RuntimeError("hour never matches")
    return candidate.strftime("%d %H:%M")
#: next_run(30, {6, 18}, "2024-01-01T15:45")
#: next_run(0, [0], "2024-01-31 23:00")
#: next_run(5, (7, 8, 9), "2024-01-01T08:04:59")
#: next_run(0, (), "2024-01-01")


def rota(people, year, week, count=3):
    rows = []
    monday = date.fromisocalendar(year, week, 1)
    for i in range(count):
        rows.append(f"{monday:%d.%m.} {people[i % len(people)]}")
        monday += timedelta(weeks=1)
    return rows
#: rota(["Ann", "Bob"], 2024, 20)
#: rota(["Zoë"], 2023, 52, count=2)
#: rota([], 2024, 1)
#: rota(["x"], 2024, 53)


class Season(Enum):
    WINTER = (12, 21)
    SPRING = (3, 20)
    SUMMER = (6, 21)
    AUTUMN = (9, 22)


def season_of(month, day):
    date(2024, month, day)
    current = Season.WINTER
    for s in sorted(Season, key=lambda s: s.value):
        if (month, day) >= s.value:
            current = s
    return current.name.capitalize()
#: season_of(7, 1)
#: season_of(1, 5)
#: season_of(12, 21)
#: season_of(3, 19)
#: season_of(4, 31)


@dataclass(order=True)
class Booking:
    start: date
    nights: int
    room: str = "single"

    @property
    def end(self):
        return self.start + timedelta(days=self.nights)


def stay_price(arrival, nights, room="single"):
    booking = Booking(date.fromisoformat(arrival), nights, room)
    rate = {"single": 60, "double": 90}[booking.room]
    total = 0
    night = booking.start
    while night < booking.end:
        total += rate + (20 if night.weekday() in (4, 5) else 0)
        night += timedelta(days=1)
    return total, booking.end.isoformat()
#: stay_price("2024-05-16", 3)
#: stay_price("2024-05-13", 1, "double")
#: stay_price("2024-05-13", 0)
#: stay_price("2024-05-13", 2, room="suite")


def room_nights(year, *stays):
    taken = defaultdict(list)
    for b in sorted(Booking(date(year, m, d), *rest) for m, d, *rest in stays):
        ends = taken[b.room]
        if ends and b.start < ends[-1]:
            return f"{b.room} double booked on {b.start:%d %B}"
        ends.append(b.end)
    return {room: (len(ends), ends[-1].day) for room, ends in taken.items()}
#: room_nights(2024, (1, 1, 2), (1, 3, 1), (1, 1, 5, "double"))
#: room_nights(2023, (1, 5, 3), (1, 4, 2))
#: room_nights(2024)
#: room_nights(2024, (2, 1))


def date_fields(y, m, d):
    day = date(y, m, d)
    tt = day.timetuple()
    fields = {"ordinal": day.toordinal(), "yday": tt.tm_yday, "us": f"{m}/{d}/{y}"}
    return fields | {"c": day.ctime(), "week": f"{day:%j-%U}"}
#: date_fields(2024, 12, 31)
#: date_fields(1, 1, 1)
#: date_fields(2000, 2, 29)
#: date_fields(2024, 0, 1)


def appointment_slot(y, m, d, hour=9):
    try:
        slot = datetime(y, m, d, hour)
    except (ValueError, TypeError) as err:
        return False, type(err).__name__
    else:
        return slot.isoweekday() < 6, slot.strftime("%A %I %p")
#: appointment_slot(2024, 2, 29)
#: appointment_slot(2023, 2, 29)
#: appointment_slot(2023, "2", 1)
#: appointment_slot(2024, 6, 9, hour=17)


def epoch_label(seconds, offset_hours=0):
    tz = timezone(timedelta(hours=offset_hours))
    moment = datetime.fromtimestamp(seconds, tz)
    return f"{moment:%Y-%m-%d %H:%M:%S}", moment.tzname()
#: epoch_label(0)
#: epoch_label(1_700_000_000, 2)
#: epoch_label(86399.5, offset_hours=-3.5)
#: epoch_label(0, 30)


def timestamps_every(start, step, until):
    t = datetime.fromisoformat(start)
    end = datetime.fromisoformat(until)
    while t < end:
        yield t.timetz().isoformat("minutes")
        t += timedelta(minutes=step)


def departures(first, every, last, limit=4):
    times = []
    for stamp in timestamps_every(f"2024-01-01T{first}", every, f"2024-01-01T{last}"):
        times.append(stamp)
        if len(times) == limit:
            times.append("...")
            break
    return " ".join(times) or "no service"
#: departures("06:00", 20, "07:00")
#: departures("06:00", 7, "23:00")
#: departures("09:00", 30, "09:00")
#: departures("6am", 30, "09:00")


def timesheet(rows):
    totals = {}
    for who, start, end in rows:
        minutes = 0
        for sign, clock in ((-1, start), (1, end)):
            h, m = clock.split(":")
            minutes += sign * (int(h) * 60 + int(m))
        totals[who] = totals.get(who, 0) + minutes % 1440
    return {who: "%dh%02d" % divmod(t, 60) for who, t in totals.items()}
#: timesheet([("ann", "9:00", "12:30"), ("bob", "22:00", "1:15"), ("ann", "13:00", "17:05")])
#: timesheet([])
#: timesheet([("cy", "8:00", "8:00")])
#: timesheet([("dee", "8", "9:00")])


def expires_soon(certs, now, days=30):
    now = date(*now)
    soon = []
    for host, until in certs.items():
        left = (date(*until) - now).days
        if left < 0:
            soon.append((left, host, "EXPIRED"))
        elif left <= days:
            soon.append((left, host, "renew"))
    return [f"{host}: {what} ({left:+d}d)" for left, host, what in sorted(soon)]
#: expires_soon({"a.org": (2024, 6, 1), "b.org": (2024, 4, 30), "c.org": (2025, 1, 1)}, (2024, 5, 10))
#: expires_soon({}, (2024, 1, 1))
#: expires_soon({"x": (2024, 1, 8)}, (2024, 1, 1), days=7)
#: expires_soon({"x": "2024-01-08"}, (2024, 1, 1))


def subtitle_shift(line, ms):
    def moved(m):
        h, mins, s, frac = map(int, m.groups())
        t = timedelta(hours=h, minutes=mins, seconds=s, milliseconds=frac + ms)
        total = max(0, t // timedelta(milliseconds=1))
        s, frac = divmod(total, 1000)
        return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02},{frac:03}"
    return re.sub(r"(\d\d):(\d\d):(\d\d),(\d{3})", moved, line)
#: subtitle_shift("00:00:01,500 --> 00:00:03,000", 750)
#: subtitle_shift("00:59:59,900", 200)
#: subtitle_shift("00:00:00,100", -500)
#: subtitle_shift("no times", 10)


def stopwatch(events):
    running_since = None
    elapsed = timedelta()
    for kind, clock in events:
        at = datetime.strptime(clock, "%H:%M:%S")
        if kind == "start" and running_since is None:
            running_since = at
        elif kind == "stop" and running_since is not None:
            elapsed += at - running_since
            running_since = None
        elif kind == "reset":
            elapsed = timedelta(0)
    return elapsed.total_seconds(), running_since is not None
#: stopwatch([("start", "8:00:00"), ("stop", "8:00:42"), ("start", "9:15:00")])
#: stopwatch([("stop", "10:00:00"), ("start", "10:00:01"), ("stop", "10:01:00"), ("reset", "10:02:00")])
#: stopwatch([])
#: stopwatch([("start", "8:00:00"), ("stop", "8:61:00")])


def birthdays_this_month(people, month):
    born = {n: date.fromisoformat(b) for n, b in people.items()}
    hits = [(b.day, n) for n, b in born.items() if b.month == month]
    hits.sort(reverse=True)
    names = []
    while hits:
        day, name = hits.pop()
        names.append(f"{name} ({day}.)")
    return ", ".join(names) if names else f"nobody in {calendar.month_name[month]}"
#: birthdays_this_month({"Ann": "1990-05-20", "Bo": "1985-05-03", "Cy": "2000-01-01"}, 5)
#: birthdays_this_month({}, 2)
#: birthdays_this_month({"Di": "1999-12-31"}, 12)
#: birthdays_this_month({}, 13)


def pay_days(year, months, day=25):
    dates = []
    for m in months:
        d = date(year, m, day)
        while d.weekday() >= 5:
            d -= timedelta(days=1)
        dates.append(f"{d:%d %b}")
    return dates
#: pay_days(2024, [5, 8, 12])
#: pay_days(2024, [1, 3, 4], day=31)
#: pay_days(2023, ())
#: pay_days(2024, (2, 6), 1)


def is_open(stamp, hours):
    moment = datetime.fromisoformat(stamp)
    today = hours.get(moment.strftime("%a").lower(), hours.get("*"))
    if today is None:
        return False
    opens, closes = [time(*map(int, t.split(":"))) for t in today.split("-")]
    return opens <= moment.time() < closes
#: is_open("2024-05-15 10:00", {"wed": "9:00-17:00"})
#: is_open("2024-05-15 17:00", {"*": "9:00-17:00", "sun": "10:00-12:00"})
#: is_open("2024-05-19 10:00", {"wed": "9-17"})
#: is_open("2024-05-19 10:00", {"sun": "closed"})


def log_span(lines):
    first = last = None
    bad = 0
    for line in lines:
        stamp, *_ = line.split(" ", 1)
        try:
            t = time.fromisoformat(stamp)
        except ValueError:
            bad += 1
            continue
        first = first or t
        last = t
    if first is None:
        return None, bad
    return f"{first:%H:%M}-{last:%H:%M}", bad
#: log_span(["08:00:01 boot", "oops", "08:45:10 ready", "09:10:00 stop"])
#: log_span(["12:00 only"])
#: log_span([])
#: log_span(["", "25:00 late"])


def countdown_parts(target: str, now: str, *units: str) -> dict:
    """Time left in the units asked for, largest first."""
    left = datetime.fromisoformat(target) - datetime.fromisoformat(now)
    sizes = {"weeks": 7 * 86400, "days": 86400, "hours": 3600, "minutes": 60}
    seconds = int(left.total_seconds())
    parts = {}
    for unit in sizes:
        if unit in units:
            parts[unit], seconds = divmod(seconds, sizes[unit])
    parts["seconds"] = seconds
    return parts
#: countdown_parts("2024-12-25", "2024-12-01T18:00", "days", "hours")
#: countdown_parts("2024-01-01", "2024-01-01 00:00:05", "minutes")
#: countdown_parts("2024-01-02", "2024-01-01")
#: countdown_parts("2024-01-02T00:00+00:00", "2024-01-01", "days")


def longest_quiet(days):
    seen = {date.fromisoformat(d) for d in days}
    if len(seen) < 2:
        return 0
    day, last = min(seen), max(seen)
    quiet = longest = 0
    while day != last:
        day += timedelta(days=1)
        quiet = 0 if day in seen else quiet + 1
        longest = max(longest, quiet)
    return longest
#: longest_quiet(["2024-02-27", "2024-03-02", "2024-03-01"])
#: longest_quiet(["2024-01-01", "2024-01-01"])
#: longest_quiet([])
#: longest_quiet(["2024-01-01", "01/02/2024"])
