"""How long the explanation of a failing program takes, beside the judging of its cases.

    python checks/kit/bench/explain.py [programs of an exercise] [exercise ...]

The programs are composed of edits, with two and three mistakes at once (`crystalball verify --composed`).
Seconds of the explanation alone, traces of flawed trainings included, and its share of the whole judging.
"""

import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from crystalball.curriculum.manifest import curriculum
from crystalball.entry.composed import compositions
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer, Explanation
from crystalball.judging.session import JudgingSession

ROOT = Path(__file__).parents[3]


def main() -> None:
    """Prints a line for each exercise, and one for all."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    explained: list[float] = []
    plain = Explainer.explain

    def timed(self: Explainer, seen: Sequence[Comparison]) -> Explanation:
        began = time.perf_counter()
        try:
            return plain(self, seen)
        finally:
            explained.append(time.perf_counter() - began)

    Explainer.explain = timed
    print(f"{'':20}{'programs':>9}{'median s':>10}{'p95':>7}{'most':>7}{'of the judging':>16}")
    every: list[float] = []
    judging_session = JudgingSession(ROOT, ROOT / "solutions")
    for exercise in curriculum().exercises:
        if sys.argv[2:] and exercise.number not in sys.argv[2:]:
            continue
        explained.clear()
        rng = random.Random(exercise.id)
        programs = [one for size in (2, 3) for one in compositions(ROOT, exercise.id, size, each, rng)]
        spec = judging_session.spec(exercise)
        cases = list(judging_session.cases(spec, 0))
        with TemporaryDirectory() as folder:
            path = Path(folder, f"{exercise.id}.py")
            path.write_text((ROOT / "solutions" / path.name).read_text())
            judging_session.judge(exercise, spec, path=path, cases=cases)
            began = time.perf_counter()
            for program in programs:
                path.write_text(program.text)
                judging_session.judge(exercise, spec, path=path, cases=cases)
            whole = time.perf_counter() - began
        if explained:
            told(exercise.id, explained, f"{sum(explained) / whole:16.0%}")
        every += explained
    if every:
        told("all", every, "")
    judging_session.close()


def told(name: str, seconds: list[float], share: str) -> None:
    """Prints a line."""
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(
        f"{name:20}{len(ordered):9}{statistics.median(ordered):10.2f}{late:7.2f}{ordered[-1]:7.2f}{share}",
        flush=True,
    )


if __name__ == "__main__":
    main()
