"""What the kit remembers of a learner: the last status of each exercise, and the hints taken."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from crystalball.curriculum import Exercise
from crystalball.verdict import Status, Verdict

FILE = Path(".crystalball") / "progress.json"


@dataclass
class Progress:
    """A learner's progress; ids that this version does not know are kept.

    Attributes:
        statuses: the last status by exercise id.
        hints: hints shown so far by exercise id.
    """

    statuses: dict[str, str] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, root: Path) -> Progress:
        """Reads the progress below a kit's root; a damaged file counts as none and is set aside."""
        path = root / FILE
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(dict(data["statuses"]), dict(data["hints"]))
        except FileNotFoundError:
            return cls()
        except (ValueError, LookupError, TypeError):
            path.replace(path.with_suffix(".damaged.json"))
            return cls()

    def save(self, root: Path) -> None:
        """Writes the progress, whole or not at all."""
        path = root / FILE
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        fresh.replace(path)

    def note(self, verdict: Verdict) -> None:
        """Remembers a verdict."""
        self.statuses[verdict.exercise] = verdict.status

    def status(self, exercise: Exercise) -> Status:
        """The last status of an exercise."""
        known = self.statuses.get(exercise.id)
        return next((status for status in Status if status == known), Status.NOT_STARTED)
