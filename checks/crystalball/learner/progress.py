"""What the kit remembers of a learner, by exercise: status, hints, mistakes on the way, time."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from crystalball.curriculum.manifest import Exercise
from crystalball.judging.verdict import Status, Verdict

FILE = Path(".crystalball") / "progress.json"

PAUSE = 10 * 60.0
"""Seconds between two verdicts that count as work, at most: who was away longer had a pause."""


@dataclass
class Record:
    """What is remembered of one exercise. Times are seconds since the epoch, 0 where there is none.

    Attributes:
        status: of the last verdict.
        hints: hints shown so far.
        asked: how often the solution was asked for before the exercise was done.
        mistakes: ids of the mistakes made on the way, each once, in the order of their first time.
        tries: verdicts until it was done, from the first that was not "not started".
        seconds: of work until it was done.
        began: the first try.
        last: the last try.
        done: the first pass.
    """

    status: str = Status.NOT_STARTED
    hints: int = 0
    asked: int = 0
    mistakes: list[str] = field(default_factory=list)
    tries: int = 0
    seconds: float = 0.0
    began: float = 0.0
    last: float = 0.0
    done: float = 0.0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Record:
        """Reads a record; raises ValueError or TypeError when it is none."""
        record = cls(**{one.name: data[one.name] for one in fields(cls) if one.name in data})
        for name, default in asdict(cls()).items():
            kind = (
                (int, float) if isinstance(default, float) else str if name == "status" else type(default)
            )
            if not isinstance(getattr(record, name), kind):
                raise TypeError(f"{name} is of another type")
        return record

    def note(self, verdict: Verdict, now: float, work: float) -> None:
        """Remembers a verdict, reached after so many seconds of work on this exercise."""
        self.status = verdict.status
        if verdict.status == Status.NOT_STARTED or self.done:
            return
        told = verdict.mistakes[0] if len(verdict.mistakes) == 1 else ()  # of several, nobody knows which
        self.mistakes += [name for name in told if name not in self.mistakes]
        self.tries += 1
        self.seconds += work
        self.began, self.last = self.began or now, now
        self.done = now if verdict.passed else 0.0


@dataclass
class Progress:
    """A learner's progress; ids that this version does not know are kept.

    Attributes:
        exercises: the records by exercise id.
        last: when the last verdict was reached that work led to; 0 for never.
    """

    exercises: dict[str, Record] = field(default_factory=dict)
    last: float = 0.0

    @classmethod
    def load(cls, root: Path) -> Progress:
        """Reads the progress below a kit's root; a damaged file counts as none and is set aside."""
        path = root / FILE
        try:
            return cls._read(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (ValueError, LookupError, TypeError, AttributeError):
            path.replace(path.with_suffix(".damaged.json"))
            return cls()

    @classmethod
    def _read(cls, data: dict[str, Any]) -> Progress:
        if "statuses" in data:  # the file of version 0.1 knew no more than these two
            statuses, hints = dict(data["statuses"]), dict(data["hints"])
            ids = statuses | hints
            old = (
                {"status": statuses.get(id, Status.NOT_STARTED), "hints": hints.get(id, 0)} for id in ids
            )
            return cls({id: Record.of(one) for id, one in zip(ids, old, strict=True)})
        return cls({id: Record.of(one) for id, one in data["exercises"].items()}, float(data["last"]))

    def save(self, root: Path) -> None:
        """Writes the progress, whole or not at all."""
        path = root / FILE
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        fresh.replace(path)

    def of(self, exercise: Exercise) -> Record:
        """The record of an exercise."""
        return self.exercises.setdefault(exercise.id, Record())

    def note(self, verdict: Verdict, now: float | None = None) -> None:
        """Remembers a verdict.

        The time since the last one was work on the first exercise that is judged now, was begun, and
        was not done before: `pytest` judges all of them, one after the other.

        Args:
            verdict: the verdict.
            now: seconds since the epoch; the clock's without it.
        """
        now = time.time() if now is None else now
        record = self.exercises.setdefault(verdict.exercise, Record())
        works = verdict.status != Status.NOT_STARTED and not record.done
        record.note(verdict, now, min(max(0.0, now - self.last), PAUSE) if self.last else 0.0)
        if works or not self.last:
            self.last = now

    def status(self, exercise: Exercise) -> Status:
        """The last status of an exercise."""
        known = self.of(exercise).status
        return next((status for status in Status if status == known), Status.NOT_STARTED)
