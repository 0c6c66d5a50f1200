"""A class in a journal, as if it had been graded: made-up verdicts on real programs, for tests and a bench.

Who is better makes fewer mistakes; texts are honest programs, wrong ones and stubs of the kit, and nearly
everybody has names and comments of their own.
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

from crystalball.curriculum.course import Course
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.grading.grades import EntryInfo, Handed
from crystalball.grading.journal import Journal
from crystalball.grading.keys import VerdictKey
from crystalball.judging.findings import Finding, Row
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.outcomes.facet import CurveFacet

ROOT = Path(__file__).parents[2]

NAMES = ("total", "epoch", "writer", "loss", "log_dir", "samples", "inputs", "step", "batch", "value")


def programs(exercise: Exercise) -> tuple[list[str], dict[str, str]]:
    """Right programs, and wrong ones by their mistake."""
    places = [
        ROOT / "solutions" / f"{exercise.id}.py",
        *(ROOT / "checks/kit/variants" / exercise.id).glob("*.py"),
    ]
    wrong = {
        name: text for name, text in wrong_programs(ROOT, exercise.id).items() if name in exercise.mistakes
    }
    return [path.read_text(encoding="utf-8") for path in sorted(places)], wrong


def own(text: str, hand: random.Random) -> str:
    """A program in another hand."""
    for name in NAMES:
        text = re.sub(rf"\b{name}\b", f"{name}_{hand.choice('abcdefgh')}", text)
    return f"# {hand.random()}\n{text}"


def verdict(exercise: Exercise, status: Status, mistake: str = "", line: int = 12) -> Verdict:
    """A verdict as the judge gives it."""
    passed = status == Status.PASSED
    checks = tuple(
        CheckResult(
            f"test_{index}",
            f"`Loss/Train` holds law {index}.",
            passed or (bool(mistake) and index > 0),
            "proven",
        )
        for index in range(3)
    )
    rows = tuple(Row(step, 3.0 / step, 2.5 / step, False) for step in range(1, 4))
    curves = tuple(tuple((step, top / step) for step in range(1, 9)) for top in (3.0, 2.5))
    finding = Finding(
        CurveFacet("Loss/Train"),
        rows=rows,
        line=line,
        source='writer.add_scalar("Loss/Train", total)',
        curves=curves,
    )
    return Verdict(
        exercise.id,
        f"{exercise.id}.py",
        status,
        checks,
        mistakes=((mistake,),) if mistake else (),
        findings=(finding,) if mistake else (),
        case_words="1 epoch, 2 batches",
        seconds=0.5,
    )


def make_class(
    folder: Path, students: Sequence[str], exercises: Sequence[Exercise], seed: int = 0
) -> Journal:
    """A journal of one grading, which is still open."""
    hand, journal = random.Random(seed), Journal(folder, fresh=True)
    number = journal.begin_grading("made up", "a jail", Course(), again=False)
    known = {exercise.id: programs(exercise) for exercise in exercises}
    for index, name in enumerate(students):
        journal.add_entry(number, EntryInfo(name))
        for exercise in exercises:
            right, wrong = known[exercise.id]
            fate = hand.random() + 0.6 * index / len(students)
            if fate < 0.8:
                text, told = own(hand.choice(right), hand), verdict(exercise, Status.PASSED)
            elif fate < 1.3:
                mistake = hand.choice(sorted(wrong))
                text, told = own(wrong[mistake], hand), verdict(exercise, Status.FAILED, mistake)
            else:
                text, told = "", verdict(exercise, Status.MISSING_FILE)
            add(journal, number, name, told, text)
    journal.end_grading(number)
    return journal


def add(journal: Journal, number: int, name: str, told: Verdict, text: str) -> None:
    """Adds one answer, in place of the one that was there."""
    exercise = curriculum().find(told.exercise)
    key = VerdictKey(
        told.exercise, f"{name} {told.exercise} {crc32(text.encode())}", "c", "s", "{}", "full"
    )
    handed = [Handed(name, f"{told.exercise}.py", exercise.points)]
    journal.append(number, key, told, handed, text.encode())
