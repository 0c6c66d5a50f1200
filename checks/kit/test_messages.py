"""What a failure says: the product, so each sentence that once confused a reader is held fast here."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from msgspec import structs

from crystalball.cases.inside.case import RUNS_DIR, Losses
from crystalball.cases.inside.parts import Break, Interruptions, SecondRank
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.judging.findings import LONGEST_TEXT, Finding
from crystalball.judging.readable import KnownPaths
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import CheckResult, Status, Verdict
from crystalball.outcomes.difference import Difference, differences
from crystalball.outcomes.end import (
    LOADER_ERROR,
    NO_CALL,
    End,
    OtherPath,
    Raised,
    Returned,
    Unfinished,
    returned_names,
    returned_paths,
    returned_run,
)
from crystalball.outcomes.facet import CurveFacet, Trait
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName
from crystalball.reading.values import GRAPH, HPARAMS, Graph, Histogram, Hparams, Json
from crystalball.words.findings import sentence, what_is_right
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]

CASE = Training(epochs=2, samples=5, batch_size=2)
BREAKS = (Break(epoch=0, batch=1, where="loader"), Break(epoch=0, batch=0, where="save"))
RESUMED = CASE.with_part(Interruptions(BREAKS))
RANKS = CASE.with_part(SecondRank(samples=3, batch_size=1))


def curve(tag: str, expected: Curve, seen: Curve) -> Finding:
    return Finding.of(Difference(CurveFacet(tag), expected, seen), CASE)


def screen(verdict: Verdict) -> str:
    """A verdict as a learner reads it, in one line."""
    return " ".join(plain_text(verdict, width=80).split())


def test_what_is_written_several_times_is_counted() -> None:
    graph = Graph(("Conv2d[0]",))
    once = replace(Curve.of([(0, graph)]), any_step=True)
    found = curve(GRAPH, once, Curve.of([(0, graph)] * 3))
    assert sentence(found) == "The model's graph: written 3 times. Expected: once."
    text = Curve.of([(0, Json.of({"lr": 1}))])
    found = curve("Config", text, Curve.of([(step, '{"lr": 1}') for step in (1, 2, 3)]))
    assert sentence(found) == "`Config`: written 3 times, at steps 1, 2, 3. Expected: once, at step 0."
    found = curve("Config", text, Curve.of([(1, '{"lr": 1}')]))
    assert sentence(found) == "`Config`: written once, at step 1. Expected: once, at step 0."


def test_a_step_that_does_not_matter_is_not_told() -> None:
    anywhere = replace(Curve.of([(0, 0.5)]), any_step=True)
    assert sentence(curve("Final/Loss", anywhere, Curve(()))).endswith("Expected: 0.5, at any step.")
    wrong = sentence(curve("Final/Loss", anywhere, Curve.of([(7, 0.75)])))
    assert wrong == "`Final/Loss`: logged 0.75. Expected: 0.5."
    assert "step" not in sentence(
        curve("Final/Loss", replace(Curve(()), any_step=True), Curve.of([(0, 1.0)]))
    )


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (RESUMED, "Call 2 returned the path of its run; it should have raised the very error"),
        (RANKS, "On rank 1 the call returned the path of its run; it should have raised"),
    ],
)
def test_one_of_several_calls_is_named(case: Training, words: str) -> None:
    expected = Outcome(ends=(Returned(None), Raised(LOADER_ERROR)))
    (found,) = differences(expected, replace(expected, ends=(expected.ends[0], returned_run())))
    assert sentence(Finding.of(found, case)).startswith(words)


def test_runs_are_told_apart_where_both_sides_are_one() -> None:
    found = Finding.of(Difference(Trait.END, returned_run(0), returned_run(1), call=2), RESUMED)
    assert sentence(found) == (
        "Call 3 returned the path of the second run; it should have returned the path of the first run."
    )


def test_both_sides_of_a_difference_differ_for_the_eye() -> None:
    one = Histogram(-1.0, 1.0, 3, 0.5, 2.0)
    (row,) = curve("Weights/a", Curve.of([(1, one)]), Curve.of([(1, structs.replace(one, sum=0.9))])).rows
    assert row.logged != row.expected
    config = {"note": "x" * 2 * LONGEST_TEXT, "z": 1}
    told = curve(
        HPARAMS, Curve.of([(0, Hparams.of(config, []))]), Curve.of([(0, Hparams.of(config | {"z": 2}, []))])
    )
    (row,) = told.rows
    assert row.logged != row.expected
    assert max(len(str(row.logged)), len(str(row.expected))) <= LONGEST_TEXT + 2


def test_numbers_have_as_many_digits_as_it_takes() -> None:
    one = Histogram(1.00001, 1.00003, 8, 8.0, 8.0)
    assert str(one) == "8 numbers, 1.00001 to 1.00003"
    assert str(Histogram(1.0, 1.0, 8, 8.0, 8.0)) == "8 numbers, 1 to 1"
    for other in (
        structs.replace(one, max=1.00004),
        structs.replace(one, sum=8.1),
        structs.replace(one, sum_squares=8.00001),
    ):
        (row,) = curve("Weights/a", Curve.of([(1, one)], rtol=1e-7), Curve.of([(1, other)])).rows
        assert row.logged != row.expected
        assert str(row.logged).startswith("8 numbers, ")


NUMBERS = Curve.of([(1, 0.5), (2, 0.25), (3, 0.125)])


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (NUMBERS.with_steps((0, 1, 2)), "`Loss`: the values, in their order. The steps are not."),
        (NUMBERS.with_values((0.5, 1, 0.1)), "`Loss`: the steps, and 1 of 3 values (all until step 1)."),
        (NUMBERS.with_values((0.5, 1, 0.125)), "`Loss`: the steps, and 2 of 3 values (all until step 1)."),
        (NUMBERS.with_values((1, 1, 0.125)), "`Loss`: the steps, and 1 of 3 values."),
        (NUMBERS.with_values((1, 2, 3)), "`Loss`: the steps. The values are not."),
        (
            NUMBERS.with_values((0.5, 0.25)),
            "`Loss`: 2 of the 3 points that were asked for (all until step 2); 2 were logged.",
        ),
        (NUMBERS.with_points([(7, 1.0)]), ""),
        (Curve(()), ""),
    ],
)
def test_what_is_right_is_told_too(seen: Curve, words: str) -> None:
    assert what_is_right(curve("Loss", NUMBERS, seen)) == words


def test_the_curve_that_tells_most_comes_first() -> None:
    order = [
        curve("a", NUMBERS, Curve(())),
        curve("b", NUMBERS, NUMBERS.with_steps((0, 1, 2))),
        curve("c", NUMBERS, NUMBERS.with_values((0.5, 1, 0.1))),
        curve("d", NUMBERS, NUMBERS.with_values((0.5,))),
        curve("e", NUMBERS, NUMBERS.with_values((1, 2, 3))),
        curve("f", NUMBERS, NUMBERS.with_points([(7, 1.0)])),
    ]
    ranks = [one.rank for one in order]
    assert ranks == sorted({*ranks})
    end = Finding.of(Difference(Trait.END, returned_run(), Returned(None)), CASE)
    files = Finding.of(Difference(Trait.FILES, 1, 2), CASE)
    assert end.rank < order[0].rank
    assert order[-1].rank < files.rank


def test_what_is_not_explained_is_told_with_what_is_right() -> None:
    loss, other = CurveFacet("Loss"), CurveFacet("Accuracy")
    check = CheckResult("a", "The losses are right.", False, broken=(loss,))
    found = (curve("Loss", NUMBERS, NUMBERS.with_steps((0, 1, 2))),)
    verdict = Verdict("06_accuracy", "x.py", Status.FAILED, (check,), findings=found)
    verdict = replace(verdict, unexplained=(loss,), right=(other, Trait.END))
    text = screen(Verdict.from_json(verdict.to_json()))
    assert "Right `Loss`: the values, in their order. The steps are not. `Accuracy`, wholly." in text
    assert "Nothing else that was logged or returned differs." in text
    assert "More than one thing" in screen(replace(verdict, unexplained=(loss, Trait.FILES)))


def test_what_is_shown_as_none_is_not_told_as_none() -> None:
    found = Finding.of(Difference(Trait.END, returned_run(), Returned("None")), CASE)
    assert "returned an object that is shown as None, and is another;" in sentence(found)


def test_no_folder_of_ours_is_shown() -> None:
    paths = KnownPaths(Path("mine/03.py"), "/jail/7/answer/03.py", Path("/jail/7"))
    told = paths.told("/jail/7/case-12/runs_dir/a /jail/7/case-1 /jail/7/answer/help.py /jail/70", CASE)
    assert told == "runs_dir/a . mine/help.py /jail/70"
    losses = Losses((1.0,), "deep/run")
    text = "'/jail/7/case-1/runs_dir/deep/run/x' /jail/7/case-1/runs_dir/deep/runs"
    assert paths.told(text, losses) == "'log_dir/x' runs_dir/deep/runs"
    assert paths.told("/jail/7/answer/03.py given") == "mine/03.py given"


def test_many_parameters_are_one_group() -> None:
    missing = [
        Difference(CurveFacet(f"{kind}/{number}.weight"), Curve.of([(1, 0.5)]), Curve(()))
        for kind in ("Weights", "Gradients")
        for number in range(9)
    ]
    findings = tuple(Finding.of(one, CASE) for one in missing)
    verdict = Verdict("12_histograms", "x.py", Status.FAILED, findings=findings)
    text = screen(verdict)
    assert "Wrong too: `Weights/…` (8 tags) and `Gradients/…` (8 tags)." in text
    assert text.count("no point is there") == 2


def test_tags_that_stand_there_instead_are_named() -> None:
    points = Curve.of([(1, 0.5)])
    expected = Outcome((Run("a", {"Loss/Train": points}),))
    seen = Outcome((Run("a", {f"loss/{name}": points for name in "abcde"}),))
    findings = tuple(Finding.of(one, CASE) for one in differences(expected, seen, ["Loss/Train"]))
    verdict = Verdict("03_epoch_loss", "x.py", Status.FAILED, findings=findings)
    assert Verdict.from_json(verdict.to_json()) == verdict
    words = "Other tags there: `loss/a`, `loss/b`, `loss/c` and 2 more."
    assert words in screen(verdict)


def test_the_law_that_is_broken_is_shown_and_not_another() -> None:
    checks = (
        CheckResult("a", "The losses are right.", False, broken=(CurveFacet("Loss/Train"),)),
        CheckResult("b", "The rate is right.", False, broken=(CurveFacet("LearningRate"),)),
    )
    facet = (CurveFacet("LearningRate"),)
    verdict = Verdict("19_capstone", "x.py", Status.FAILED, checks, (("no_zero_grad",),), unexplained=facet)
    text = screen(Verdict.from_json(verdict.to_json()))
    assert "Wanted The rate is right." in text
    assert "The losses are right." not in text
    assert "Besides, no mistake that this kit knows explains what is wrong with `LearningRate`." in text
    assert "Why No mistake that this kit knows explains this." in screen(replace(verdict, mistakes=()))


def test_run_directories_of_one_name_are_counted() -> None:
    name = "pixel_gen_lr0.1_20310102_235958"
    runs = tuple(
        Run(name, {"Started": Curve.of([(0, 1.0)])}, path=f"{RUNS_DIR}/{name}{n}") for n in ("", "_2")
    )
    two = Outcome(tuple(replace(run, path="") for run in runs))
    (found,) = [one for one in differences(two, Outcome(runs[:1])) if one.facet is Trait.RUNS]
    words = sentence(Finding.of(found, Losses((1.0,))))
    assert words.endswith(f"`{name}`. Expected: `{name}` (2, told apart by a suffix).")


def test_a_time_of_the_clock_is_told_in_full_where_one_run_has_it() -> None:
    one, two = ConventionalName(0.1), ConventionalName(0.02)
    found = Finding.of(Difference(Trait.NAME, (one,), (ConventionalName(0.1, utc=True),)), CASE)
    assert sentence(found) == (
        "Run directory with data: `pixel_gen_lr0.1_<UTC time of the call>`. "
        "Expected: `pixel_gen_lr0.1_<local time of the call>`."
    )
    both = returned_paths({0.1: one, 0.02: two})
    found = Finding.of(Difference(Trait.END, both, returned_paths({0.1: one})), CASE)
    assert sentence(found) == (
        "The call returned {0.1: pixel_gen_lr0.1_<local time of the call>}; it should have returned "
        "{0.02: pixel_gen_lr0.02_<time>, 0.1: pixel_gen_lr0.1_<time>}."
    )


ENDS = [
    *(
        returned_run(1),
        returned_paths({0.1: ConventionalName(0.1), 0.2: "x"}),
        Returned(None),
        Returned("a"),
    ),
    *(returned_names(["nan"]), Returned(OtherPath("str", "../x")), Raised("OSError", collective=True)),
    *(Raised(LOADER_ERROR), Unfinished(), Unfinished(exited=True), NO_CALL),
]


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_every_end_of_a_call_has_words_and_survives_json(end: End) -> None:
    found = Finding.of(Difference(Trait.END, Raised("KeyError"), end), CASE)
    verdict = Verdict("03_epoch_loss", "x.py", Status.FAILED, findings=(found,))
    assert Verdict.from_json(verdict.to_json()) == verdict
    assert sentence(found).startswith("The call ")


def test_what_json_has_no_number_for_survives_it() -> None:
    found = curve("Loss/Train", Curve.of([(1, 0.5), (2, 0.5)]), Curve.of([(1, float("inf"))]))
    name = ConventionalName(0.1, datetime(2031, 1, 2, 3, 4, 5))
    findings = (found, Finding(Trait.NAME, name, (name, "x"), ()), Finding(Trait.LIVE, "", (0, 1), (0, 0)))
    verdict = Verdict("03_epoch_loss", "x.py", Status.FAILED, findings=findings)
    assert Verdict.from_json(verdict.to_json()) == verdict
    nan = curve("Loss/Train", Curve.of([(1, 0.5)]), Curve.of([(1, float("nan"))]))
    verdict = replace(verdict, findings=(nan,))
    (again,) = Verdict.from_json(verdict.to_json()).findings
    assert isinstance(again.rows[0].logged, float)
    assert sentence(again) == sentence(nan)


def test_a_run_is_told_by_its_own_name_in_plain_letters() -> None:
    want, got = Curve.of([(1, 0.5)]), Curve.of([(0, 0.5)])
    truth = Outcome((Run("pixel_gen_a", {"Loss": want}), Run("pixel_gen_b", {"Loss": want})))
    seen = Outcome((Run("a", {"Loss": got}), Run("b\n\x07", {"Loss": got})))
    found = [Finding.of(one, CASE) for one in differences(truth, seen, ["Loss"])]
    told = [sentence(one) for one in found if one.facet is not Trait.NAME]
    assert [one.partition(":")[0] for one in told] == ["In the run `a`", r"In the run `b\n\x07`"]


def test_markup_in_a_learners_text_is_text() -> None:
    config = Curve.of([(0, Json.of({"lr": 1}))])
    found = curve("Config", config, Curve.of([(0, "[/closing] \x1b[31m[bold]")]))
    text = screen(
        Verdict("14_dashboard", "x.py", Status.FAILED, findings=(found,), traceback="[/tag] [red]")
    )
    assert "[/closing] [bold]" in text
    assert "[/tag] [red]" in text


def judged(judging_session: JudgingSession, number: str, changes: dict[str, str], folder: Path) -> Verdict:
    """The verdict on the solution of an exercise with some changes."""
    exercise = curriculum().find(number)
    text = (ROOT / "solutions" / f"{exercise.id}.py").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{exercise.id}.py"
    path.write_text(text)
    return judging_session.judge(exercise, path=path)


@pytest.mark.parametrize(
    ("number", "old", "new", "error"),
    [
        # Every case of this exercise has a list among its hyperparameters, and some raise by plan.
        ("19", "scheduler.step()", "scheduler.steps()", "AttributeError"),
        # The other rank waits in vain then, and gloo raises there.
        ("17", "loss.backward()", "loss.backward(); 1 / rank", "ZeroDivisionError"),
        ("14", "json.dumps(", "json.dump(", "TypeError"),
    ],
)
def test_a_crash_is_told_as_one(
    judging_session: JudgingSession, tmp_path: Path, number: str, old: str, new: str, error: str
) -> None:
    verdict = judged(judging_session, number, {old: new}, tmp_path)
    assert (verdict.status, verdict.mistakes) == (Status.CRASHED, ())
    assert verdict.traceback.strip().splitlines()[-1].startswith(error)
    assert "A run that shows it" in screen(verdict)


def test_a_mistake_names_its_curves_where_others_are_logged(
    judging_session: JudgingSession, tmp_path: Path
) -> None:
    verdict = judged(
        judging_session, "05", {"loss.item(), global_step=step": "loss.item(), step - 1"}, tmp_path
    )
    assert "Why `Loss/Batch`: Steps are one too small" in screen(verdict)
    verdict = judged(judging_session, "03", {"global_step=epoch": "global_step=epoch - 1"}, tmp_path)
    assert "Why Steps are one too small" in screen(verdict)


def test_a_mistake_that_other_runs_show_is_told_so(judging_session: JudgingSession, tmp_path: Path) -> None:
    # One kind of error is swallowed, another replaced: no run has both.
    exercise = curriculum().find("04")
    path = tmp_path / f"{exercise.id}.py"
    path.write_text(wrong_programs(ROOT, exercise.id)["mean_of_batch_means+error_swallowed+error_replaced"])
    verdict = judging_session.judge(exercise, path=path)
    assert verdict.mistakes == (("mean_of_batch_means", "error_swallowed", "error_replaced"),)
    assert verdict.elsewhere == ("error_swallowed",)
    assert "that the training went well. (In other runs than the one below.) Next" in screen(verdict)
    assert screen(verdict).count("(In other runs") == 1


def test_an_error_that_never_came_is_not_swallowed(judging_session: JudgingSession, tmp_path: Path) -> None:
    # A loader counts epochs by optimizer steps: it never comes to its second one here.
    changes = {"optimizer.step()": "samples < 2 and optimizer.step()"}
    verdict = judged(judging_session, "05", changes, tmp_path)
    assert verdict.status == Status.FAILED
    assert "error_swallowed" not in {id for ids in verdict.mistakes for id in ids}
    # Nor does its own word for that take a law away.
    laws = {check.name: check.passed for check in verdict.checks}
    assert not laws["test_the_run_is_named_and_returned"]


def test_of_three_things_each_is_told_where_not_all_can_be(
    judging_session: JudgingSession, tmp_path: Path
) -> None:
    changes = {
        "loss.item() * len(inputs)": "loss.item() ** 3 * len(inputs)",
        "argmax(dim=1) == targets": "topk(2).indices == targets[:, None]",
        "return log_dir": "return log_dir.parent",
    }
    verdict = judged(judging_session, "06", changes, tmp_path)
    assert verdict.mistakes == (("label_among_the_best", "returns_wrong_path"),)
    assert verdict.unexplained == (CurveFacet("Loss/Train"),)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_rank_that_crashes_is_told_with_its_own_output(
    judging_session: JudgingSession, tmp_path: Path, rank: int
) -> None:
    crash = f"print('rank', rank); 1 / (rank - {rank})"
    verdict = judged(judging_session, "17", {"loss.backward()": f"loss.backward(); {crash}"}, tmp_path)
    assert (verdict.status, verdict.output) == (Status.CRASHED, f"rank {rank}\n")


def test_the_output_is_of_the_case_that_is_shown(judging_session: JudgingSession, tmp_path: Path) -> None:
    crash = "    print(epochs, runs_dir)\n    assert epochs != 3\n    return log_dir"
    verdict = judged(judging_session, "03", {"    return log_dir": crash}, tmp_path)
    assert (verdict.status, verdict.output) == (Status.CRASHED, "3 runs_dir\n")


@pytest.mark.parametrize("error", ["FloatingPointError", "RuntimeError"])
def test_a_traceback_is_of_the_case_that_is_shown(
    judging_session: JudgingSession, tmp_path: Path, error: str
) -> None:
    # Only a later case raises: what it should, or something else.
    wrong = {"LearningRate=": "Learning__Rate=", "raise FloatingPointError": f"raise {error}"}
    verdict = judged(judging_session, "19", wrong, tmp_path)
    assert verdict.status == Status.FAILED
    assert verdict.traceback == ""
