"""View 3 of the dashboard: how training goes and what it uses. Pure."""

from autotrain.dashboard.snapshot import Snapshot, eta
from autotrain.dashboard.views import Item, about, loss_chart, trouble
from autotrain.display.canvas import Line, Look, bar, beside, chart, fit, pairs, rule
from autotrain.display.values import DASH, compact, count, dig, mapping, number, percent, ratio, safe, size


def trainer(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 3: how training goes and what it uses."""
    now = mapping(snapshot.state.get("training"))
    newest = snapshot.latest_round()
    lines = [*trouble(snapshot, width), rule(f"Trainer · round {newest}" if newest else "Trainer", width)]
    step, steps = number(now.get("step")), number(now.get("steps"))
    share = ratio(step, steps)
    label = f" step {count(step)} of {count(steps)} "
    left = eta(snapshot)[0] if snapshot.state.get("current_stage") == "train" else None
    tail = f" {percent(share, 0)}" + (f", {about(left)} left" if left is not None else "")
    lines.append(
        fit(
            [(label, ""), *bar(share, max(4, min(60, width - len(label) - len(tail) - 1)), "line0"), (tail, "dim")],
            width,
        )
    )
    # Stage 04 knows the rows; what was predicted before the run is the best that there is until then.
    before = dig(snapshot.config, "memory_estimate", "total_bytes")
    predicted = now.get("predicted_memory_bytes") or before
    items: list[Item] = [
        ("loss", compact(now.get("loss")), "accent"),
        ("validation loss", compact(now.get("validation_loss")), ""),
        ("learning rate", compact(now.get("learning_rate")), ""),
        ("gradient norm", compact(now.get("grad_norm")), ""),
        ("tokens/s", compact(now.get("tokens_per_second")), ""),
        ("tokens", count(now.get("tokens")), ""),
        ("peak memory", size(now.get("peak_memory_bytes")), ""),
        ("predicted", size(predicted), ""),
        ("checkpoints", _checkpoints(snapshot, newest), ""),
    ]
    for gpu in snapshot.gpus:
        use = DASH if gpu.utilisation is None else f"{gpu.utilisation:.0f}%"
        items.append((safe(gpu.name, 24), f"{use}, {size(gpu.used_bytes)} of {size(gpu.total_bytes)}", ""))
    if not snapshot.gpus:
        items.append(("GPU", DASH, ""))
    lines += pairs(items, width, most=3)
    room = max(10, height - len(lines))
    if width >= 120:
        loss = [rule("Loss", width * 2 // 3), *loss_chart(snapshot, newest, width * 2 // 3, room - 1, look)]
        side = width - width * 2 // 3 - 2
        third = max(4, room // 3)
        return lines + beside(loss, _side_charts(snapshot, newest, side, third, look), width * 2 // 3, side)
    if room >= 16:
        lines += [rule("Loss", width), *loss_chart(snapshot, newest, width, room - 8, look)]
        half = (width - 2) // 2
        curves = snapshot.curves.get(newest) if newest is not None else None
        rate = [
            rule("Learning rate", half),
            *chart([("now", curves.learning_rate.points() if curves else [])], half, 6, look),
        ]
        norm = [
            rule("Gradient norm", half),
            *chart([("now", curves.grad_norm.points() if curves else [])], half, 6, look),
        ]
        return lines + beside(rate, norm, half, width - half - 2)
    return [*lines, rule("Loss", width), *loss_chart(snapshot, newest, width, max(5, room - 1), look)]


def _side_charts(snapshot: Snapshot, newest: int | None, width: int, height: int, look: Look) -> list[Line]:
    curves = snapshot.curves.get(newest) if newest is not None else None
    lines: list[Line] = []
    for name, title in (
        ("learning_rate", "Learning rate"), ("grad_norm", "Gradient norm"), ("tokens_per_second", "Tokens/s"),
    ):  # fmt: skip
        found = getattr(curves, name).points() if curves else []
        lines += [rule(title, width), *chart([("now", found)], width, height - 1, look)]
    return lines


def _checkpoints(snapshot: Snapshot, round_number: int | None) -> str:
    steps = [str(step) for number_, step in snapshot.checkpoints if number_ == round_number]
    if not steps:
        return DASH
    return "step " + ", ".join(steps[-4:]) + (f" of {len(steps)}" if len(steps) > 4 else "")
