"""Before a run: may it start, what will it do, how long will it take and what may it cost.

Checks that cost little and spare an hour: the base model can be had, the training fits the
memory, the teacher can be asked, the sandbox holds.
"""

import dataclasses
import os
from pathlib import Path

from autotrain.config import credentials, precedence, profiles, settings
from autotrain.display.values import dollars
from autotrain.errors import DataError, UsageError, say
from autotrain.evaluation import bases, calibration, headline, promotion, suites
from autotrain.run import duration, stages
from autotrain.secrets import second_opinion
from autotrain.teacher import forecast, seeds, teachers, topics
from autotrain.training import backends, memory, models, suitability


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
    if chosen.eval_engine != "transformers":
        raise UsageError(
            f"EVAL_ENGINE={chosen.eval_engine} is for 05_eval.py called by hand: a run compares the base model in "
            "forms that vLLM does not serve, and all of its answers come from one engine; leave EVAL_ENGINE out."
        )
    _check_servers(chosen)
    if hardware.vram_bytes:
        from autotrain.training.loading import require_cuda

        require_cuda(hardware)
    backends.check(chosen, has_gpu=hardware.vram_bytes > 0)
    second_opinion.require(chosen.secret_scanner)
    reference = models.find(chosen.base_model, chosen.base_revision, chosen.cache_dir)
    insisted = not resolved.sources["profile"].startswith("auto")
    models.check_available(reference, has_gpu=hardware.vram_bytes > 0, cpu_insisted=insisted)
    if reference.name != models.EMBEDDED:
        for said in suitability.examine(reference, chosen):
            say(said)
    config, here = models.read_config(reference), memory.available_here(hardware)
    chosen = memory.settle_backend(chosen, config, here)
    fitting, prediction = memory.settle(chosen, config, here)
    if fitting != chosen:
        lowered = memory.flags_of(memory.changes(chosen, fitting))
        say(f"FIT: the training would not fit as set; it will be lowered to {lowered}.")
    if chosen.teacher_model not in teachers.NO_API:
        teachers.find(chosen.teacher_model, dict(os.environ), settings.PROJECT_ROOT / ".env")
        topics.read_topics(chosen.teacher_topics)
        seeds.read_seeds(chosen.teacher_seeds)
    from autotrain.sandbox import Sandbox

    with Sandbox(chosen.sandbox, workers=1, packages=chosen.packages):
        pass
    return prediction


def _check_servers(chosen: settings.Settings) -> None:
    """Raise what would leave the run without YARDSTICK or SELF_ENDPOINT: no address, a bad key, a price not known."""
    if chosen.self_endpoint and chosen.teacher_model != "self":
        raise UsageError(f"SELF_ENDPOINT answers only with --teacher self, not with {chosen.teacher_model}.")
    for text, wording in ((chosen.yardstick, credentials.OF_YARDSTICK), (chosen.self_endpoint, credentials.OF_SELF)):
        named = credentials.model_at(text, wording.url)
        if named:
            from autotrain.endpoint import Endpoint

            allowed = credentials.for_address(
                named[1], dict(os.environ), settings.PROJECT_ROOT / ".env", wording=wording
            )
            Endpoint(named[1], named[0], chosen, credentials=allowed)


def suites_kept_out(chosen: settings.Settings) -> list[str]:
    """The suites whose tasks may train nothing: those of the end, the one that decides the rounds, all packaged ones.

    Raises UsageError for a suite that is both, DataError for one that is missing.
    """
    if chosen.eval_suite:
        _check_suite("EVAL_SUITE", chosen.eval_suite)
    names = suites.names_in(chosen.final_suites)
    for name in names:
        if name == chosen.eval_suite:
            raise UsageError(f"FINAL_SUITES={name}: that suite decides the promotions (EVAL_SUITE); name another.")
        _check_suite("FINAL_SUITES", name)
    packaged = [name for name in suites.NAMES if ":" in name or name == "humaneval"]
    return list(dict.fromkeys([*names, *([chosen.eval_suite] if chosen.eval_suite else []), *packaged]))


def _check_suite(setting: str, name: str) -> None:
    if name not in suites.NAMES and not Path(name).is_file():
        raise DataError(f"{setting}={name}: {', '.join(suites.NAMES)} or an existing file is needed.")


def plan(resolved: precedence.Resolved, prediction: memory.Prediction) -> str:
    """What `--dry-run` prints: the stages, the memory, then each setting with its value and source."""
    chosen = resolved.settings
    width = max(len(settings.variable(row.name)) for row in settings.fields())
    lines = [
        takes(chosen),
        f"{chosen.rounds} {'round' if chosen.rounds == 1 else 'rounds'} of {chosen.samples_per_round} samples "
        f"from {chosen.teacher_model}: " + " -> ".join(stages.of_round(gated=chosen.run_unit_tests)) + "; then final",
        *forecast.of_run(chosen),
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


def takes(chosen: settings.Settings) -> str:
    """Minutes, from this machine's own earlier runs, and the most that the teacher may cost."""
    known = duration.estimate(settings.out_path(chosen.out_dir), dataclasses.asdict(chosen))
    time = f"takes {known}" if known else "takes as long as the bars will say: no run like it has ended in this OUT_DIR"
    if chosen.teacher_model in teachers.NO_API:
        return f"{time}; costs nothing: no teacher is paid"
    if chosen.teacher_max_usd == 0:
        return f"{time}; WHAT THE TEACHER MAY COST HAS NO CAP (TEACHER_MAX_USD=0)"
    return f"{time}; the teacher costs at most {dollars(chosen.teacher_max_usd)} (TEACHER_MAX_USD)"


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
