"""What a bare machine lacks is left out and told; where nothing may be left out, it fails."""

import pytest
from needs import BROWSER, JAIL, SWITCH, Need, left_out


def test_one_line_tells_what_was_left_out_and_how_to_get_it() -> None:
    assert left_out(["Skipped: Windows has no such thing"]) == ""
    line = left_out([f"Skipped: {JAIL}", f"Skipped: {BROWSER}", f"Skipped: {JAIL}"])
    assert line.startswith("Left out: 2 tests that need a Linux with bubblewrap")
    assert "1 test that needs a Chromium (`apt install chromium`)." in line
    assert "\n" not in line


def test_a_need_that_is_not_met_skips_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need("a moon", "wait", lambda: False)
    monkeypatch.delenv(SWITCH, raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs a moon"):  # that it skips is what is tested
        need.demand()
    monkeypatch.setenv(SWITCH, "1")
    with pytest.raises(pytest.fail.Exception, match="needs a moon"):
        need.demand()
