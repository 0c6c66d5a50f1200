"""The author's check: proves the manifest against the tree, and the kit's power to tell.

Stubs, solutions, and the programs in `checks/kit/` are judged as submissions are. Whether two
mistakes can be told apart does not depend on how somebody wrote them: `rivals` proves it on predictions.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table

from crystalball.curriculum import stubs
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.programs import EditError, mistakes_in, wrong_programs
from crystalball.entry.rivals import rival_problems
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.words.verdicts import in_short

SEEDS = 5
"""Random seeds, beside the default one, on which rivals must be told apart."""


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


SORTS = ("stub", "solution", "mistakes", "variants", "rivals")


def verify_exercises(root: Path, exercises: Sequence[Exercise]) -> tuple[Table, list[str]]:
    """Verifies exercises.

    Args:
        root: of the kit.
        exercises: those to verify.

    Returns:
        A table of what was as it should be, and a line for each thing that was not.
    """
    problems = list(tree_problems(root, exercises))
    table = Table(box=None, padding=(0, 2))
    table.add_column("exercise")
    for sort in SORTS:
        table.add_column(sort, justify="right")
    training = any(exercise.trains for exercise in exercises)
    seeds = random.Random().sample(range(1, 10**6), SEEDS)
    with closing(JudgingSession(root, root / "exercises", training=training)) as judging_session:
        for exercise in exercises:
            tally = Tally(exercise)
            _verify_programs(judging_session, tally)
            for problem in rival_problems(judging_session, exercise, [0, *seeds]):
                tally.note("rivals", problem)
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
    if len(exercise.hints) < 3 or not all(map(str.strip, exercise.hints)):
        yield f"{exercise.id}: fewer than three hints, or an empty one"
    for name in (*exercise.mistakes, *exercise.slips):
        if name not in CATALOGUE:
            yield f"{exercise.id}: the mistake {name} is not in the catalogue"
    try:
        made = {name for program in wrong_programs(root, exercise.id) for name in mistakes_in(program)}
        for name in exercise.mistakes:
            if name not in made:
                yield f"{exercise.id}: no program makes the mistake {name}"
    except EditError as error:
        yield str(error)
    for folder in ("exercises", "solutions"):
        path = root / folder / f"{exercise.id}.py"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if _parameters(text, exercise.function) != exercise.parameters:
            yield f"{folder}/{path.name}: {exercise.function} has other parameters than the manifest"
        if ("TODO" in text) != (folder == "exercises"):
            yield f"{folder}/{path.name}: a stub has a TODO, and a solution has none"


def _parameters(text: str, function: str) -> tuple[str, ...]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return tuple(argument.arg for argument in node.args.args)
    return ()


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
    with TemporaryDirectory() as folder, suppress(EditError):  # which `tree_problems` tells
        for name, text in wrong_programs(root, exercise.id).items():
            path = Path(folder, f"{name}.py")
            path.write_text(text, encoding="utf-8")
            judged("mistakes", path, _must_make(exercise, name))


def _must_be(status: Status) -> Callable[[Verdict], str | None]:
    def wrong(verdict: Verdict) -> str | None:
        return None if verdict.status == status else f"is not judged as {status}: {_summary(verdict)}"

    return wrong


def _must_make(exercise: Exercise, program: str) -> Callable[[Verdict], str | None]:
    names = [exercise.one_name(name) for name in mistakes_in(program)]

    def wrong(verdict: Verdict) -> str | None:
        right = [sorted(explanation) for explanation in verdict.mistakes] == [sorted(names)]
        told = verdict.status == Status.FAILED and right and not verdict.unexplained
        return None if told else f"is not told as {' and '.join(names)}: {_summary(verdict)}"

    return wrong


def _summary(verdict: Verdict) -> str:
    """A verdict in a few words, for authors."""
    mistakes = " or ".join("+".join(explanation) for explanation in verdict.mistakes)
    return f"{verdict.status}: {mistakes or in_short(verdict)}".rstrip(": ")
