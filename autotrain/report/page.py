"""A report as one HTML page, verdict first: facts in, text out. Reads only its own style sheet."""

from pathlib import Path

from autotrain.display import curve
from autotrain.display.values import count, dig, dollars, duration, mapping, percent, safe, when
from autotrain.report import next_steps, svg, tables
from autotrain.report.escape import block, text
from autotrain.report.facts import Facts
from autotrain.report.headline import headline_section
from autotrain.report.samples import Answer, expected
from autotrain.report.verdict import judge
from autotrain.tasks import conversations, prompts
from autotrain.tasks.shapes import Sample
from autotrain.teacher.teachers import NO_API

STYLE_SHEET = Path(__file__).with_name("style.css")
# Nothing is loaded and nothing is run, whatever a model wrote.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
CURVES_SHOWN = KINDS_SHOWN = 12
PAPER = '<p class="paper soft">On paper the first one; the page on a screen has the others.</p>'


def page(facts: Facts, shown_round: int | None, passed: list[Answer], failed: list[Answer]) -> str:
    """The whole document."""
    sections = [
        ("next", "What next", _next(facts)),
        ("headline", "Headline", headline_section(facts)),
        ("rounds", "Rounds against the base model", tables.rounds_section(facts)),
        ("loss", "Loss", _loss(facts)),
        ("data", "Data", tables.data_section(facts)),
        ("trained", "Rows trained on", _trained(facts)),
        ("passed", f"Answers that passed{_of(shown_round)}", _answers(passed, "passed")),
        ("failed", f"Answers that failed{_of(shown_round)}", _answers(failed, "failed")),
        ("cost", "Cost, time and energy", tables.cost_section(facts)),
        ("settings", "Settings", tables.settings_section(facts)),
        ("lineage", "Lineage", tables.lineage_section(facts)),
        ("again", "Run it again", _again(facts)),
    ]
    sections = [section for section in sections if section[2]]  # what there is nothing of is left out
    css = STYLE_SHEET.read_text(encoding="utf-8")
    links = "".join(f'<a href="#{name}">{text(title)}</a>' for name, title, _ in sections)
    body = "".join(f'<section id="{name}"><h2>{text(title)}</h2>{html}</section>' for name, title, html in sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Run {text(facts.run.run_id)}: {text(judge(facts).headline)}</title><style>{css}</style></head>"
        f"<body><main>{_opening(facts)}<nav>{links}</nav>{body}</main></body></html>\n"
    )


def _of(round_number: int | None) -> str:
    return "" if round_number is None else f": {tables.name_of(round_number)}"


def _opening(facts: Facts) -> str:
    verdict = judge(facts)
    rows = (
        ("By how much", verdict.by_how_much), ("How sure", verdict.how_sure), ("Usable", verdict.usable),
    )  # fmt: skip
    told = "".join(f"<dt>{label}</dt><dd>{text(said)}</dd>" for label, said in rows if said)
    trouble = [*facts.problems]
    if facts.state.get("status") != "completed":
        trouble.insert(0, f"The run is {safe(facts.state.get('status'))}; this is what there was so far.")
    if isinstance(facts.state.get("error"), str):
        trouble.insert(1, facts.state["error"])
    notes = "".join(f'<p class="soft">{text(note)}</p>' for note in trouble[:12])
    return (
        f"<h1>Heidi AutoTraining · run {text(facts.run.run_id)}</h1>"
        f'<div class="verdict {verdict.tone}"><p class="headline" id="verdict">{text(verdict.headline)}</p>'
        f"<dl>{told}</dl></div>{notes}{_tiles(facts)}"
    )


def _next(facts: Facts) -> str:
    """What to do now, by what came of the run, with its cost."""
    chosen = {name.lower(): dig(entry, "value") for name, entry in mapping(facts.config.get("settings")).items()}
    found = next_steps.steps(facts.run, facts.best, facts.state, chosen)
    return "".join(
        f'<div class="step"><p>{text(step.why)}. '
        f'<span class="soft">{text(step.cost[0].upper() + step.cost[1:])}.</span></p>'
        f"<pre>{text(step.command)}</pre></div>"
        for step in found
    )


def _tiles(facts: Facts) -> str:
    name, best = facts.best.get("deciding_set"), facts.best_round()
    scores = mapping(dig(facts.best, "sets", name)) if isinstance(name, str) else {}
    begun, ended = when(facts.state.get("created")), when(facts.state.get("updated"))
    trained = [data.counts.get("train") for data in facts.rounds.values()]
    adapter = facts.best.get("adapter")
    tiles = (
        (percent(dig(scores, "base", "value")), "base model, pass@1"),
        (percent(dig(scores, "best", "value")), f"best adapter (round {best}), pass@1" if best else "best adapter"),
        (count(next((n for n in reversed(trained) if n is not None), None)), "training samples of the last round"),
        (duration(None if begun is None or ended is None else ended - begun), "from begin to end"),
        (_paid(facts), "teacher cost"),
        (safe(facts.setting("BASE_MODEL"), 60), "base model"),
    )
    boxes = "".join(f'<div class="tile"><b>{text(value)}</b><span>{text(label)}</span></div>' for value, label in tiles)
    where = (
        f"<p>The adapter is <code>{text(facts.run.root / adapter)}</code>; it loads with PEFT.</p>"
        if isinstance(adapter, str)
        else ""
    )
    return f'<div class="tiles">{boxes}</div>{where}'


def _paid(facts: Facts) -> str:
    paid = dig(facts.state, "usage", "total", "cost_usd")
    return "nothing" if paid is None and facts.setting("TEACHER_MODEL") in NO_API else dollars(paid)


def _loss(facts: Facts) -> str:
    series = []
    rounds = sorted(facts.curves)[-CURVES_SHOWN:]
    for place, n in enumerate(rounds):
        curves = facts.curves[n]
        if "loss" in curves:
            raw = curves["loss"].points()
            # Muted: the raw losses stay behind the line that shows where they go.
            series.append((f"round {n}, each step", -1, False, raw))
            series.append((f"round {n}, smoothed", place, False, curve.smoothed(raw)))
        if "validation_loss" in curves:
            series.append((f"round {n}, validation", place, True, curves["validation_loss"].points()))
    return svg.curves(series, "Training and validation loss by step") if series else ""


def _trained(facts: Facts) -> str:
    """One row of each kind, turn by turn; what the loss sees is marked."""
    if not facts.trained:
        return '<p class="none">There is none.</p>'
    shown = list(facts.trained.items())[:KINDS_SHOWN]
    return (
        '<p class="soft">One row of each kind; what is trained on has a green frame.</p>'
        + PAPER
        + "".join(
            f'<article class="row"><header><b>{text(kind)}</b><span>{text(row["id"])}</span></header>'
            f"{_turns(row)}</article>"
            for kind, row in shown
        )
    )


def _turns(row: Sample) -> str:
    own = [*prompts.messages(row), {"role": "assistant", "content": row["output"]}]
    return "".join(
        f'<div class="turn{" trained" if conversations.is_learned(turn) else ""}"><h4>{text(turn["role"])}</h4>'
        f"{block(conversations.told(turn))}</div>"
        for turn in row.get("messages", own)
    )


def _answers(answers: list[Answer], kind: str) -> str:
    return PAPER * (len(answers) > 1) + "".join(_answer(answer, kind) for answer in answers)


def _answer(answer: Answer, kind: str) -> str:
    verdict, row = answer.verdict, answer.row
    task = mapping(row.get("task"))
    facts = [text(verdict.get(name)) for name in ("id", "task_type", "difficulty", "set")]
    reason = f"<p>{text(str(verdict['reason'])[:600])}</p>" if verdict.get("reason") else ""
    given = f"<h4>Given</h4>{block(task['input'])}" if task.get("input") else ""
    return (
        f'<article class="{kind}"><header><b>{kind}</b>{"".join(f"<span>{fact}</span>" for fact in facts)}</header>'
        f"<h4>Task</h4>{block(task.get('instruction'))}{given}"
        f'<div class="pair"><div><h4>Answer</h4>{block(row.get("prediction"))}</div>'
        f"<div><h4>Expected</h4>{block(expected(row))}</div></div>{reason}</article>"
    )


def _again(facts: Facts) -> str:
    if not facts.config.get("settings"):
        return ""
    return (
        f'<pre id="command">{text(tables.command(facts))}</pre><p class="soft">The same seed, data and versions give '
        "the same samples; training on other hardware differs in the last digits.</p>"
    )
