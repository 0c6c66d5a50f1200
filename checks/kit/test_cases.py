"""A case is plain data: it goes round by its text, and equal cases have one text."""

from pathlib import Path

import pytest

from crystalball.cases.inside.parts import Schedule, Validation
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.outcomes.expect import load_spec

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_each_case_goes_round_by_its_text(exercise: Exercise) -> None:
    cases = load_spec(ROOT, exercise.id).cases
    for case in (*cases.pinned, *cases.drawn(0, 6)):
        assert type(case).from_json(case.to_json()) == case


def test_a_number_that_is_the_default_is_left_out_wherever_it_comes_from() -> None:
    said = Training(
        1, 2, 3, momentum=float("0"), parts=(Schedule("step", head_lr=float("0")), Validation(3))
    )
    silent = Training(1, 2, 3, parts=(Schedule("step"), Validation(3)))
    assert said == silent
    assert hash(said) == hash(silent)
    assert "momentum" not in said.to_json()
    assert "head_lr" not in said.to_json()
