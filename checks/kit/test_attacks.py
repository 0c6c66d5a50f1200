"""Hostile submissions in the real jail: each gets its verdict, and harms nobody.

The first line of an attack names the exercise that it answers and the verdicts that it may get.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from crystalball.courtroom import Courtroom
from crystalball.curriculum import Curriculum, curriculum
from crystalball.judge import THREADS_LEFT, Judge
from crystalball.verdict import Status, Verdict
from crystalball.worker.jail import Slot, Step, find_step

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ATTACKS = sorted((HERE / "attacks").glob("*.py.txt"))
VARIANTS = sorted((HERE / "variants").glob("*/*.py"))
FOOLED = Path("/tmp/crystalball-was-fooled")
SECRET_SEED = 20260217

IMPATIENT = replace(curriculum(), seconds_a_case=2, seconds_to_load=3, seconds_a_submission=5)


@dataclass(frozen=True)
class Attack:
    """What the head of an attack says."""

    exercise: str
    verdicts: frozenset[Status]
    name: str

    @classmethod
    def of(cls, text: str) -> "Attack":
        first, _, third = text.splitlines()[:3]
        exercise, _, verdicts = first.removeprefix("# ").partition(": ")
        statuses = frozenset(map(Status, verdicts.split(", ")))
        name = third.removeprefix("# named: ") if third.startswith("# named: ") else f"{exercise}.py"
        return cls(exercise, statuses, name)


class Bench:
    """One slot, and what judges what runs in it."""

    def __init__(self, slot: Slot, courtroom: Courtroom) -> None:
        self._slot, self._courtroom = slot, courtroom

    def judge(
        self, exercise: str, path: Path, limits: Curriculum = IMPATIENT, beside: Path | None = None
    ) -> Verdict:
        one = curriculum().find(exercise[:2])
        judge = Judge(limits, lambda post: self._slot.worker(post, beside), self._courtroom.oracle, SECRET_SEED)
        return judge.judge(one, self._courtroom.spec(one), path)

    def good(self, exercise: str) -> bool:
        return self.judge(exercise, ROOT / "solutions" / f"{exercise}.py", curriculum()).passed


@pytest.fixture(scope="module")
def bench(courtroom: Courtroom) -> Iterator[Bench]:
    step = find_step()
    if step != Step.FULL:
        pytest.fail(
            f"No full jail here, only: {step}. The attacks must not run without it: apt install bubblewrap "
            'and libseccomp2, pip install -e ".[grade]", and allow user namespaces.'
        )
    slot = Slot(step, [ROOT])
    yield Bench(slot, courtroom)
    slot.close()


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize("file", ATTACKS, ids=[path.name.removesuffix(".py.txt") for path in ATTACKS])
def test_an_attack_gets_its_verdict_and_harms_nobody(bench: Bench, tmp_path: Path, file: Path) -> None:
    text = file.read_text()
    attack = Attack.of(text)
    assert Status.PASSED not in attack.verdicts
    path = tmp_path / attack.name
    path.write_text(text)
    verdict = bench.judge(attack.exercise, path)
    assert verdict.status in attack.verdicts, (verdict.status, verdict.detail, verdict.output)
    verdict.to_json().encode()
    str(verdict).encode()  # nothing in it that a database could not store
    assert not FOOLED.exists()
    assert bench.good(attack.exercise), "the next submission suffers from it"


@pytest.mark.parametrize("file", VARIANTS, ids=[f"{p.parent.name}/{p.stem}" for p in VARIANTS])
def test_honest_programs_pass_in_the_jail(bench: Bench, file: Path) -> None:
    verdict = bench.judge(file.parent.name, file, curriculum())
    assert verdict.passed, (verdict.status, verdict.detail, verdict.findings)
    assert not verdict.flags
