"""What the kit remembers of a learner, by exercise: status, hints, mistakes on the way, time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.verdict import Status, Verdict

FILE = Path(".crystalball") / "progress.json"

PAUSE = 10 * 60.0
"""Seconds between two verdicts that count as work, at most: who was away longer had a pause."""


@dataclass
class ExerciseProgress:
    """A learner's progress in one exercise. Times are seconds since the epoch, 0 where there is none.

    Attributes:
        status: of the last verdict.
        hints: hints shown so far.
        asked: how often the solution was asked for before the exercise was done.
        mistakes: ids of the mistakes made on the way, each once, in the order of their first time.
        tries: verdicts until it was done, from the first that was not "not started".
        seconds: of work until it was done.
        done: the first pass.
    """

    status: str = Status.NOT_STARTED
    hints: int = 0
    asked: int = 0
    mistakes: list[str] = field(default_factory=list)
    tries: int = 0
    seconds: float = 0.0
    done: float = 0.0

    @property
    def mistakes_in_words(self) -> str:
        """The mistakes as a learner reads them."""
        return ", ".join(self.mistakes).replace("_", " ")

    def note(self, verdict: Verdict, now: float, work: float) -> None:
        """Remembers a verdict.

        Args:
            verdict: on this exercise.
            now: seconds since the epoch.
            work: seconds of work on this exercise that led to it.
        """
        self.status = verdict.status
        if verdict.status == Status.NOT_STARTED or self.done:
            return
        told = verdict.mistakes[0] if len(verdict.mistakes) == 1 else ()  # of several, nobody knows which
        self.mistakes += [name for name in told if name not in self.mistakes]
        self.tries += 1
        self.seconds += work
        self.done = now if verdict.passed else 0.0


@dataclass
class Progress:
    """A learner's progress; ids that this version does not know are kept.

    Attributes:
        exercises: by exercise id.
        last: when the last verdict was reached that work led to; 0 for never.
    """

    exercises: dict[str, ExerciseProgress] = field(default_factory=dict)
    last: float = 0.0

    @classmethod
    def load(cls, root: Path) -> Progress:
        """Reads the progress below a kit's root; a damaged file counts as none and is set aside.

        Args:
            root: of the kit.
        """
        path = root / FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except ValueError:
            path.replace(path.with_suffix(".damaged.json"))
            return cls()

    def save(self, root: Path) -> None:
        """Writes the progress, whole or not at all.

        Args:
            root: of the kit.
        """
        path = root / FILE
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1))
        fresh.replace(path)

    def of(self, exercise: Exercise) -> ExerciseProgress:
        """The progress in one exercise.

        Args:
            exercise: which.
        """
        return self.exercises.setdefault(exercise.id, ExerciseProgress())

    def status(self, exercise: Exercise) -> Status:
        """The last status of an exercise.

        Args:
            exercise: which.
        """
        known = self.of(exercise).status
        return next((status for status in Status if status == known), Status.NOT_STARTED)

    def next_hint(self, exercise: Exercise) -> int:
        """Counts one more hint as shown.

        Args:
            exercise: whose hint.

        Returns:
            How many were shown by now.
        """
        known = self.of(exercise)
        known.hints = min(known.hints + 1, len(exercise.hints))
        return known.hints

    @property
    def next_exercise(self) -> Exercise | None:
        """The first exercise that is not done; `None` when all are."""
        exercises = curriculum().exercises
        return next((one for one in exercises if self.status(one) != Status.PASSED), None)

    def note(self, verdict: Verdict, now: float | None = None) -> None:
        """Remembers a verdict.

        The time since the last one was work on the first exercise that is judged now, was begun, and
        was not done before: `pytest` judges all of them, one after the other.

        Args:
            verdict: the verdict.
            now: seconds since the epoch; the clock's without it.
        """
        now = time.time() if now is None else now
        known = self.exercises.setdefault(verdict.exercise, ExerciseProgress())
        works = verdict.status != Status.NOT_STARTED and not known.done
        known.note(verdict, now, min(max(0.0, now - self.last), PAUSE) if self.last else 0.0)
        if works or not self.last:
            self.last = now
