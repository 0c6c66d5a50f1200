"""Proves that mistakes which occur together are told together: on programs composed of edits.

Each program makes two or three of the mistakes of `checks/kit/mistakes/` and `slips.diff` at once, by their
edits of one and the same honest program. What it should be told is known from these, and not from any
prediction. Where one mistake hides another, both leave what the one leaves alone: then that one is told.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table

from crystalball.curriculum.manifest import Exercise
from crystalball.entry.programs import Edit, mistakes_in, read_edits
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict

EACH = 40
"""Pairs, and triples, of an exercise."""


class Told(StrEnum):
    """How a composed program was told. "By others": by no more mistakes, which leave the same files."""

    WHOLE = "told"
    PART = "in part"
    NOTHING = "not at all"
    OTHERS = "by others"
    FALSELY = "falsely"
    OTHERWISE = "ended otherwise"
    PASSED = "passed"


@dataclass(frozen=True)
class Composition:
    """An honest program with several mistakes at once.

    Attributes:
        parts: the names of the edited programs that it is composed of.
        text: of the program.
    """

    parts: tuple[str, ...]
    text: str

    @property
    def mistakes(self) -> set[str]:
        """The ids of its mistakes."""
        return {id for part in self.parts for id in mistakes_in(part)}


def compositions(root: Path, exercise: str, size: int, count: int, rng: random.Random) -> list[Composition]:
    """Some programs with so many mistakes each, in random order; all there are, if those are fewer.

    Args:
        root: of the kit.
        exercise: its id.
        size: mistakes of each.
        count: programs, at most.
        rng: chooses them.
    """
    candidates = [
        (honest, edits, parts)
        for honest, edits in _bases(root, exercise)
        for parts in combinations(sorted(edits), size)
        if len({id for part in parts for id in mistakes_in(part)}) == size
    ]
    rng.shuffle(candidates)
    found: dict[str, Composition] = {}
    for honest, edits, parts in candidates:
        if len(found) == count:
            break
        if text := _composed(honest, [edits[part] for part in parts]):
            found.setdefault(text, Composition(parts, text))
    return list(found.values())


def _bases(root: Path, exercise: str) -> Iterator[tuple[str, Mapping[str, Sequence[Edit]]]]:
    """Honest programs, and the edits of each; the slips are edits of the solution."""
    kit = root / "checks/kit"
    for path in sorted((kit / "mistakes" / exercise).glob("*.diff")):
        edits = read_edits(path.read_text(encoding="utf-8"))
        honest = kit / "variants" / exercise / f"{path.stem}.py"
        if path.stem == "solution":
            honest = root / "solutions" / f"{exercise}.py"
            edits = read_edits((kit / "slips.diff").read_text(encoding="utf-8")) | edits
        yield (
            honest.read_text(encoding="utf-8"),
            {name: e for name, e in edits.items() if mistakes_in(name)},
        )


def _composed(text: str, programs: Sequence[Sequence[Edit]]) -> str | None:
    """The text with all edits, if each applies in one place, and none undoes what another one wrote."""
    honest = set(text.splitlines())
    written: list[str] = []
    for edits in programs:
        before = {*honest, *text.splitlines()}
        for edit in edits:
            text, places = edit.apply(text)
            if places != 1:
                return None
        written += [line for line in text.splitlines() if line not in before]
    try:
        compile(text, "composed", "exec")
    except SyntaxError:
        return None
    return text if all(line in text.splitlines() for line in written) else None


def told(exercise: Exercise, composition: Composition, verdict: Verdict) -> Told:
    """How a program was told, by the ids of its verdict alone.

    Args:
        exercise: that it answers.
        composition: the program.
        verdict: on it.
    """
    made = {exercise.one_name(id) for id in composition.mistakes}
    if verdict.status != Status.FAILED:  # two edits may crash together, or take each other back
        return Told.PASSED if verdict.status == Status.PASSED else Told.OTHERWISE
    if not verdict.mistakes:
        return Told.NOTHING
    others = [explanation for explanation in verdict.mistakes if set(explanation) - made]
    if others:
        simpler = all(len(explanation) <= len(made) for explanation in verdict.mistakes)
        return Told.OTHERS if simpler and not verdict.unexplained else Told.FALSELY
    return Told.WHOLE if not verdict.unexplained else Told.PART


def verify_composed(
    root: Path, exercises: Sequence[Exercise], seed: int, each: int = EACH, keep: Path | None = None
) -> tuple[Table, list[str]]:
    """Judges composed programs.

    Args:
        root: of the kit.
        exercises: those to look at.
        seed: chooses the programs.
        each: pairs of an exercise, and triples.
        keep: a folder for the programs that are not told whole.

    Returns:
        A table of how they were told, and a line for each that was not told whole.
    """
    table = Table(box=None, padding=(0, 2))
    for column in ("exercise", "pairs", "triples", *Told):
        table.add_column(column, justify="left" if column == "exercise" else "right")
    problems: list[str] = []
    training = any(exercise.trains for exercise in exercises)
    with closing(JudgingSession(root, root / "exercises", training=training)) as judging_session:
        for exercise in exercises:
            rng = random.Random(f"{seed} {exercise.id}")
            pairs, triples = (compositions(root, exercise.id, size, each, rng) for size in (2, 3))
            counts = dict.fromkeys(Told, 0)
            for composition, how, verdict in _judged(judging_session, exercise, [*pairs, *triples]):
                counts[how] += 1
                if how not in (Told.WHOLE, Told.OTHERWISE):
                    name = "+".join(composition.parts)
                    said = " or ".join("+".join(one) for one in verdict.mistakes) or verdict.status
                    problems.append(f"{exercise.id}: {name} is told {how}: {said}")
                    if keep:
                        keep.mkdir(parents=True, exist_ok=True)
                        (keep / f"{exercise.number}__{name}.py").write_text(
                            composition.text, encoding="utf-8"
                        )
            table.add_row(exercise.id, *map(str, (len(pairs), len(triples), *counts.values())))
    return table, problems


def _judged(
    judging_session: JudgingSession, exercise: Exercise, programs: Sequence[Composition]
) -> Iterator[tuple[Composition, Told, Verdict]]:
    spec = judging_session.spec(exercise)
    cases = list(judging_session.cases(spec, 0))
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{exercise.id}.py")
        for composition in programs:
            path.write_text(composition.text, encoding="utf-8")
            verdict = judging_session.judge(exercise, spec, path=path, cases=cases)
            yield composition, told(exercise, composition, verdict), verdict
