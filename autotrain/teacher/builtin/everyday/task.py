"""Task: one exercise in the notation of the written tasks (its kind, text and sections)."""

from dataclasses import dataclass, field

KINDS = ("algorithm", "completion", "fix", "refactor", "tests", "review", "document", "explain")


@dataclass
class Task:
    """One exercise. `second` is its topic; `sections` maps a section's name to its texts in order."""

    family: str
    second: str
    kind: str
    level: int
    name: str
    as_json: bool = False
    text: str = ""
    sections: dict[str, list[str]] = field(default_factory=dict)

    def notation(self) -> str:
        """The task as text, in the notation that files of written tasks use."""
        head = f"-- {self.kind} {self.level} {self.name}{' json' if self.as_json else ''}"
        parts = [f"== {self.family} {self.second}", head, *([self.text] if self.text else [])]
        for section, texts in self.sections.items():
            parts += [f":{section} {text}" if section in INLINE else f":{section}\n{text}" for text in texts]
        return "\n".join(parts) + "\n"


INLINE = ("bug", "failing", "mutant", "line", "fix", "call")  # sections of one line each
