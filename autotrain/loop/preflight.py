"""Before and after a run: may it start, what will it do, and what came of it.

Checks that cost little and spare an hour: the base model can be had, the training fits the
memory, the teacher can be asked, the sandbox holds.
"""

import dataclasses
import os
from pathlib import Path
from typing import Any

from autotrain.ask import choice
from autotrain.config import credentials, precedence, profiles, settings
from autotrain.errors import DataError, UsageError, say
from autotrain.evaluation import bases, calibration, forced_choice, headline, promotion, suites
from autotrain.jsonl import read_json
from autotrain.run import stages, state
from autotrain.run.paths import RunPaths
from autotrain.secrets import second_opinion
from autotrain.training import adapter_bits, backends, memory, models


def settle_bits(resolved: precedence.Resolved) -> precedence.Resolved:
    """QUANTIZATION_BITS=auto as a number, chosen for this machine's memory and noted as a substitution.

    Raises UsageError where the base model cannot be had.
    """
    chosen, why = memory.settle_bits_here(resolved.settings)
    if why is None:
        return resolved
    note = {
        "setting": "QUANTIZATION_BITS",
        "from": "auto",
        "to": chosen.quantization_bits,
        "reason": why,
        "override": "--bits 4, 8 or 16",
    }
    sources = {**resolved.sources, "quantization_bits": "auto: what fits the memory"}
    return precedence.Resolved(chosen, sources, [*resolved.substitutions, note])


def check(resolved: precedence.Resolved) -> memory.Prediction:
    """The predicted memory of the training, once nothing speaks against the run.

    Raises UsageError, OutOfMemory, TeacherError or SandboxUnavailable for a run that could not finish.
    """
    chosen, hardware = resolved.settings, profiles.detect()
    backends.check(chosen, has_gpu=hardware.vram_bytes > 0)
    second_opinion.require(chosen.secret_scanner)
    reference = models.find(chosen.base_model, chosen.base_revision, chosen.cache_dir)
    insisted = not resolved.sources["profile"].startswith("auto")
    models.check_available(reference, has_gpu=hardware.vram_bytes > 0, cpu_insisted=insisted)
    fitting, prediction = memory.settle(chosen, models.read_config(reference), memory.available_here(hardware))
    if fitting != chosen:
        lowered = memory.flags_of(memory.changes(chosen, fitting))
        say(f"FIT: the training would not fit as set; it will be lowered to {lowered}.")
    if chosen.teacher_model not in ("builtin", "self"):
        credentials.find_credentials(dict(os.environ), settings.PROJECT_ROOT / ".env")
    from autotrain.sandbox import Sandbox

    with Sandbox(chosen.sandbox, workers=1, packages=chosen.packages):
        pass
    return prediction


def suites_kept_out(chosen: settings.Settings) -> list[str]:
    """The suites whose tasks may train nothing: those of the end, and the one that decides the rounds.

    Raises UsageError for a suite that is both, DataError for one that is missing.
    """
    if chosen.eval_suite:
        _check_suite("EVAL_SUITE", chosen.eval_suite)
    names = suites.names_in(chosen.final_suites)
    for name in names:
        if name == chosen.eval_suite:
            raise UsageError(f"FINAL_SUITES={name}: that suite decides the promotions (EVAL_SUITE); name another.")
        _check_suite("FINAL_SUITES", name)
    return [*names, *([chosen.eval_suite] if chosen.eval_suite else [])]


def _check_suite(setting: str, name: str) -> None:
    if name not in suites.NAMES and not Path(name).is_file():
        raise DataError(f"{setting}={name}: {', '.join(suites.NAMES)} or an existing file is needed.")


def plan(resolved: precedence.Resolved, prediction: memory.Prediction) -> str:
    """What `--dry-run` prints: the stages, the memory, then each setting with its value and source."""
    chosen = resolved.settings
    width = max(len(settings.variable(row.name)) for row in settings.fields())
    lines = [
        f"{chosen.rounds} rounds of {chosen.samples_per_round} samples from {chosen.teacher_model}: "
        + " -> ".join(stages.of_round(gated=chosen.run_unit_tests))
        + "; then final",
        f"base model {chosen.base_model} in {chosen.bits} bits, LoRA rank {chosen.lora_r}",
        "bases evaluated: " + _bases(chosen),
        f"{chosen.train_steps} steps a round, of {chosen.batch_size} x {chosen.grad_accum} rows "
        f"of up to {chosen.seq_len} tokens",
        f"training takes {prediction.describe()}",
        _decides(chosen),
        f"output in {settings.out_path(chosen.out_dir)}",
        "",
    ]
    lines += [
        f"{settings.variable(name):<{width}}  {settings.show(value):<24}  {resolved.sources[name]}"
        for name, value in dataclasses.asdict(chosen).items()
    ]
    return "\n".join(lines)


def _decides(chosen: settings.Settings) -> str:
    """What the promotions rest on, and what they could show."""
    if not chosen.eval_suite:
        return "the validation set decides; how many tasks that is shows after the split"
    suite = suites.load_suite(chosen.eval_suite)
    rows, calibrating = suite.rows, calibration.calibration_set(suite.rows, suite.sha256)
    decides = f"{chosen.eval_suite} decides"
    if calibrating:
        rows = calibration.free_rows(rows, calibrating)
        decides += f", at the levels that suit the base: it answers {len(calibrating)} other tasks first, which tell"
    count = min(chosen.eval_tasks or len(rows), len(rows))
    return f"{decides}; at most {promotion.what_can_be_found(count, chosen.rounds)}"


def _bases(chosen: settings.Settings) -> str:
    forms = bases.forms(chosen, whole_fits=bases.whole_fits_here(chosen))
    return ", ".join(
        headline.base_name(form.bits) + ("" if form.all_tasks else " on the tasks that decide") for form in forms
    )


def verdict(run: RunPaths) -> str:
    """The last lines of a finished run: is there a better model, by how much, where."""
    if not run.best.is_file():
        return f"Finished run {run.run_id}; no round was evaluated. Everything is in {run.root}"
    best = read_json(run.best)
    final = read_json(run.final) if run.final.is_file() else None
    rows = final["headline"] if final else []
    lines = [headline.line(row) for row in rows] or [
        f"{name}: {_told(name, scores, best)} -> best adapter {scores['best']['value']:.1%} pass@1 "
        f"({scores['gained']} gained, {scores['lost']} lost of {scores['total']}, p = {scores['p_improved']:.2g})"
        for name, scores in best["sets"].items()
    ]
    if final:
        lines.append(headline.aa_line(final["aa"]))
        if final["round"] != best["round"]:
            lines.append(
                f"warning: those figures are of round {final['round']}, the best when the suites kept back were "
                f"opened; since then round {best['round']} became the best, and they are not opened again."
            )
    lines += _besides(final or {}, best)
    early = state.load(run)["evaluation"].get("early_stop")
    if early:
        lines.append(f"Ended after round {early['after_round']}: {early['reason']}.")
    if best["beats_base"]:
        forms = (best.get("bases") or {}).get("forms") or []
        which = f" ({' and '.join(form['name'] for form in forms)})" if len(forms) > 1 else ""
        lines.append(f"The adapter of round {best['round']} beats the base model{which} on {best['deciding_set']}.")
    else:
        lines.append(
            f"warning: on {best['deciding_set']}, which decides, no adapter beat the base model by more than chance."
        )
    lines.append(f"best_adapter: {run.out_dir / 'best_adapter'}")
    lines.append(f"ask it: {choice.command(run.out_dir)}")
    if run.html_report.is_file():
        lines.append(f"report: {run.html_report}")
    return "\n".join(lines)


def _told(name: str, scores: dict[str, Any], best: dict[str, Any]) -> str:
    known = best.get("bases") or {}
    forms = known.get("forms") or [] if known.get("deciding_set") == name else []
    told = [f"{form['name']} {form['pass@1']['value']:.1%}" for form in forms if form["pass@1"]]
    return ", ".join(told) or f"base {scores['base']['value']:.1%}"


def _besides(final: dict[str, Any], best: dict[str, Any]) -> list[str]:
    """What quantisation costs, which bits suit the adapter, and how the forced choice moved."""
    said = [bases.cost_line(best["bases"]) if best.get("bases") else None]
    if final.get("adapter_bits"):
        said.append(adapter_bits.adapter_bits_line(final["adapter_bits"]))
    choice = final.get("forced_choice") or {}
    if choice.get("base") and choice.get("best"):
        said.append(forced_choice.line(choice["base"], choice["best"]))
    return [line for line in said if line]
