"""Why the program fails and what to do about it, by where a message comes from: the prose of docs/troubleshooting.md.

error_list.py reads the messages themselves from the source.
"""

from typing import NamedTuple


class Group(NamedTuple):
    """Messages of one kind: `paths` are files, or beginnings of their paths; the first group that fits counts."""

    title: str
    paths: tuple[str, ...]
    cause: str
    cure: str


GROUPS = (
    Group(
        "Setting up",
        ("autotrain/environment.py", "scripts/_bootstrap.py", "scripts/setup.sh", ".local/ml/scripts/python.sh"),
        "Python or a package is missing, of another version, or only half installed (an interrupted download).",
        "Run `./scripts/setup.sh` again: it goes on where it was, and repairs what is not whole. With a Python outside"
        " 3.10 to 3.13, set `PYTHON` to one inside.",
    ),
    Group(
        "Flags, settings, config files",
        (
            *("autotrain/config/settings.py", "autotrain/config/table.py"),
            *("autotrain/config/setting_files.py", "autotrain/config/precedence.py"),
            *("autotrain/menu/config_file.py", "autotrain/cli.py"),
        ),
        "A value is of the wrong type or out of bounds, a name is misspelt, or two flags do not go together. The "
        "message names the value and where it came from: flag, environment, `.env` or `config.yaml`.",
        "Change it at that place; docs/settings.md says what is allowed, `./scripts/loop.sh --dry-run` shows every "
        "setting with its source. `--help` lists a script's flags; abbreviated ones are not taken.",
    ),
    Group(
        "Starting, stopping, going on",
        (
            *(
                "autotrain/loop/control.py",
                "autotrain/loop/runner.py",
                "autotrain/run/runs.py",
            ),
            *(
                "autotrain/run/ownership.py",
                "autotrain/run/standing.py",
                "autotrain/run/state.py",
                "autotrain/loop/requests.py",
                "autotrain/menu/",
                "scripts/menu.py",
            ),
            *("scripts/loop.sh", "scripts/test.sh", "autotrain/run/rebuild.py"),
        ),
        "There is no such run, another loop owns the OUT_DIR, the folder cannot be written, or a setting was changed "
        "that would mix two kinds of data or models in one run.",
        "`./scripts/loop.sh --list` shows the runs, `--status` what the newest is doing; `--resume` goes on with it. A"
        " changed setting needs a new run, or `--allow-changed`. More in [control.md](control.md).",
    ),
    Group(
        "Base model",
        (
            *("autotrain/training/models.py", "autotrain/training/embedded.py", "autotrain/training/suitability.py"),
            *("autotrain/training/proof.py", "autotrain/evaluation/decoding_proof.py", "autotrain/tasks/prompts.py"),
            "autotrain/training/loading.py UsageError",
        ),
        "The name is no model, or its weights cannot be had from here: no network, a gated model without `HF_TOKEN`, a"
        " folder without `config.json`, a model too large for a machine without a GPU. Or the pinned libraries cannot "
        "train it or answer with it: too new, quantised by others, without a usable chat template.",
        "Take `--base-model smollm2-135m`, which needs no download, or a local folder; for gated models accept the "
        "terms on the model's page and set `HF_TOKEN` (environment or `.env`). What families work: "
        "[models.md](models.md).",
    ),
    Group(
        "Memory",
        ("autotrain/training/memory.py", "autotrain/cli.py OutOfMemory", "autotrain/training/sft.py OutOfMemory"),
        "The settings need more memory than the card (or the machine) has. Nothing is lost: this is known before the "
        "training, or at a step after a checkpoint.",
        "Take the flags that the message names, or `--fit`. By hand: `BATCH_SIZE` down and `GRAD_ACCUM` up, then "
        "`SEQ_LEN`, then `LORA_R`. Close what else uses the card (`nvidia-smi`).",
    ),
    Group(
        "Export",
        (
            *("autotrain/training/export.py", "autotrain/training/gguf_file.py", "autotrain/training/ollama.py"),
            *("autotrain/endpoint/servers.py", "autotrain/report/publish.py", "scripts/export.py"),
        ),
        "The disk or the memory is too small, the model is of a kind that only llama.cpp's own converter writes as "
        "GGUF, its prompt cannot be written as an Ollama template without changing its bytes, or a server of this "
        "machine ended before it answered.",
        "Clone llama.cpp and name it with `--llama-cpp DIR`; without `--gguf` the merged model alone is written.",
    ),
    Group(
        "Training",
        ("autotrain/training/", "scripts/04_train_qlora.py", "autotrain/evaluation/strength.py"),
        "The data does not fit the model (too long, empty), a checkpoint or adapter belongs to another job, an "
        "optional package is missing, or the loss stopped being a number.",
        "Do what the message says. Losses that are no numbers: lower `LR`, look for odd rows. Checkpoints of other "
        "settings: another output, or no `--resume`. More in [training.md](training.md).",
    ),
    Group(
        "Teacher",
        (
            "autotrain/teacher/",
            "autotrain/config/credentials.py",
            "autotrain/config/proxies.py",
            "autotrain/loop/preflight.py",
        ),
        "No key, a refused key, an unknown model, a server that cannot be reached, a budget or a quota that is used "
        "up, or a teacher whose answers do not pass their tests.",
        "`python -m autotrain.doctor` asks the server for free. Whatever was answered is kept: the same command, or "
        "`--resume`, pays for nothing twice. `--teacher builtin` needs neither key nor network. More in "
        "[teacher.md](teacher.md).",
    ),
    Group(
        "Asking and serving",
        ("autotrain/ask/", "autotrain/endpoint/", "scripts/ask.py"),
        "There is no adapter yet, a server is not running or serves another model, a conversation is longer than the "
        "model takes, or a command of the conversation was misspelt.",
        "`./scripts/loop.sh` trains an adapter, `--adapter DIR` names one; `--endpoint` is the address up to `/v1`, "
        "`--model` a name that the server lists. More in [use.md](use.md).",
    ),
    Group(
        "Sandbox",
        ("autotrain/sandbox/",),
        "Generated code can be contained by no means that this machine offers, or a package that tested code may "
        "import is missing.",
        "Do what the message advises (it knows the common settings of kernels and containers), then run `python -m "
        "autotrain.doctor`. `SANDBOX=off` runs generated code with your rights. More in [sandbox.md](sandbox.md).",
    ),
    Group(
        "Tasks of heidi-core",
        ("autotrain/evaluation/heidi_core/", "autotrain/tasks/notation.py", "autotrain/tasks/written.py"),
        "Only after a change of the suite's own files: the notation is wrong at the place named.",
        "Mend that line; [suites.md](suites.md) describes the notation.",
    ),
    Group(
        "Evaluation",
        ("autotrain/evaluation/", "scripts/05_eval.py", "autotrain/teacher/non_answers.py DataError"),
        "Two reports are not of the same tasks, predictions are missing or repeated, a suite is unknown or does not "
        "prove itself, or a flag is missing.",
        "Evaluate both models with the same `--data` and `--suite`. Predictions need one line a task. Suites: "
        "[suites.md](suites.md); reports: [evaluation.md](evaluation.md).",
    ),
    Group(
        "Naming a run",
        ("autotrain/run/paths.py", "autotrain/dashboard/", "autotrain/report/"),
        "There is no run where it was looked for.",
        "Name the OUT_DIR (`--out-dir`) or the run; `./scripts/loop.sh --list` shows what there is.",
    ),
    Group(
        "Files of rows",
        (
            *(
                "autotrain/jsonl.py",
                "autotrain/cleaning/",
                "autotrain/secrets/",
                "autotrain/tasks/gate.py",
                "autotrain/tasks/samples.py",
                "scripts/02_",
                "scripts/03_",
            ),
            ".local/ml/scripts/",
        ),
        "A file is missing, empty, damaged, or holds a line that is no sample; the message names file and line. Stage "
        "02 rejects such lines and goes on; the later stages read files that the pipeline wrote, where a bad line is a"
        " fault.",
        "Run stage 02 (or `prepare_data.sh`) on data of your own first, and read the rejects file. Which formats are "
        "read: [cleaning.md](cleaning.md#what-is-read).",
    ),
)
