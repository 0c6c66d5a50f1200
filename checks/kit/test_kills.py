"""A jail that is killed in mid-answer, for want of memory or by anybody; a disk that fills up."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from kills import kill_one
from patience import PATIENCE, wait_until

from crystalball.grading.intake import Answer
from crystalball.grading.shared_cases import SharedCases
from crystalball.grading.slot_pool import SlotPool
from crystalball.jail.levels import JailLevel
from crystalball.jail.slot import Slot
from crystalball.judging.session import JudgingSession
from crystalball.reading.outside import NOTHING

pytestmark = pytest.mark.needs("jail")  # it is the jail that is killed, and that bounds a disk

ROOT = Path(__file__).parents[2]
SLOW = "import time\ntime.sleep(1)\n"


def test_whoever_kills_a_jail_costs_nobody_a_verdict(
    judging_session: JudgingSession, tmp_path: Path, rng: random.Random
) -> None:
    slots: list[Slot] = []

    def open_slot() -> Slot:
        slots.append(Slot(JailLevel.FULL, [ROOT]))
        return slots[-1]

    slot_pool = SlotPool(SharedCases(ROOT, judging_session.oracle, 0), open_slot, 1, tmp_path)
    text = SLOW + (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
    waiting = slot_pool.submit([Answer("01_first_scalar", NOTHING, {"01_first_scalar.py": text.encode()})])
    wait_until(lambda: waiting.done() or (slots and slots[0]._workers), "no worker is forked")
    assert not waiting.done(), waiting.result()
    assert kill_one(slots[0]._forkers[0]._parent._popen.pid, rng)
    assert waiting.result()[0].passed
    slot_pool.close()


FILLED = """
cd "$1"; shift
"$@" & grading=$!
until test -e out/journal.sqlite; do :; done
head -c 200M /dev/zero > fill 2> /dev/null
wait $grading; echo "code $?"
rm fill
"$@"; echo "code $?"
"""
"""Grades twice, on a disk that is full when it has just begun, and then has room again."""


def test_a_disk_that_fills_up_costs_no_verdict(tmp_path: Path) -> None:
    text = SLOW + (ROOT / "solutions/01_first_scalar.py").read_text(encoding="utf-8")
    for name in ("jane", "joe"):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "01_first_scalar.py").write_text(f"{text}\n# {name}\n")
    disk = tmp_path / "disk"
    disk.mkdir()
    small = ["bwrap", "--dev-bind", "/", "/", "--size", str(80 * 1024**2), "--tmpfs", disk]
    grade = [sys.executable, "-m", "crystalball.entry.cli", "grade", tmp_path / "class", "--out", "out"]
    seen = subprocess.run(
        [*small, "bash", "-c", FILLED, "bash", disk, *grade, "--only", "1"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    codes = [line for line in seen.stdout.splitlines() if line.startswith("code")]
    assert codes == ["code 2", "code 0"], seen
    (error,) = [line for line in seen.stderr.splitlines() if line.startswith("Error")]
    assert error.endswith(
        "the disk is full. What was judged before is kept; make room, and the same command goes on."
    )
    assert "2 of 2" in seen.stdout
    assert "Traceback" not in seen.stdout + seen.stderr
