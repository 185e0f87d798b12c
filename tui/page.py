"""Known steps as one self-contained HTML page: the source, every step with what it brings, how sure the model was.

The page loads nothing and runs nothing (a Content-Security-Policy says so to the browser); everything that comes from
data is escaped.
"""

from __future__ import annotations

from html import escape

from neuraldbg.steps import UNSURE_BELOW, Event, Step, Trace, base_locals, changed_names

LONGEST = 2_000  # characters of a value
_STYLE = """
:root { color-scheme: light dark; --soft: #778; --rule: #8884; --bad: #b3372f; --good: #2c7a3f; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid var(--rule); padding: .15rem .5rem; text-align: left; vertical-align: top; }
td, pre { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; white-space: pre-wrap; }
td.n { color: var(--soft); text-align: right; white-space: nowrap; }
.unsure { color: var(--bad); } .return { color: var(--good); }
.exception { color: var(--bad); } .soft { color: var(--soft); }
"""


def trace_page(trace: Trace) -> str:
    """The page."""
    lines = trace.source.split("\n")
    rows = []
    for index, (step, base) in enumerate(zip(trace.steps, base_locals(trace.steps), strict=True)):
        code = lines[step.line - 1] if 0 < step.line <= len(lines) else ""
        rows.append(
            f'<tr><td class="n">{index}</td><td class="n">{step.line}</td>'
            f'<td class="{step.event.value}">{step.event.value}</td>'
            f"<td>{'  ' * min(step.depth, 12)}{escape(code)}</td><td>{_news(step, base)}</td></tr>"
        )
    what = escape(trace.call or " ".join([trace.script, *trace.args]))
    title = f"{escape(trace.script)}: {trace.origin.value} steps"
    numbered = "\n".join(f"{n:>5}  {line}" for n, line in enumerate(lines, 1))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        f"<p>{what}: {len(trace.steps):,} steps, {trace.outcome.value.replace('_', ' ')}. "
        '<span class="soft">A percentage is how likely the model holds a value; '
        "one without was forced by the code, or is real.</span></p>\n"
        "<table><thead><tr><th>step</th><th>line</th><th>event</th><th>source</th><th>what it brings</th></tr>"
        f"</thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody></table>\n<h2>Source</h2>\n<pre>{escape(numbered)}</pre>\n</body></html>\n"
    )


def _news(step: Step, base: object) -> str:
    before = base if isinstance(base, dict) else {}
    sure = step.confidence
    parts = []
    if step.value is not None:
        word = "raises" if step.event is Event.EXCEPTION else "returns"
        parts.append(_value(word, step.value, sure.value if sure is not None else None))
    elif step.event in (Event.CALL, Event.LINE):
        names = changed_names(before, step.locals)
        parts += [
            _value(f"{n} =", v, sure.locals.get(n) if sure is not None else None)
            for n, v in step.locals.items()
            if n in names
        ]
    return "<br>".join(parts)


def _value(head: str, text: str, probability: float | None) -> str:
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
    if probability is None:
        return f"{escape(head)} {escape(shown)}"
    style = "unsure" if probability < UNSURE_BELOW else "soft"
    word = "unsure, " if style == "unsure" else ""
    return f'{escape(head)} {escape(shown)} <span class="{style}">{word}{int(probability * 100)}%</span>'
