"""The kit tells right from wrong, and each mistake from its rivals."""

import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import trainings
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.contracts import contract_problems
from crystalball.entry.programs import mistakes_in, slips, wrong_programs
from crystalball.entry.promises import promise_problems
from crystalball.entry.rivals import pinned_problems
from crystalball.entry.verify import tree_problems, verify_exercises
from crystalball.grading.shown import first_only
from crystalball.judging import mending
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer, Explanation
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status
from crystalball.mistakes import CATALOGUE
from crystalball.outcomes.end import Raised, returned_run
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("exercise", curriculum().exercises[::-1], ids=lambda exercise: exercise.id)
def test_every_program_is_told_the_truth(exercise: Exercise) -> None:
    _, problems = verify_exercises(ROOT, [exercise], random_seeds=1)  # another one in each run
    assert problems == []


def test_the_same_verdict_on_ten_random_seeds(
    judging_session: JudgingSession, rng: random.Random, tmp_path: Path
) -> None:
    path = tmp_path / "answer.py"
    for seed in rng.sample(range(1, 10**6), 10):
        for exercise in rng.sample(curriculum().exercises, 2):
            honest = rng.choice(sorted((ROOT / "checks/kit/variants" / exercise.id).glob("*.py")))
            assert judging_session.judge(exercise, path=honest, seed=seed).passed, (seed, honest)
            program, text = rng.choice([*wrong_programs(ROOT, exercise.id).items()])
            path.write_text(text, encoding="utf-8")
            names = [exercise.one_name(name) for name in mistakes_in(program)]
            told = judging_session.judge(exercise, path=path, seed=seed).mistakes
            wanted = [sorted(names)] if names else []
            assert [sorted(one) for one in told] == wanted, (seed, exercise.id, program)


def test_the_catalogue_speaks_to_a_beginner() -> None:
    for mistake in CATALOGUE.values():
        assert mistake.why.endswith("."), mistake.id
        assert mistake.next.rstrip("`").endswith((".", "?", "`", ")", "…")), mistake.id
        assert "TODO" not in mistake.why + mistake.next


def test_each_mistake_of_the_catalogue_is_made_by_a_program() -> None:
    made = {
        name
        for exercise in curriculum().exercises
        for program in (*wrong_programs(ROOT, exercise.id), *slips(ROOT, exercise.id))
        for name in mistakes_in(program)
    }
    assert made == set(CATALOGUE)


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


def test_a_pinned_case_that_cannot_be_one_is_told_with_what_would_pass(
    judging_session: JudgingSession,
) -> None:
    spec = judging_session.spec(curriculum().find("03"))
    long = Training(epochs=5, samples=11, batch_size=2)
    unsteady, tie = (Training(3, 11, 4, lr=5.0), Training(3, 11, 4, seed=30))
    told = list(
        pinned_problems(judging_session, replace(spec, cases=trainings(pinned=[long, unsteady, tie])))
    )
    assert "pinned case 0 (5 epochs, 6 batches" in told[0]
    assert "takes 30 optimizer steps; 12 are the most" in told[0]
    assert "pinned case 1" in told[1]
    assert "With lr=" in told[1]
    assert "With seed=0 it would pass" in told[2]
    assert len(told) == 3
    assert not any("Training(" in one or "{" in one for one in told)


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("exercises/03_epoch_loss.py", "    scripts.todo()\n", "", "stands once, in the first line"),
        (
            "exercises/03_epoch_loss.py",
            "    epochs: int,\n",
            "",
            "asks for train(model, loader",
        ),
        ("solutions/03_epoch_loss.py", "at least 1", "at least 2", "docstrings are not those of the stub"),
        ("solutions/03_epoch_loss.py", "    return", "    # TODO\n    return", "a solution has none"),
        ("solutions/03_epoch_loss.py", "def train(", "def train((", "line 18"),
    ],
)
def test_a_stub_and_a_solution_that_disagree_are_told(
    tmp_path: Path, path: str, old: str, new: str, words: str
) -> None:
    exercise = curriculum().find("03")
    for folder in ("exercises", "solutions"):
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / folder / f"{exercise.id}.py", tmp_path / folder)
    assert list(contract_problems(tmp_path, exercise)) == []
    text = (tmp_path / path).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    (told,) = contract_problems(tmp_path, exercise)
    assert told.startswith(path)
    assert words in told


def test_a_promise_that_is_none_is_told(judging_session: JudgingSession, tmp_path: Path) -> None:
    exercise = curriculum().find("03")
    for path in (*(f"{one}/{exercise.id}.py" for one in ("exercises", "solutions")), *PROMISED):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    shutil.copytree(
        ROOT / "checks/kit/mistakes" / exercise.id, tmp_path / "checks/kit/mistakes" / exercise.id
    )
    shutil.copytree(
        ROOT / "checks/kit/variants" / exercise.id, tmp_path / "checks/kit/variants" / exercise.id
    )
    table = tmp_path / PROMISED[0]
    entries = re.split(r"\n\n", table.read_text(encoding="utf-8"))
    entries[0] = entries[0].replace("no_optimizer_step", "no_such_program")
    entries[1] = entries[1].replace("case = 0", "case = 9")
    entries[2] = entries[2].replace("test_each_epoch_logs_its_mean_loss", "test_nothing")
    entries[3] = entries[3].replace("where all runs lie", "where no run lies")
    entries[4] = entries[4].replace("returns_wrong_path", "not_closed")
    table.write_text("\n\n".join(entries), encoding="utf-8")

    session = JudgingSession(tmp_path, tmp_path / "solutions")
    told = [problem for problem in promise_problems(session, exercise) if problem]
    session.close()
    for words in (
        "there is no program no_such_program",
        "there is no pinned case 9",
        "there is no law test_nothing; there are test_each_epoch",
        '"where no run lies" does not stand in the contract',
        "runs_dir: where all runs lie; it may not exist yet.",
        "not_closed breaks test_the_writer_is_closed on case 0, not test_the_log_dir_is_returned",
    ):
        assert any(words in one for one in told), (words, told)
    assert len(told) == 6


PROMISED = (
    *("checks/kit/promises/03_epoch_loss.toml", "checks/kit/slips.diff", "checks/test_03_epoch_loss.py"),
)


def test_two_mistakes_in_two_slots_are_both_named(judging_session: JudgingSession, tmp_path: Path) -> None:
    source = wrong_programs(ROOT, "03_epoch_loss")["not_closed"]
    both = source.replace("Loss/Train", "loss/train")
    assert both != source
    path = tmp_path / "03_epoch_loss.py"
    path.write_text(both)
    verdict = judging_session.judge(curriculum().find("03"), path=path)
    assert verdict.status == Status.FAILED
    assert verdict.mistakes == (("wrong_tag_case", "not_closed"),)


def test_where_a_code_crashes_in_some_cases_what_is_wrong_in_the_others_is_told(
    judging_session: JudgingSession, tmp_path: Path
) -> None:
    source = (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
    line = "    with SummaryWriter"
    assert line in source
    path = tmp_path / "01_first_scalar.py"
    source = source.replace(line, f"    log_dir.mkdir(parents=True)\n{line}")
    path.write_text(source.replace('add_scalar("Loss/Train"', 'add_scalar("Loss/train"'), encoding="utf-8")
    verdict = judging_session.judge(curriculum().find("01"), path=path)
    assert (verdict.status, verdict.mistakes) == (Status.CRASHED, (("wrong_tag_case",),))
    told = plain_text(verdict)
    assert told.index("FileExistsError") < told.index("Where it came to its end, there is more to mend")
    assert first_only(verdict).mistakes == ()  # the crash is the one thing


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
    below=st.just((Run("a/b", path="a/b"),)),
)

MOST_WORK = (1, 300, 30_000)
"""Spent at once, midway, and enough for every stage; a verdict may take nearly three times the last."""


@pytest.mark.parametrize("exercise", curriculum().exercises, ids=lambda exercise: exercise.id)
def test_whatever_is_seen_no_mistake_and_no_pair_of_them_stumbles(
    judging_session: JudgingSession, exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = judging_session.spec(exercise)
    explainer = Explainer(exercise, spec, judging_session.oracle.trace)

    @settings(max_examples=15, deadline=None, database=None)
    @given(seen=SEEN, case=st.sampled_from(spec.cases.pinned), most_work=st.sampled_from(MOST_WORK))
    def explains(seen: Outcome, case: Case, most_work: int) -> None:
        monkeypatch.setattr(mending, "MOST_WORK", most_work)
        trace = judging_session.oracle.trace(case)
        comparison = Comparison(case, trace, spec.apply(case, trace), seen)
        assert isinstance(explainer.explain([comparison]), Explanation)

    explains()
