"""A message shows the learner's own line: that wrote the first wrong point, or should have written it."""

import sys
from pathlib import Path

import pytest
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from crystalball.curriculum.manifest import curriculum
from crystalball.judging.session import JudgingSession
from crystalball.judging.source import LONGEST_LINE, SourceFile
from crystalball.judging.verdict import Status, Verdict
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.processes.inside.reports import LONGEST_TAG, MOST_WRITTEN
from crystalball.processes.inside.written import WrittenLines
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]
HERE = "  # HERE"


def judged(session: JudgingSession, number: str, changes: dict[str, str], folder: Path) -> Verdict:
    """The verdict on the solution of an exercise with some changes."""
    exercise = curriculum().find(number)
    text = (ROOT / "solutions" / f"{exercise.id}.py").read_text()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / f"{exercise.id}.py"
    path.write_text(text)
    verdict = session.judge(exercise, path=path)
    assert Verdict.from_json(verdict.to_json()) == verdict
    return verdict


LOSS = CurveFacet("Loss/Train")
LOG = 'writer.add_scalar("Loss/Train", total / samples, global_step=epoch)'

WRONG: dict[str, tuple[str, dict[str, str], Facet]] = {
    "value": ("05", {LOG: LOG.replace("samples", "len(loader)") + HERE}, LOSS),
    "step": ("05", {LOG: LOG.replace("=epoch", "=epoch - 1") + HERE}, LOSS),
    "tag": ("05", {LOG: LOG.replace("Loss/", "loss/") + HERE}, LOSS),
    "last point missing": ("05", {LOG: f"if epoch < epochs:\n                {LOG}{HERE}"}, LOSS),
    "of two lines the second": (
        "05",
        {"    return log_dir": f"        {LOG}{HERE}\n    return log_dir"},
        LOSS,
    ),
    "in a function of one's own": (
        "05",
        {
            "def train(": "def log(writer, tag, value, step):\n"
            f"    writer.add_scalar(tag, value, step - 1){HERE}\n\n\ndef train(",
            LOG: 'log(writer, "Loss/Train", total / samples, epoch)',
        },
        LOSS,
    ),
    "under a tag of another kind": ("05", {LOG: LOG.replace("Loss/Train", "train_loss") + HERE}, LOSS),
    "a writer too many": (
        "05",
        {"    return log_dir": f"    SummaryWriter(log_dir).close(){HERE}\n    return log_dir"},
        Trait.FILES,
    ),
    "an exception": (
        "05",
        {"                loss.backward()": f"                loss.backwards(){HERE}"},
        Trait.END,
    ),
    "tensorboardX": (
        "05",
        {
            "from torch.utils.tensorboard import": "from tensorboardX import",
            LOG: LOG.replace("=epoch", "=epoch + 1") + HERE,
        },
        LOSS,
    ),
    "a rank": (
        "17",
        {"global_step=epoch)": f"global_step=epoch + 1){HERE}"},
        LOSS,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_line_of_the_first_wrong_point_is_shown(
    judging_session: JudgingSession, tmp_path: Path, name: str
) -> None:
    number, changes, facet = WRONG[name]
    verdict = judged(judging_session, number, changes, tmp_path)
    screen = plain_text(verdict, width=40)  # however narrow: what is to be copied stands in one piece
    if verdict.status == Status.CRASHED:
        assert HERE in verdict.traceback
        assert HERE in SourceFile.read(Path(verdict.file)).line(verdict.line)
        return
    (found, *_) = [one for one in verdict.findings if one.facet == facet]
    assert found.source.endswith(HERE)
    assert f"{verdict.file}:{found.line}\n" in screen
    assert f"{found.line} | {found.source}\n" in screen
    assert verdict.line == next(one.line for one in verdict.findings if one.line)


def test_what_describes_a_run_has_its_line_too(judging_session: JudgingSession, tmp_path: Path) -> None:
    verdict = judged(judging_session, "14", {"json.dumps(config, indent=2)": "config"}, tmp_path)
    assert "add_text" in verdict.findings[0].source


def test_who_never_wrote_has_no_line(judging_session: JudgingSession, tmp_path: Path) -> None:
    verdict = judged(judging_session, "05", {LOG: "pass"}, tmp_path)
    (found,) = verdict.findings  # the other curve was asked for, and is right
    assert (found.facet, found.line, verdict.line) == (LOSS, 0, 0)


def test_the_lines_are_bounded_and_the_writer_is_as_it_was(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    before = EventFileWriter.add_event
    lines = WrittenLines(__file__)
    with lines.remembered(), SummaryWriter(tmp_path) as writer:
        for step in range(MOST_WRITTEN + 10):
            writer.add_scalar("x" * 1000, 1.0, step)
    taken = lines.taken()
    assert len(taken) == MOST_WRITTEN
    assert (taken[0].what, taken[1].tag, taken[1].step) == ("file_version", "x" * LONGEST_TAG, 0)
    assert lines.taken() == ()
    assert EventFileWriter.add_event is before
    with WrittenLines("another file").remembered(), SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", 1.0, 1)
    assert lines.taken() == ()


LIES = {
    "too many": f"[Written('summary', 'Loss', 1, 1)] * {MOST_WRITTEN + 1}",
    "no line": "[('summary', 'Loss', 1, -5)]",
    "a long tag": "[('summary', 'x' * 10**6, 1, 1)]",
    "no list": "7",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_report_of_lines_that_is_none_is_a_broken_protocol(
    judging_session: JudgingSession, tmp_path: Path, lie: str
) -> None:
    text = (
        "from crystalball.processes.inside.written import WrittenLines, Written\n"
        f"WrittenLines.taken = lambda self: {LIES[lie]}\n"
        "def log_losses(losses, log_dir): pass\n"
    )
    path = tmp_path / "01_first_scalar.py"
    path.write_text(text)
    assert judging_session.judge(curriculum().find("01"), path=path).status == Status.PROTOCOL


def test_a_line_that_is_reported_and_is_not_there_is_not_shown() -> None:
    file = SourceFile("a = 1\n    b = \x1b[31m2\n" + "c" * 1000)
    shown = [file.line(number) for number in (0, 1, 2, 4, sys.maxsize)]
    assert shown == ["", "a = 1", "b = \\x1b[31m2", "", ""]
    assert file.line(3) == "c" * (LONGEST_LINE - 1) + "…"
    assert SourceFile("# a\x0cb\u2028c\ny = 2\n").line(2) == "y = 2", "a form feed ends no line"
    assert SourceFile.read(Path("no such file")) == SourceFile("")
