"""What is said in a conversation: turns, the files that a text names, and the commands that begin with `/`.

Reads the files that `@path` names; writes OUT_DIR/asked.jsonl where an answer is kept. The rest is pure.

    talk = Conversation()
    turns = talk.ask("write a test for @src/words.py")
"""

import re
from collections.abc import Sequence
from pathlib import Path

from autotrain.errors import UsageError
from autotrain.jsonl import Ledger
from autotrain.tasks import answers, prompts, samples, thoughts
from autotrain.tasks.shapes import Sample

LONGEST_FILE = 64 * 1024  # bytes of a file that a text names
NAMED_FILE = re.compile(r"(?<!\S)@(\S+)")
COMMANDS = {
    "/base": "the base model answers beside, or no longer",
    "/retry": "another answer to the last question (at a temperature)",
    "/run": "run the code of the last answer in the sandbox; what stands behind it is run after it",
    "/save": "keep question and answer as a sample, in OUT_DIR/asked.jsonl or the file named",
    "/new": "begin another conversation",
    "/help": "this list",
    "/quit": "end (so does Ctrl-D)",
}
Turn = dict[str, str]


class Conversation:
    """Questions and answers so far; the model sees all of them."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def ask(self, text: str) -> list[Turn]:
        """The turns to send for a new question. It counts once `answered` is called. Raises UsageError."""
        system = {"role": "system", "content": prompts.SYSTEM}
        self._question = {"role": "user", "content": with_files(text)}
        return [system, *self.turns, self._question]

    def ask_again(self) -> list[Turn]:
        """The turns of the last question, its answer taken back. Raises UsageError where there is none."""
        question, _ = self.last()
        self.turns = self.turns[:-2]
        self._question = {"role": "user", "content": question}
        return [{"role": "system", "content": prompts.SYSTEM}, *self.turns, self._question]

    def answered(self, text: str) -> None:
        """The answer counts: what was thought before it is neither sent again nor saved."""
        self.turns += [self._question, {"role": "assistant", "content": thoughts.spoken(text)}]

    def last(self) -> tuple[str, str]:
        """The last question and its answer. Raises UsageError where nothing was asked yet."""
        if not self.turns:
            raise UsageError("Nothing was asked yet: type a question first.")
        return self.turns[-2]["content"], self.turns[-1]["content"]


def with_files(text: str, folder: Path | None = None) -> str:
    """The text with each file that it names as `@path` behind it, in a block. Raises UsageError.

    A word such as `@property` is a file only where there is one.
    """
    blocks = []
    for name in dict.fromkeys(NAMED_FILE.findall(text)):
        path = (folder or Path()) / Path(name.rstrip(",;:!?)")).expanduser()
        if not path.is_file():
            if "/" in name or re.search(r"\.\w+$", path.name):
                raise UsageError(f"@{name}: there is no such file.")
            continue
        content = path.read_bytes()
        if len(content) > LONGEST_FILE:
            raise UsageError(f"@{name} is longer than {LONGEST_FILE >> 10} KiB: name a shorter file.")
        try:
            inside = content.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"@{name} is no text in UTF-8.") from None
        mark = "python" if path.suffix == ".py" else ""
        blocks.append(f"{path.name}:\n```{mark}\n{inside.rstrip()}\n```")
    return "\n\n".join([text, *blocks])


def code_of(answer: str) -> str:
    """The code of an answer's blocks, one after another. Raises UsageError where it holds none."""
    blocks = answers.code_blocks(thoughts.spoken(answer))
    if not blocks:
        raise UsageError("The last answer holds no closed Python block, so there is nothing to run.")
    return "\n\n".join(blocks)


def sample_of(question: str, answer: str, who: str, timestamp: str) -> Sample:
    """Question and answer as a sample: code where the answer is one Python block, else text."""
    task_type, form = "algorithm_implementation", "code"
    if answers.format_problem(answer, form, task_type):
        task_type, form = "code_explanation", "text"
    token = thoughts.control_token(answer)
    problem = f"{token} stands in it" if token else answers.format_problem(answer, form, task_type)
    if problem:
        raise UsageError(f"The last answer cannot be a sample: {problem}.")
    return samples.make_sample(
        instruction=question,
        input_text="",
        output=answer,
        task_type=task_type,
        response_format=form,
        difficulty="medium",
        round_number=0,
        teacher_model=who,
        timestamp=timestamp,
        origin="asked",
    )


def keep(path: Path, row: Sample) -> None:
    """Add a sample to a file of samples, for `02_validate_clean.py --input`."""
    with Ledger(path) as ledger:
        ledger.append(row)


def command_of(text: str) -> tuple[str, str] | None:
    """A command and what stands behind it; None for a question. Raises UsageError for an unknown command."""
    if not re.match(r"/\w+(\s|$)", text):
        return None
    name, _, rest = text.partition(" ")
    if name not in COMMANDS:
        raise UsageError(f"There is no command {name}: {' '.join(COMMANDS)}.")
    return name, rest.strip()


def help_text(commands: Sequence[str] = tuple(COMMANDS)) -> str:
    return "\n".join(f"{name:<7} {COMMANDS[name]}" for name in commands) + "\n@path   puts a file into the question"
