"""A jail that is killed in the midst of an answer: by the kernel for want of memory, or by whomever."""

import random
from pathlib import Path

import pytest
from kills import kill_one
from patience import wait_until

from crystalball.grading.intake import Answer
from crystalball.grading.shared_cases import SharedCases
from crystalball.grading.slot_pool import SlotPool
from crystalball.jail.levels import JailLevel
from crystalball.jail.slot import Slot
from crystalball.judging.session import JudgingSession
from crystalball.reading.outside import NOTHING

pytestmark = pytest.mark.needs("jail")

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
