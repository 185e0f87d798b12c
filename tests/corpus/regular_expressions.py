import re

log = "2024-01-05 ERROR disk full\n2024-01-06 INFO ok"
pattern = re.compile(r"^(?P<date>\d{4}-\d\d-\d\d) (?P<level>[A-Z]+) (.*)$", re.MULTILINE)
for match in pattern.finditer(log):
    print(match["date"], match["level"].lower(), match.group(3))
masked = re.sub(r"\d+", lambda m: "#" * len(m.group()), log.splitlines()[0])
match = None
print(masked, re.split(r"[,;]\s*", "a, b;c"))
