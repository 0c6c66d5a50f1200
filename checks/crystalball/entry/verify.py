"""The author's check: proves the manifest against the tree, and the kit's power to tell.

Stubs, solutions, and the programs in `checks/kit/` are judged as submissions are, and so is each sentence
of a contract (`promises`). Whether two mistakes can be told apart does not depend on how somebody wrote
them: `rivals` proves it on predictions. What is wrong is said with the file, and with what to change.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from crystalball.curriculum import stubs
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.contracts import author_error, contract_problems
from crystalball.entry.programs import EditError, mistakes_in, wrong_programs
from crystalball.entry.promises import promise_problems
from crystalball.entry.rivals import rival_problems
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.processes.process import StartError
from crystalball.words.console import counted
from crystalball.words.verdicts import in_short

LEAST_HINTS = 3


@dataclass
class Tally:
    """What was verified of one exercise.

    Attributes:
        exercise: which.
        counts: how many programs, or pairs of rivals, of each sort were as they should be.
        problems: a line for each that was not.
    """

    exercise: Exercise
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def note(self, sort: str, problem: str | None) -> None:
        """Counts something that is right, or takes down what is wrong with it.

        Args:
            sort: of what was looked at.
            problem: what is wrong; `None` for nothing.
        """
        self.counts.setdefault(sort, 0)
        if problem is None:
            self.counts[sort] += 1
        else:
            self.problems.append(f"{self.exercise.id}: {problem}")


SORTS = ("stub", "solution", "mistakes", "variants", "promises", "rivals")


def verify_exercises(
    root: Path, exercises: Sequence[Exercise], random_seeds: int
) -> tuple[Table, list[str]]:
    """Verifies exercises.

    Args:
        root: of the kit.
        exercises: those to verify.
        random_seeds: on which rivals must be told apart, beside the default one.

    Returns:
        A table of what was as it should be, and a line for each thing that was not.
    """
    problems = list(tree_problems(root, exercises))
    table = Table(box=None, padding=(0, 2))
    table.add_column("exercise", min_width=max(len(exercise.id) for exercise in exercises))
    for sort in SORTS:
        table.add_column(sort, justify="right")
    training = any(exercise.trains for exercise in exercises)
    seeds = random.Random().sample(range(1, 10**6), random_seeds)
    with closing(JudgingSession(root, root / "exercises", training=training)) as judging_session:
        for exercise in exercises:
            tally = Tally(exercise)
            try:
                _verify_programs(judging_session, tally)
                for problem in promise_problems(judging_session, exercise):
                    tally.note("promises", problem)
                for problem in rival_problems(judging_session, exercise, [0, *seeds]):
                    tally.note("rivals", problem)
            except StartError:
                raise
            except Exception as error:  # whatever an author's checks and mistakes raise
                tally.note("rivals", author_error(error, root))
            table.add_row(exercise.id, *(str(tally.counts.get(sort, 0)) for sort in SORTS))
            problems += tally.problems
    return table, problems


def tree_problems(root: Path, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Where the manifest and the tree disagree; of these exercises, whatever is missing.

    Args:
        root: of the kit.
        exercises: those that are looked at in full.

    Yields:
        A line for each disagreement.
    """
    ids = [exercise.id for exercise in curriculum().exercises]
    for folder, pattern in (
        ("exercises", "{}.py"),
        ("solutions", "{}.py"),
        ("checks", "test_{}.py"),
        ("checks/kit/mistakes", "{}"),
        ("checks/kit/variants", "{}"),
    ):
        wanted = {pattern.format(id) for id in ids}
        there = {path.name for path in (root / folder).glob(pattern.format("[!_.]*"))}
        for name in sorted(wanted ^ there):
            missing = "is missing" if name in wanted else "is not in the manifest"
            yield f"{folder}/{name} {missing}"
    yield from stubs.problems(root)
    for exercise in exercises:
        yield from _manifest_problems(root, exercise)


def _manifest_problems(root: Path, exercise: Exercise) -> Iterator[str]:
    hints = sum(bool(hint.strip()) for hint in exercise.hints)
    if hints < LEAST_HINTS:
        yield (
            f"{exercise.id}: it has {counted(hints, 'hint')}, and {LEAST_HINTS} are the least: "
            "from a gentle one to almost the answer"
        )
    for name in (*exercise.mistakes, *exercise.slips):
        if name not in CATALOGUE:
            yield (
                f"{exercise.id}: the mistake {name} is not in the catalogue: take one of those in "
                "checks/crystalball/mistakes/, or add it there (CONTRIBUTING, Add a mistake)"
            )
    try:
        made = {name for program in wrong_programs(root, exercise.id) for name in mistakes_in(program)}
        for name in exercise.mistakes:
            if name not in made:
                yield (
                    f"{exercise.id}: no program makes the mistake {name}: write it as an edit, "
                    f"`+++ {name}`, in checks/kit/mistakes/{exercise.id}/solution.diff"
                )
    except EditError as error:
        yield str(error)
    yield from contract_problems(root, exercise)


def _verify_programs(judging_session: JudgingSession, tally: Tally) -> None:
    exercise, root = tally.exercise, judging_session.root
    spec = judging_session.spec(exercise)
    cases = list(judging_session.cases(spec, 0))  # drawn once for all programs

    def judged(sort: str, path: Path, wrong: Callable[[Verdict], str | None]) -> None:
        verdict = judging_session.judge(exercise, spec, path=path, cases=cases)
        problem = wrong(verdict)
        tally.note(sort, problem and f"{sort} {path.name} {problem}")

    judged("stub", root / "exercises" / f"{exercise.id}.py", _must_be(Status.NOT_STARTED))
    judged("solution", root / "solutions" / f"{exercise.id}.py", _must_be(Status.PASSED))
    for path in sorted((root / "checks/kit/variants" / exercise.id).glob("*.py")):
        judged("variants", path, _must_be(Status.PASSED))
    pinned = spec.cases.pinned  # alone, as the cases that a secret seed draws may not show a mistake
    with suppress(EditError):  # which `tree_problems` tells
        for name, text in wrong_programs(root, exercise.id).items():
            wrong = _must_make(exercise, name)(judging_session.judge_text(exercise, spec, text, pinned))
            tally.note("mistakes", wrong and f"the program {name} {wrong}")


def _must_be(status: Status) -> Callable[[Verdict], str | None]:
    def wrong(verdict: Verdict) -> str | None:
        return None if verdict.status == status else f"is not judged as {status}: {_summary(verdict)}"

    return wrong


def _must_make(exercise: Exercise, program: str) -> Callable[[Verdict], str | None]:
    names = [exercise.one_name(name) for name in mistakes_in(program)]
    if not names:
        return _must_be(Status.CRASHED)

    def wrong(verdict: Verdict) -> str | None:
        right = [sorted(explanation) for explanation in verdict.mistakes] == [sorted(names)]
        told = verdict.status == Status.FAILED and right and not verdict.unexplained
        return None if told else f"is not told as {' and '.join(names)}: {_summary(verdict)}"

    return wrong


def _summary(verdict: Verdict) -> str:
    """A verdict in a few words, for authors."""
    mistakes = " or ".join("+".join(explanation) for explanation in verdict.mistakes)
    return f"{verdict.status}: {mistakes or in_short(verdict)}".rstrip(": ")
