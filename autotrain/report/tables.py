"""The sections of a report that are tables: rounds, data, cost and time, settings, lineage. Pure."""

import shlex
from collections.abc import Sequence
from typing import Any

from autotrain.config import settings
from autotrain.display.values import (
    DASH,
    compact,
    count,
    dig,
    dollars,
    duration,
    interval,
    listing,
    mapping,
    number,
    percent,
    points,
    size,
)
from autotrain.evaluation.headline import base_name
from autotrain.report import svg
from autotrain.report.escape import text
from autotrain.report.facts import REASONS_SHOWN, Facts, stages_run

FIRST_ROUNDS, LAST_ROUNDS = 2, 18  # of a long run, in the tables
WIDE = 6  # columns; a narrow screen shows the rows of a wider table as cards


def name_of(round_number: int) -> str:
    return "base model" if round_number == 0 else f"round {round_number}"


def _model_name(facts: Facts, round_number: int) -> str:
    bits = dig(facts.reports.get(0), "model", "quantization_bits")
    return base_name(bits) if round_number == 0 and isinstance(bits, int) and facts.forms else name_of(round_number)


def table(header: Sequence[str], rows: Sequence[str], numeric_from: int = 1) -> str:
    """Rows are finished `<tr>`; columns from `numeric_from` on are set to the right."""
    heads = "".join(f"<th{' class=n' if place >= numeric_from else ''}>{h}</th>" for place, h in enumerate(header))
    wide = len(header) > WIDE
    body = "".join(_labelled(row, header) for row in rows) if wide else "".join(rows)
    opening = '<table class="wide">' if wide else "<table>"
    return f'<div class="scroll">{opening}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _labelled(row: str, header: Sequence[str]) -> str:
    """A row whose cells carry their column's name: a narrow screen shows them below one another."""
    opening, *cells = row.split("<td")  # texts are escaped: they hold no tag
    return opening + "".join(f'<td data-label="{text(name)}"{rest}' for name, rest in zip(header, cells, strict=True))


def cell(shown: str, *, key: str = "", value: Any = None, kind: str = "n") -> str:
    """A cell; `key` and `value` keep the exact figure that is shown rounded."""
    exact = f' data-key="{text(key)}" data-value="{text(value)}"' if key else ""
    return f'<td class="{kind}"{exact}>{text(shown)}</td>'


def shown_rounds(facts: Facts) -> list[int]:
    """The base and the rounds that a table shows: all, or of very many the first and the last ones and the best."""
    rounds = sorted(facts.reports)
    if len(rounds) <= FIRST_ROUNDS + LAST_ROUNDS:
        return rounds
    best = facts.best_round()
    chosen = {*rounds[:FIRST_ROUNDS], *rounds[-LAST_ROUNDS:], *([best] if best in facts.reports else [])}
    return sorted(n for n in chosen if n is not None)


def rounds_section(facts: Facts) -> str:
    if not facts.reports:
        return '<p class="none">Nothing has been evaluated.</p>'
    return "".join(_set(facts, name) for name in facts.set_names())


def _set(facts: Facts, name: str) -> str:
    rows, dots = [], []
    for n in shown_rounds(facts):
        metrics = facts.metrics(n, name)
        score = mapping(metrics.get("pass@1"))
        if not score:
            continue
        against = facts.comparisons.get((n, name))
        verdict = facts.decision(n).get("verdict") if facts.best.get("deciding_set") == name else None
        marked = n == facts.best_round()
        cells = [f"<td>{text(_model_name(facts, n))}</td>"]
        cells.append(cell(percent(score.get("value")), key=f"{name}|{n}|pass@1", value=score.get("value")))
        cells.append(cell(interval(score.get("interval"))))
        cells.append(cell(f"{count(score.get('passed'))} of {count(score.get('n'))}"))
        cells.append(cell(points(against.delta if against else None)))
        cells.append(cell(interval(against.interval, signed=True) if against else DASH))
        cells.append(cell(f"{len(against.gained)} / {len(against.lost)}" if against else DASH))
        cells.append(cell(compact(against.p_improved) if against else DASH))
        code_only = dig(metrics, "code_only", "value")
        cells.append(cell(percent(code_only), key=f"{name}|{n}|code_only", value=code_only))
        for metric in ("format_compliance", "truncation"):
            value = dig(metrics, metric, "value")
            cells.append(cell(percent(value), key=f"{name}|{n}|{metric}", value=value))
        choice = mapping(facts.reports[n].get("forced_choice")) if facts.best.get("deciding_set") == name else {}
        cells.append(cell(percent(choice.get("value")), key=f"{name}|{n}|forced_choice", value=choice.get("value")))
        cells.append(cell(verdict if isinstance(verdict, str) else DASH))
        rows.append(f"<tr{' class=best' if marked else ''}>{''.join(cells)}</tr>")
        low_high = score.get("interval")
        value = number(score.get("value"))
        if isinstance(low_high, list) and len(low_high) == 2 and value is not None:
            low, high = number(low_high[0]), number(low_high[1])
            if low is not None and high is not None:
                dots.append((name_of(n), low, value, high, marked))
    rows = [*_other_forms(facts, name), *rows]
    header = [
        "model",
        "pass@1",
        "95 %",
        "solved",
        "points",
        "95 %",
        "gained / lost",
        "p",
        "code only",
        "form kept",
        "cut off",
        "right one likelier",
        "verdict",
    ]
    reasons = [
        f"<li>Round {text(d.get('round'))}: {text(d.get('reason'))}</li>"
        for d in listing(facts.best.get("decisions"))[-LAST_ROUNDS:]
        if isinstance(d, dict)
    ]
    why = f"<ul>{''.join(reasons)}</ul>" if reasons and facts.best.get("deciding_set") == name else ""
    return (
        f"<h3>{text(name)}</h3>{svg.scores(dots, f'pass@1 on {name} with 95 % intervals')}"
        + table(header, rows)
        + why
        + '<div class="parts">'
        + _by(facts, name, "by_level", "level")
        + _by(facts, name, "by_task_type", "task type")
        + _by(facts, name, "by_difficulty", "difficulty")
        + "</div>"
    )


def _other_forms(facts: Facts, name: str) -> list[str]:
    """The base model in the forms that do not decide."""
    rows = []
    for bits, report in sorted(facts.forms.items(), reverse=True):
        metrics = mapping(dig(report, "sets", name, "metrics"))
        score = mapping(metrics.get("pass@1"))
        if not score:
            continue
        cells = [f"<td>{text(base_name(bits))}</td>"]
        cells.append(cell(percent(score.get("value")), key=f"{name}|base {bits} bits|pass@1", value=score.get("value")))
        cells.append(cell(interval(score.get("interval"))))
        cells.append(cell(f"{count(score.get('passed'))} of {count(score.get('n'))}"))
        cells += [cell(DASH)] * 4
        shown = ("code_only", "format_compliance", "truncation")
        cells += [cell(percent(dig(metrics, metric, "value"))) for metric in shown]
        choice = mapping(report.get("forced_choice")) if facts.best.get("deciding_set") == name else {}
        cells += [cell(percent(choice.get("value"))), cell(DASH)]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return rows


def _by(facts: Facts, name: str, key: str, title: str) -> str:
    rounds = [n for n in shown_rounds(facts) if mapping(facts.metrics(n, name).get(key))]
    if len(rounds) > 7:
        rounds = [n for n in rounds if n in (rounds[0], facts.best_round(), *rounds[-5:])]
    kinds = sorted({str(kind) for n in rounds for kind in mapping(facts.metrics(n, name).get(key))})
    if not kinds:
        return ""
    best = facts.best_round()
    paired = facts.comparisons.get((best, name)) if best is not None else None
    parts = getattr(paired, key, {})
    rows = []
    for kind in kinds:
        first = number(dig(facts.metrics(rounds[0], name), key, kind, "value"))
        cells = [f"<td>{text(kind)}</td>", cell(count(dig(facts.metrics(rounds[0], name), key, kind, "n")))]
        for n in rounds:
            value = number(dig(facts.metrics(n, name), key, kind, "value"))
            differs = value is not None and first is not None and value != first
            tone = "" if not differs or value is None or first is None else " up" if value > first else " down"
            cells.append(cell(percent(value), key=f"{name}|{n}|{key}|{kind}", value=value, kind=f"n{tone}"))
        if parts:
            found = parts.get(kind)
            cells.append(cell(f"{found.gained} / {found.lost}" if found else DASH))
        rows.append(f"<tr>{''.join(cells)}</tr>")
    compared = [f"gained / lost, {name_of(best)}"] * bool(parts)
    header = [title, "tasks", *map(name_of, rounds), *compared]
    return f"<div><h3>By {title}</h3>{table(header, rows)}</div>"


def data_section(facts: Facts) -> str:
    if not facts.rounds:
        return ""
    names = ("asked", "answered", "parsed", "raw", "clean", "tested", "train", "val")
    rows = []
    for n, data in list(facts.rounds.items())[-LAST_ROUNDS:]:
        cells = "".join(cell(count(data.counts.get(k)), key=f"data|{n}|{k}", value=data.counts.get(k)) for k in names)
        rows.append(f"<tr><td>round {n}</td>{cells}</tr>")
    header = ["", "asked", "answered", "parsed", "accepted", "clean", "tested", "train", "validation"]
    return table(header, rows) + _waterfall(facts) + _reasons(facts)


def _waterfall(facts: Facts) -> str:
    """All rounds together: how many samples each step left."""
    total: dict[str, int] = {}
    for data in facts.rounds.values():
        for name in ("asked", "answered", "parsed", "raw", "clean", "tested"):
            known = data.counts.get(name)
            if known is not None:
                total[name] = total.get(name, 0) + known
    most = max(total.values(), default=0)
    labels = {"raw": "accepted"}
    rows = [
        f'<tr><td>{labels.get(name, name)}</td><td class="n">{value:,}</td>'
        f'<td class="n">{percent(value / most, 0)}</td>'
        f'<td style="width:60%"><span class="bar" style="width:{value / most * 100:.1f}%"></span></td></tr>'
        for name, value in total.items()
        if most
    ]
    return f"<h3>All rounds, step by step</h3>{table(['', 'samples', 'left', ''], rows)}" if rows else ""


def _reasons(facts: Facts) -> str:
    parts = []
    for stage in ("generate", "clean", "gate"):
        counts = {}
        for data in facts.rounds.values():
            for reason, found in data.reasons.get(stage, {}).items():
                counts[reason] = counts.get(reason, 0) + found
        most = max(counts.values(), default=0)
        for reason, found in sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:REASONS_SHOWN]:
            bar = f'<span class="bar refused" style="width:{found / most * 100:.1f}%"></span>'
            parts.append(
                f'<tr><td>{stage}</td><td>{text(reason[:200])}</td><td class="n">{found:,}</td>'
                f'<td style="width:45%">{bar}</td></tr>'
            )
    if not parts:
        return '<p class="none">No sample was refused.</p>'
    return "<h3>Refused, and why</h3>" + table(["stage", "reason", "samples", ""], parts, numeric_from=2)


def cost_section(facts: Facts) -> str:
    usage = mapping(dig(facts.state, "usage", "total"))
    rows = []
    for n, stage, entry in stages_run(facts)[-7 * LAST_ROUNDS :]:
        counts = mapping(entry.get("counts"))
        memory, speed = counts.get("peak_memory_bytes"), counts.get("tokens_per_second")
        rows.append(
            f"<tr><td>{'the run' if stage == 'final' else text(name_of(n))}</td><td>{text(stage)}</td>"
            f"<td>{text(entry.get('status'))}</td>"
            + cell(duration(entry.get("seconds")))
            + cell(size(memory))
            + cell(compact(speed))
            + "</tr>"
        )
    asked = "".join(
        f"<tr><td>{label}</td>{cell(shown)}</tr>"
        for label, shown in (
            ("teacher", str(facts.setting("TEACHER_MODEL") or DASH)),
            ("requests", count(usage.get("requests"))),
            ("tokens in", count(usage.get("tokens_in"))),
            ("tokens out", count(usage.get("tokens_out"))),
            ("retries", count(usage.get("retries"))),
            ("cost as the server reported it", dollars(usage.get("cost_usd"))),
            ("worst case of answers that never came", dollars(usage.get("unsettled_usd"))),
            ("energy", f"{DASH} (not measured)"),
        )
        if shown != DASH
    )
    return (
        table(["", ""], [asked])
        + "<h3>Stages</h3>"
        + table(["", "stage", "ended", "time", "peak memory", "tokens/s"], rows, numeric_from=3)
    )


def settings_section(facts: Facts) -> str:
    rows = [
        f"<tr><td><code>{text(name)}</code></td><td>{text(dig(entry, 'value'))}</td>"
        f'<td class="soft">{text(dig(entry, "source"))}</td></tr>'
        for name, entry in mapping(facts.config.get("settings")).items()
    ]
    notes = "".join(
        f"<li>{text(dig(note, 'setting'))}: {text(dig(note, 'to'))} in place of {text(dig(note, 'from'))}, "
        f"because {text(dig(note, 'reason'))}</li>"
        for note in listing(facts.config.get("substitutions"))
    )
    return (f"<ul>{notes}</ul>" if notes else "") + table(["setting", "value", "from"], rows, numeric_from=9)


def lineage_section(facts: Facts) -> str:
    newest = facts.reports.get(max(facts.reports, default=0), {})
    model = mapping(newest.get("model"))
    known = [
        ("base model", model.get("base_model") or facts.setting("BASE_MODEL")),
        ("revision", model.get("revision")),
        ("bits", model.get("quantization_bits")),
        ("compute dtype", model.get("compute_dtype")),
        ("prompt version", newest.get("prompt_version")),
        ("sandbox", newest.get("sandbox")),
        ("decoding", ", ".join(f"{k} {v}" for k, v in mapping(newest.get("decoding")).items()) or None),
        ("versions", ", ".join(f"{k} {v}" for k, v in mapping(newest.get("versions")).items()) or None),
    ]
    known += [(f"tasks of {n}", dig(newest, "sets", n, "sha256")) for n in mapping(newest.get("sets"))]
    facts_rows = [f'<tr><td>{text(k)}</td><td class="hash">{text(v)}</td></tr>' for k, v in known]
    files = [
        f'<tr><td>{text(path)}</td><td class="n">{size(length)}</td><td class="hash">{digest}</td></tr>'
        for path, length, digest in facts.hashes[:400]
    ]
    return table(["", ""], facts_rows, numeric_from=9) + table(["file of the run", "size", "SHA-256"], files, 9)


def command(facts: Facts) -> str:
    """The command that runs the same again: every setting that a person or the machine chose, as a flag."""
    flags = {settings.variable(row.name): row.metadata["flag"] for row in settings.fields()}
    words = ["./scripts/loop.sh"]
    for name, entry in mapping(facts.config.get("settings")).items():
        source, value = str(dig(entry, "source")), dig(entry, "value")
        if name not in flags or source == "default" or name in ("OUT_DIR", "CACHE_DIR") or value is None:
            continue
        words += [flags[name], settings.show_raw(value)]
    return " ".join(shlex.quote(word) for word in words)
