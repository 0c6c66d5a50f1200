"""How long a learner waits from a save to the verdict, for each of the three ways in which editors save.

    python checks/kit/bench/watch.py [saves] [exercise …]

The real command runs in a pseudo-terminal; a wrong answer and the solution are saved in turns, and
the time ends when the verdict is written to the terminal. `pass` must wait for all cases, `fail` for the
first ones. The floor is the bare training of all cases (no TensorBoard, no judge, one thread), one
after the other, measured between the saves; where two cores are free, the judge may beat it.
Limit of the median on Linux: 150 ms.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from loops import train_bare

from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.entry.programs import wrong_programs
from crystalball.judging.session import JudgingSession

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "checks/kit"))
from terminal import Terminal  # noqa: E402  # found by the path above


def closed(path: Path, text: bytes) -> None:
    """Writes into the file."""
    path.write_bytes(text)


def moved(path: Path, text: bytes) -> None:
    """Writes another file and moves it there."""
    other = path.with_name(f".{path.name}.swp")
    other.write_bytes(text)
    os.replace(other, path)


def created(path: Path, text: bytes) -> None:
    """Deletes the file and makes it anew."""
    path.unlink()
    path.write_bytes(text)


WAYS: tuple[Callable[[Path, bytes], None], ...] = (closed, moved, created)


def copy_of_the_kit(folder: Path) -> Path:
    """A learner's copy."""
    for name in ("exercises", "solutions", "runs", "checks"):
        ignored = shutil.ignore_patterns("__pycache__", "variants", "bench", "pixel_gen*")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def milliseconds(work: Callable[[], object]) -> float:
    """Wall time of some work."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


@dataclass(frozen=True)
class Saves:
    """What was measured of one exercise, in milliseconds: by verdict and way of saving, and the floors."""

    exercise: str
    times: dict[tuple[str, str], list[float]]
    floors: list[float]

    def every(self, name: str) -> list[float]:
        """All times to one verdict, `pass` or `fail`."""
        return [one for (verdict, _), some in self.times.items() if verdict == name for one in some]


def measure(exercise: Exercise, kit: Path, cases: list[Training], saves: int) -> Saves:
    """Measures one exercise."""
    path = kit / "exercises" / f"{exercise.id}.py"
    right = (ROOT / "solutions" / path.name).read_bytes()
    wrong = next(iter(wrong_programs(ROOT, exercise.id).values())).encode()
    times: dict[tuple[str, str], list[float]] = {}
    floors = []
    command = ["-m", "crystalball.entry.cli", "watch", exercise.number, "--no-browser"]
    with Terminal(command, kit, 120, 60, PYTHONPATH=str(kit / "checks")) as terminal:
        terminal.wait_for("TODO")
        for _ in range(saves):
            for way in WAYS:
                for name, text, sign in (("fail", wrong, "Why"), ("pass", right, f"✓ {exercise.number}")):
                    floors.append(milliseconds(lambda: [train_bare(case) for case in cases]))
                    terminal.read(1)  # a learner types meanwhile; the next workers get warm
                    began = time.perf_counter()
                    way(path, text)
                    terminal.wait_for_bytes(sign.encode(), 30)
                    times.setdefault((name, way.__name__), []).append(1000 * (time.perf_counter() - began))
        terminal.type("q")
        terminal.ended()
    return Saves(exercise.id, times, floors)


def measured(numbers: Sequence[str], saves: int) -> Iterator[Saves]:
    """Measures some exercises, in a learner's copy of the kit."""
    torch.set_num_threads(1)
    judging_session = JudgingSession(ROOT, ROOT / "solutions")
    exercises = [curriculum().find(number) for number in numbers]
    cases = {one.id: list(judging_session.cases(judging_session.spec(one), 0)) for one in exercises}
    judging_session.close()
    with tempfile.TemporaryDirectory() as folder:
        kit = copy_of_the_kit(Path(folder))
        for exercise in exercises:
            trained = [case for case in cases[exercise.id] if isinstance(case, Training)]
            yield measure(exercise, kit, trained, saves)


def main() -> None:
    """Measures exercises 1 to 8, or those that are named."""
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    numbers = sys.argv[2:] or [str(number) for number in range(1, 9)]
    head = f"{'':20}{'median':>7}{'max':>7}{'floor':>7}{'ratio':>6} |"
    print(head + "  pass: closed moved created, fail: the same (medians, ms)")
    for one in measured(numbers, saves):
        every, floor = one.every("pass"), statistics.median(one.floors)
        median = statistics.median(every)
        ratio = f"{median / floor:6.2f}" if floor > 1 else "     -"
        cells = [
            f"{statistics.median(one.times[name, way.__name__]):6.0f}"
            for name in ("pass", "fail")
            for way in WAYS
        ]
        line = f"{one.exercise:20}{median:7.0f}{max(every):7.0f}{floor:7.0f}{ratio} |{''.join(cells)}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
