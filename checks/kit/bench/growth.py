"""A class of any size whose verdicts were recorded: what all but judging costs."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.grading.grade import GradeOptions, grade
from crystalball.grading.intake import Answer
from crystalball.grading.keys import PUBLIC
from crystalball.grading.roster import Roster
from crystalball.grading.shards import Shard
from crystalball.jail.levels import JailLevel
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Verdict

ROOT = Path(__file__).parents[3]

NUMBERS = ("1", "2", "3")


def recorded(place: Path) -> dict[str, Verdict]:
    """Verdicts that were reached for real: each on the first wrong program of an exercise."""
    session = JudgingSession(ROOT, ROOT / "solutions")
    try:
        verdicts = {}
        for number in NUMBERS:
            exercise = curriculum().find(number)
            path = place / f"{exercise.id}.py"
            path.write_text(min(wrong_programs(ROOT, exercise.id).items())[1], encoding="utf-8")
            verdicts[exercise.id] = session.judge(exercise, path=path)
        return verdicts
    finally:
        session.close()


class Recorded:
    """Judges that say at once what was recorded."""

    sandbox = JailLevel.FULL
    at_once, most_together = 2, 1

    def __init__(self, verdicts: dict[str, Verdict]) -> None:
        self._verdicts = verdicts

    @contextlib.contextmanager
    def judges(self, root: Path, seed: int, scratch: Path) -> Iterator["Recorded"]:
        yield self

    def submit(self, answers: Sequence[Answer]) -> Future[list[Verdict]]:
        reached: Future[list[Verdict]] = Future()
        reached.set_result([replace(self._verdicts[answer.exercise]) for answer in answers])
        return reached

    def stop(self) -> None:
        pass


def graded(size: int, place: Path) -> dict[str, float]:
    """Grades such a class; the seconds, the answers, and the bytes of the journal and of the pages."""
    submissions, out = place / "class", place / "out"
    exercises = tuple(curriculum().find(number) for number in NUMBERS)
    verdicts = recorded(place)
    for index in range(size):
        entry = submissions / f"student{index:06}"
        entry.mkdir(parents=True)
        for exercise in exercises:
            (entry / f"{exercise.id}.py").write_text(f"number = {index}\n", encoding="utf-8")
    options = GradeOptions(
        *(ROOT, submissions, out, exercises, Course(), PUBLIC, Roster(), Recorded(verdicts)),
        *(False, Shard()),
    )
    began = time.perf_counter()
    grade(options, Console(quiet=True))
    seconds = time.perf_counter() - began
    pages = sum(path.stat().st_size for path in (out / "reports").iterdir())
    journal = (out / "journal.sqlite").stat().st_size
    return {"seconds": seconds, "journal": journal, "pages": pages, "answers": size * len(exercises)}
