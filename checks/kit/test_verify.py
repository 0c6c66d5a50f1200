"""The kit tells right from wrong, and each mistake from its rivals."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalball.cases.inside.case import Case
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.programs import mistakes_in, wrong_programs
from crystalball.entry.verify import tree_problems, verify_exercises
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer, Explanation
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status
from crystalball.mistakes import CATALOGUE
from crystalball.outcomes.end import Raised, returned_run
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_every_program_is_told_the_truth(exercise: Exercise) -> None:
    _, problems = verify_exercises(ROOT, [exercise])
    assert problems == []


def test_the_same_verdict_on_ten_random_seeds(
    judging_session: JudgingSession, rng: random.Random, tmp_path: Path
) -> None:
    path = tmp_path / "answer.py"
    for seed in rng.sample(range(1, 10**6), 10):
        for exercise in rng.sample(curriculum().exercises, 4):
            honest = rng.choice(sorted((ROOT / "checks/kit/variants" / exercise.id).glob("*.py")))
            assert judging_session.judge(exercise, path=honest, seed=seed).passed, (seed, honest)
            program, text = rng.choice([*wrong_programs(ROOT, exercise.id).items()])
            path.write_text(text, encoding="utf-8")
            names = [exercise.one_name(name) for name in mistakes_in(program)]
            told = judging_session.judge(exercise, path=path, seed=seed).mistakes
            assert [sorted(one) for one in told] == [sorted(names)], (seed, exercise.id, program)


def test_the_catalogue_speaks_to_a_beginner() -> None:
    for mistake in CATALOGUE.values():
        assert mistake.why.endswith("."), mistake.id
        assert mistake.next.rstrip("`").endswith((".", "?", "`", ")", "…")), mistake.id
        assert "TODO" not in mistake.why + mistake.next


def test_no_mistake_is_in_the_catalogue_for_nothing() -> None:
    used = {name for one in curriculum().exercises for name in (*one.mistakes, *one.slips)}
    assert used == set(CATALOGUE)


def test_a_tree_that_differs_from_the_manifest_is_told(tmp_path: Path) -> None:
    root = tmp_path / "kit"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    assert list(tree_problems(root, curriculum().exercises)) == []
    (root / "solutions" / "03_epoch_loss.py").unlink()
    (root / "exercises" / "06_stray.py").write_text("")
    edits = root / "checks/kit/mistakes/01_first_scalar/solution.diff"
    text = edits.read_text(encoding="utf-8")
    edits.write_text(text.replace("+++ wrong_tag", "+++ other"), encoding="utf-8")
    problems = "\n".join(tree_problems(root, curriculum().exercises))
    assert "solutions/03_epoch_loss.py is missing" in problems
    assert "exercises/06_stray.py is not in the manifest" in problems
    assert "no program makes the mistake wrong_tag" in problems


def test_two_mistakes_in_two_slots_are_both_named(judging_session: JudgingSession, tmp_path: Path) -> None:
    source = wrong_programs(ROOT, "03_epoch_loss")["not_closed"]
    both = source.replace("Loss/Train", "loss/train")
    assert both != source
    path = tmp_path / "03_epoch_loss.py"
    path.write_text(both)
    verdict = judging_session.judge(curriculum().find("03"), path=path)
    assert verdict.status == Status.FAILED
    assert verdict.mistakes == (("wrong_tag_case", "not_closed"),)


NAMES = st.sampled_from(["..", ".", "pixel_gen", ConventionalName(0.1), "a:b", "pixel_gen_2023"])
CURVES = st.dictionaries(
    st.sampled_from(["Loss/Train", "loss/train", "Loss", "Started"]),
    st.lists(st.tuples(st.integers(-1, 9), st.floats(width=32)), max_size=3).map(Curve.of),
)
SEEN = st.builds(
    Outcome,
    runs=st.lists(st.builds(Run, NAMES, CURVES, st.integers(0, 4)), max_size=4).map(tuple),
    ends=st.lists(st.sampled_from([returned_run(7), Raised("ValueError")]), max_size=4).map(tuple),
    open_writers=st.integers(0, 3),
    strays=st.just(("a/b",)),
)


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_whatever_is_seen_no_mistake_and_no_pair_of_them_stumbles(
    judging_session: JudgingSession, exercise: Exercise
) -> None:
    spec = judging_session.spec(exercise)
    explainer = Explainer(exercise, spec, judging_session.oracle.trace)

    @settings(max_examples=15, deadline=None, database=None)
    @given(seen=SEEN, case=st.sampled_from(spec.cases.pinned))
    def explains(seen: Outcome, case: Case) -> None:
        trace = judging_session.oracle.trace(case)
        comparison = Comparison(case, trace, spec.apply(case, trace), seen)
        assert isinstance(explainer.explain([comparison]), Explanation)

    explains()
