"""A Next never asks for what the file does already: its syntax tree chooses another sentence."""

from pathlib import Path

import pytest

from crystalball.curriculum.manifest import curriculum
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict
from crystalball.mistakes import CATALOGUE
from crystalball.mistakes.already import in_place, next_in_place
from crystalball.reading.syntax import LARGEST, what_it_does
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]

TEXT = """
import json
from json import dumps
# torch.save(model)
with open(path) as file, SummaryWriter(log_dir, purge_step=7) as writer:
    json.dumps(config), dumps("zero_grad()"), writers[0].flush(), model.module.eval()
try:
    pass
finally:
    pass
"""


def test_what_a_file_does_is_read_from_its_tree() -> None:
    assert what_it_does(TEXT) == {
        *("json.dumps", "dumps", ".dumps", ".flush", "model.module.eval", ".eval"),
        *("open", ".open", "with open", "SummaryWriter", ".SummaryWriter", "with SummaryWriter"),
        *("SummaryWriter(purge_step)", "finally"),
    }


@pytest.mark.parametrize(
    "text",
    [
        *("def train(:\n", "\0", "x = '\ud800'", "(" * 10**4, "-" * 10**4 + "1", "a" + ".b" * 10**4),
        *("a" + "[0]" * 10**4 + "()", "not " * 10**4 + "f()", "if f():\n" * 3, "f(" * 59 + ")" * 59 + "f"),
        *("lambda:" * 5000 + "1", "f()\n" * LARGEST, "x = " + "1 if f() else " * 3000 + "0"),
    ],
    ids=range(13),
)
def test_no_text_is_too_much_for_it(text: str) -> None:
    assert what_it_does(text) <= {"f", ".f"} | what_it_does("f()") | {"", "."}


def test_each_sentence_is_of_a_mistake_and_differs_from_its_own() -> None:
    for id, sentences in in_place().items():
        for call, text in sentences.items():
            assert next_in_place(id, [call]) == text != CATALOGUE[id].next
            assert text.endswith((".", "?")), text
        assert next_in_place(id, ["something else"]) == ""
    assert next_in_place("no such mistake", ["save"]) == ""


@pytest.mark.parametrize(
    ("number", "old", "new", "words", "not_words"),
    [
        ("05", "        for epoch in", "        SummaryWriter(log_dir)\n        for epoch in", "", ""),
        (
            *("14", "json.dumps(config, indent=2)", "json.dumps(config) and str(config)"),
            *("hand it the dict itself", "Use `json.dumps(config)`"),
        ),
        (
            *("03", "optimizer.zero_grad()", "epoch == 1 and samples == 0 and optimizer.zero_grad()"),
            *("`zero_grad()` is there", "Call `optimizer.zero_grad()`"),
        ),
        ("03", "optimizer.zero_grad()", "pass", "Call `optimizer.zero_grad()`", "is there"),
    ],
)
def test_another_sentence_is_chosen(
    judging_session: JudgingSession,
    tmp_path: Path,
    number: str,
    old: str,
    new: str,
    words: str,
    not_words: str,
) -> None:
    exercise = curriculum().find(number)
    text = (ROOT / "solutions" / f"{exercise.id}.py").read_text()
    assert old in text
    path = tmp_path / f"{exercise.id}.py"
    path.write_text(text.replace(old, new))
    verdict = judging_session.judge(exercise, path=path)
    assert verdict.status == Status.FAILED
    screen = " ".join(plain_text(Verdict.from_json(verdict.to_json()), width=300).split())
    assert words in screen
    assert not not_words or not_words not in screen
    assert "Use `with SummaryWriter" not in screen
