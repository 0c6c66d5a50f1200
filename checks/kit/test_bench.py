"""The benchmark page: its port of exercise 1's contract tells right from wrong; its tables are Markdown."""

import sys
from pathlib import Path
from typing import Any

import pytest
import torch.utils.tensorboard
from bench import peers

sys.path.insert(0, str(Path(peers.__file__).parent))  # the programs there import each other by name

from bench import page

PROGRAMS = peers.class_of_exercise_1()


@pytest.mark.filterwarnings(  # the thread of a writer that is left open finds its folder gone
    "ignore::pytest.PytestUnhandledThreadExceptionWarning"
)
@pytest.mark.parametrize("name", ["solution", "steps_from_zero", "not_closed", "wrong_tag", "step_omitted"])
def test_the_ported_contract_tells_right_from_wrong(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.utils.tensorboard, "SummaryWriter", torch.utils.tensorboard.SummaryWriter)
    contract: dict[str, Any] = {}
    exec(peers.CONTRACT, contract)
    text, right = PROGRAMS[name]
    path = tmp_path / f"{peers.NAME}.py"
    path.write_text(text, encoding="utf-8")
    assert (contract["problem"](contract["load"](path)) is None) == right


def test_a_table_is_markdown_whatever_is_in_it() -> None:
    lines = page.table("It", ("a", "b"), [("x|y", 1)]).splitlines()
    assert lines == ["## It", "", "| a | b |", "| --- | --- |", "| x¦y | 1 |"]
    assert page.spread([3.0, 1.0, 2.0]) == "2.00 (1.00–3.00)"
