"""The doctor on what real libraries wrote: healthy runs are not accused, planted faults are found."""

from pathlib import Path

import pytest
from corpus.faults import missed, wrongly_accused
from corpus.layouts import frozen, write


def test_the_layouts_are_as_many_as_promised() -> None:
    assert len(frozen()) >= 60
    assert len({name.partition("/")[0] for name in frozen()}) >= 15


@pytest.mark.parametrize("name", sorted(frozen()))
def test_a_healthy_layout_is_told_nothing_but_notes(name: str, tmp_path: Path) -> None:
    write(frozen()[name], tmp_path)
    assert wrongly_accused(tmp_path) == []


@pytest.mark.parametrize("name", sorted(frozen()))
def test_faults_are_found_in_each_layout(name: str, tmp_path: Path) -> None:
    assert missed(frozen()[name], tmp_path) == []
