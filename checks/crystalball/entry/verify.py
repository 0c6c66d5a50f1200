"""The author's check: proves the manifest against the tree, and the kit's power to tell.

Stubs, solutions, and the programs in `checks/kit/` are judged as submissions are. Whether two
mistakes can be told apart does not depend on how somebody wrote them: it is proved on predictions.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.table import Table

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.curriculum import stubs
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.outcomes.difference import differences
from crystalball.outcomes.expect import Spec

SEEDS = 5
"""Random seeds, beside the default one, on which rivals must be told apart."""

MARGIN = 10
"""Tolerances by which rivals must differ."""


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
        """Counts something that is right, or takes down what is wrong with it."""
        self.counts.setdefault(sort, 0)
        if problem is None:
            self.counts[sort] += 1
        else:
            self.problems.append(f"{self.exercise.id}: {problem}")


SORTS = ("stub", "solution", "mistakes", "variants", "rivals")


def verify_exercises(root: Path, exercises: Sequence[Exercise]) -> tuple[Table, list[str]]:
    """Verifies exercises.

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
            _verify_rivals(judging_session, tally, [0, *seeds])
            table.add_row(exercise.id, *(str(tally.counts.get(sort, 0)) for sort in SORTS))
            problems += tally.problems
    return table, problems


def tree_problems(root: Path, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Where the manifest and the tree disagree; of these exercises, whatever is missing."""
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
    for name in exercise.mistakes:
        if not any((root / "checks/kit/mistakes" / exercise.id).glob(f"{name}*.py")):
            yield f"{exercise.id}: no program makes the mistake {name}"
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
    kit = root / "checks" / "kit"

    def judged(sort: str, path: Path, wrong: Callable[[Verdict], str | None]) -> None:
        verdict = judging_session.judge(exercise, spec, path=path, cases=cases)
        problem = wrong(verdict)
        tally.note(sort, problem and f"{path.relative_to(root).as_posix()} {problem}")

    judged("stub", root / "exercises" / f"{exercise.id}.py", _must_be(Status.NOT_STARTED))
    judged("solution", root / "solutions" / f"{exercise.id}.py", _must_be(Status.PASSED))
    for path in sorted((kit / "variants" / exercise.id).glob("*.py")):
        judged("variants", path, _must_be(Status.PASSED))
    for path in sorted((kit / "mistakes" / exercise.id).glob("*.py")):
        judged("mistakes", path, _must_make(exercise, path))


def _must_be(status: Status) -> Callable[[Verdict], str | None]:
    def wrong(verdict: Verdict) -> str | None:
        return None if verdict.status == status else f"is not judged as {status}: {summary(verdict)}"

    return wrong


def _must_make(exercise: Exercise, path: Path) -> Callable[[Verdict], str | None]:
    """A program is named after its mistake, or after two: `a+b__how.py`."""
    names = [exercise.one_name(name) for name in path.stem.partition("__")[0].split("+")]

    def wrong(verdict: Verdict) -> str | None:
        right = [sorted(explanation) for explanation in verdict.mistakes] == [sorted(names)]
        told = verdict.status == Status.FAILED and right and not verdict.unexplained
        return None if told else f"is not told as {' and '.join(names)}: {summary(verdict)}"

    return wrong


def summary(verdict: Verdict) -> str:
    """A verdict in a few words, for authors."""
    mistakes = " or ".join("+".join(explanation) for explanation in verdict.mistakes)
    first = f"; {verdict.findings[0]}" if verdict.findings and not mistakes else ""
    last = verdict.detail.strip().splitlines()[-1:] if not verdict.findings else []
    return f"{verdict.status} {mistakes or 'unexplained' * bool(first)}{first} {' '.join(last)}".strip()


def _verify_rivals(judging_session: JudgingSession, tally: Tally, seeds: Sequence[int]) -> None:
    """Each mistake must differ from the truth and from each rival, on the cases of every seed."""
    exercise = tally.exercise
    spec = judging_session.spec(exercise)
    diagnosis = Explainer(exercise, spec, judging_session.oracle.trace, MARGIN)
    for case in spec.cases.pinned:
        if isinstance(case, Training) and case.steps > curriculum().max_steps:
            tally.note("rivals", f"a pinned case takes more steps than max_steps: {case}")
        if not judging_session.oracle.trace(case).steady:
            tally.note("rivals", f"a pinned case is refused by the gate: {case.to_json()}")
    for seed in seeds:
        truths = [_truth(judging_session, spec, case) for case in judging_session.cases(spec, seed)]
        for mistake in diagnosis.rivals:
            examples = [list(diagnosis.predict([mistake], one, example=True)) for one in truths]
            if len(set(map(len, examples))) > 1:
                tally.note("rivals", f"{mistake.id} is not made in the same ways in every case")
                continue
            ways = [
                [replace(one, seen=outcome) for one, outcome in zip(truths, way, strict=True)]
                for way in zip(*examples, strict=True)
            ]
            wrong = [way for way in ways if any(_differs(one) for one in way)]
            if not wrong:
                tally.note("rivals", f"{mistake.id} predicts the truth in every case of seed {seed}")
            for rival in diagnosis.rivals:
                if rival is mistake or rival.last_resort:
                    continue
                alike = any(diagnosis.fits([rival], way) for way in wrong)
                problem = f"{mistake.id} looks like {rival.id} in every case of seed {seed}"
                tally.note("rivals", problem if alike else None)


def _truth(judging_session: JudgingSession, spec: Spec, case: Case) -> Comparison:
    trace = judging_session.oracle.trace(case)
    law = spec.state(case, trace)
    return Comparison(case, trace, law, law.outcome)


def _differs(one: Comparison) -> bool:
    return any(True for _ in differences(one.expected, one.seen, one.expected.tags, MARGIN))
