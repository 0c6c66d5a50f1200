"""A case is plain data: it goes round by its text, and equal cases have one text."""

import subprocess
import sys
from pathlib import Path

import pytest

from crystalball.cases.drawing import Cases, Draw, losses
from crystalball.cases.inside.case import Losses
from crystalball.cases.inside.parts import LoaderFailure, Schedule, SpoiltBatch, Validation
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


@pytest.mark.parametrize(
    "part", [LoaderFailure(0, 0, of_validation=True), SpoiltBatch(0, 0, of_validation=True)]
)
def test_what_happens_in_a_validation_needs_one(part: LoaderFailure | SpoiltBatch) -> None:
    assert Training(1, 2, 2, parts=(part, Validation(1))).find(type(part)) == part
    with pytest.raises(ValueError, match="needs validation too"):
        Training(1, 2, 2, parts=(part,))


def test_a_process_with_other_modules_draws_the_same_cases() -> None:
    exercises = [one.id for one in curriculum().exercises]
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
import hypothesis, numpy, torch, crystalball.mistakes
from pathlib import Path
from crystalball.outcomes.expect import load_spec
NUMBERS = [17, 4711, 404.5]
for id in {exercises!r}:
    for case in load_spec(Path({str(ROOT)!r}), id).cases.drawn(7, 9):
        print(case.to_json())
"""
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    here = [case for id in exercises for case in load_spec(ROOT, id).cases.drawn(7, 9)]
    assert seen.stdout.splitlines() == [case.to_json() for case in here]


def test_a_seed_draws_the_same_on_every_version() -> None:
    cases = Cases((), lambda draw: Losses(tuple(float(draw.number(-5, 2**53)) for _ in range(3))))
    assert [case.losses for case in cases.drawn(11, 2)] == [
        (0.0, 0.0, 0.0),
        (4074672777233698.0, 5041981418728828.0, 8324548883642273.0),
    ]


def test_the_simplest_case_comes_first_and_none_twice() -> None:
    cases = losses([Losses((1.0,), "run")])
    simplest = Losses((1.0,), "run")
    assert cases.draw(Draw(lambda least, most: max(least, min(0, most)))) == simplest
    drawn = losses([]).drawn(3, 40)
    assert drawn[0] == simplest
    assert len(set(drawn)) == len(drawn) == 40
    assert simplest not in cases.drawn(3, 40)
