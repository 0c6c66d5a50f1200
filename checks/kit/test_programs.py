"""The wrong programs that are written as edits of honest ones."""

from pathlib import Path

import pytest

from crystalball.entry.programs import EditError, mistakes_in, read_edits, wrong_programs

HONEST = """\
def train(losses):
    for step, loss in enumerate(losses):
        log("Loss", loss, step)

        seen = step
    return seen
"""


def made(edits: str) -> str:
    """The honest program with the edits of a single wrong one."""
    ((_, some),) = read_edits(edits).items()
    text = HONEST
    for edit in some:
        text, places = edit.apply(text)
        assert places == 1
    return text


def test_lines_match_at_any_depth_and_over_empty_lines() -> None:
    wrong = made('+++ x\n log("Loss", loss, step)\n-seen = step\n+seen = loss\n\n-return seen\n')
    assert wrong == HONEST.replace("\n\n        seen = step\n    return seen\n", "\n        seen = loss\n")


def test_an_ellipsis_is_any_text_within_a_line() -> None:
    assert made('+++ x\n-log("…", …)\n+log("…/Train", …)\n') == HONEST.replace('"Loss"', '"Loss/Train"')
    twice = made("+++ x\n log(…)\n+log(…)\n")
    assert twice.count('        log("Loss", loss, step)\n') == 2


def test_the_name_of_a_program_tells_its_mistakes() -> None:
    assert mistakes_in("wrong_tag+not_closed__how") == ["wrong_tag", "not_closed"]


@pytest.mark.parametrize(
    ("file", "edits", "told"),
    [
        (
            "solution.diff",
            "+++ x\n-log(…)\n",
            "solution.diff: x: these lines stand in 0 places, not in one:\nlog",
        ),
        ("solution.diff", "+++ x\n-…step…\n", "x: these lines stand in 4 places, not in one:\n…step…"),
        ("solution.diff", "+++ x\n-step\n\n+++ x\n-step\n", "x: there are two of this name"),
        ("solution.diff", "+++ x\n+no place\n", "this is no edit:\n+no place"),
        ("solution.diff", "+++ x\n-step\nno sign\n", "this is no edit:\n-step\nno sign"),
        ("stranger.diff", "+++ x\n-step\n", "checks/kit/variants/01_x/stranger.py is missing"),
    ],
)
def test_an_edit_that_does_not_apply_is_told(tmp_path: Path, file: str, edits: str, told: str) -> None:
    for name, text in (("solutions/01_x.py", "step\n" * 4), (f"checks/kit/mistakes/01_x/{file}", edits)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with pytest.raises(EditError) as error:
        wrong_programs(tmp_path, "01_x")
    assert told in str(error.value)
