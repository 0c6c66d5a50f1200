"""What the judge adds to a case: writing the run, reading it, deciding.

    python checks/kit/bench/cases.py [turns]

For each exercise that trains: its cases, the time of their bare training loops (no TensorBoard, one
thread), and what judging the solution takes beyond that, a case. The oracle has trained the cases
before, which all submissions share. `start` is what a submission costs once: a fork, the import of
the file, and what is slow for the first time. Loops and judge run in turns.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from loops import train_bare

from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import curriculum
from crystalball.judging.answer_run import AnswerRun
from crystalball.judging.session import JudgingSession

ROOT = Path(__file__).parents[3]


def main() -> None:
    """Measures in turns, and prints a line for each exercise."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    torch.set_num_threads(1)
    judging_session = JudgingSession(ROOT, ROOT / "solutions")
    print(
        f"{'':20}{'cases':>6}{'bare ms':>9}{'judged':>8}{'added ms a case':>17}{'spread':>13}{'start':>7}"
    )
    for exercise in curriculum().exercises:
        if not exercise.trains:
            continue
        spec = judging_session.spec(exercise)
        cases = [case for case in judging_session.cases(spec, 0) if isinstance(case, Training)]
        path = ROOT / "solutions" / f"{exercise.id}.py"
        began = time.perf_counter()
        answer = AnswerRun(
            exercise, spec, path, curriculum(), judging_session._worker, judging_session.oracle
        )
        answer.load()
        judge(answer, cases)
        started = 1000 * (time.perf_counter() - began)
        bare, judged = [], []
        for _ in range(turns):
            bare.append(milliseconds(lambda: [train_bare(case) for case in cases]))  # noqa: B023  # called at once
            judged.append(milliseconds(lambda: judge(answer, cases)))  # noqa: B023  # called at once
        answer.close()
        added = sorted((j - b) / len(cases) for b, j in zip(bare, judged, strict=True))
        print(
            f"{exercise.id:20}{len(cases):6}{statistics.median(bare):9.0f}{statistics.median(judged):8.0f}"
            f"{statistics.median(added):17.1f}{added[0]:8.1f}-{added[-1]:<4.1f}"
            f"{started - statistics.median(judged):7.0f}"
        )
    judging_session.close()


def judge(answer: AnswerRun, cases: list[Training]) -> None:
    """Runs the cases, reads what they left, and decides."""
    assert all(one.right for one in answer.run_all(cases, cases))


def milliseconds(work: Callable[[], object]) -> float:
    """Wall time of some work."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
