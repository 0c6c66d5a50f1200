"""Programs with several mistakes at once: how they are composed, and that they are told."""

import random
from pathlib import Path

import pytest

from crystalball.curriculum.manifest import curriculum
from crystalball.entry.composed import Composition, Told, compositions, told, verify_composed
from crystalball.judging.verdict import Status, Verdict

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_each_exercise_has_compositions_that_compile(exercise, rng: random.Random) -> None:
    for size in (2, 3):
        found = compositions(ROOT, exercise.id, size, 5, rng)
        assert found or size == 3  # the first exercise has no three edits that go together
        for one in found:
            compile(one.text, "composed", "exec")
            assert len(one.mistakes) == size


@pytest.mark.parametrize("number", ["01", "05"])
def test_a_sample_is_told(number: str) -> None:
    """A sample that stays the same: another one is drawn by each `crystalball verify --composed`."""
    _, problems = verify_composed(ROOT, [curriculum().find(number)], seed=1, each=3)
    assert not [problem for problem in problems if Told.FALSELY in problem]
    assert len(problems) <= 2


def test_what_is_told_is_counted_by_ids_alone() -> None:
    exercise = curriculum().find("03")
    composed = Composition(("steps_from_zero", "not_closed"), "")

    def how(*mistakes: tuple[str, ...]) -> Told:
        verdict = Verdict(exercise.id, "x.py", Status.FAILED, mistakes=mistakes)
        return told(exercise, composed, verdict)

    assert how(("steps_from_zero", "not_closed")) is Told.WHOLE
    assert how(("steps_from_zero",)) is Told.WHOLE  # the other is hidden by it, or is no other
    assert how() is Told.NOTHING
    assert how(("wrong_tag", "not_closed")) is Told.OTHERS  # which leave the same files
    assert how(("wrong_tag", "not_closed", "percent")) is Told.FALSELY
    assert how(("wrong_tag", "not_closed", "percent"), ("not_closed",)) is Told.FALSELY
