"""How long a learner waits: `pytest` on the solutions, as a ratio to what must be waited for.

    python checks/kit/bench/start.py [turns]

The floor of exercise 1 is the import of torch and SummaryWriter; that of exercise 3 and of all of
Part I is the bare solution of exercise 3, as a script on one tiny case. That of all nineteen is the
imports and the bare training loops of all their cases (see `cases.py`, which tells what the judge
adds a case), in one process with one thread. Floor and pytest are run in turns, so that a slow spell
of the machine meets both.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crystalball.curriculum.manifest import curriculum
from crystalball.judging.session import JudgingSession

ROOT = Path(__file__).parents[3]

IMPORTS = "import torch; from torch.utils.tensorboard import SummaryWriter"

BARE = """
import importlib.util, sys, torch
from pathlib import Path
from crystalball import pixels
spec = importlib.util.spec_from_file_location("answer", "solutions/03_epoch_loss.py")
answer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(answer)
model = pixels.SpriteClassifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
loader = pixels.sprite_loader(3, 2, 0)
answer.train(model, loader, torch.nn.CrossEntropyLoss(), optimizer, 1, Path(sys.argv[1]))
"""

LOOPS = """
import json, sys, torch
from torch.utils.tensorboard import SummaryWriter
sys.path.insert(0, "checks/kit/bench")
from loops import train_bare
from crystalball.cases.inside.training import Training
torch.set_num_threads(1)
for case in json.loads(sys.argv[1]):
    train_bare(Training.from_json(case))
"""

IMPORT_FLOOR = [sys.executable, "-c", IMPORTS]
BARE_FLOOR = [sys.executable, "-c", BARE]
PYTEST = [sys.executable, "-m", "pytest", "-q", "--answers", "solutions"]

MEASURED = {
    "exercise 1": (1.15, IMPORT_FLOOR, [*PYTEST, "checks/test_01_first_scalar.py"]),
    "exercise 3": (1.2, BARE_FLOOR, [*PYTEST, "checks/test_03_epoch_loss.py"]),
    "exercises 1 to 5": (1.6, BARE_FLOOR, [*PYTEST, "-k", "01 or 02 or 03 or 04 or 05"]),
    "all nineteen": (1.6, None, PYTEST),
}
"""What is measured: the ratio to reach, its floor (none: `loops_floor`), and the command."""


@dataclass(frozen=True)
class Wait:
    """How long a learner waits for a command, beside its floor; both in seconds of each turn."""

    name: str
    goal: float
    floors: list[float]
    waits: list[float]

    @property
    def ratios(self) -> list[float]:
        """The ratio of each turn, the smallest first."""
        return sorted(wait / floor for wait, floor in zip(self.waits, self.floors, strict=True))


def loops_floor() -> list[str]:
    """The command that trains the cases of all exercises, and logs nothing."""
    with closing(JudgingSession(ROOT, ROOT / "solutions")) as judging_session:
        cases = [
            case.to_json()
            for exercise in curriculum().exercises
            if exercise.trains
            for case in judging_session.cases(judging_session.spec(exercise), 0)
        ]
    return [sys.executable, "-c", LOOPS, json.dumps(cases)]


def seconds(command: list[str]) -> float:
    """Wall time of a command, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(
            [*command, folder] if BARE in command else command, cwd=ROOT, capture_output=True, check=True
        )
        return time.perf_counter() - began


def waits(turns: int) -> Iterator[Wait]:
    """Measures each in turns with its floor."""
    for name, (goal, known, judged) in MEASURED.items():
        floor = known or loops_floor()
        seconds(floor), seconds(judged)  # warms the disk
        floors, waited = zip(*((seconds(floor), seconds(judged)) for _ in range(turns)), strict=True)
        yield Wait(name, goal, list(floors), list(waited))


def main() -> None:
    """Measures, and prints ratio, goal, floor and spread."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'':20}{'ratio':>7}{'goal':>6}{'spread':>14}{'floor':>9}{'pytest':>9}")
    for one in waits(turns):
        ratios = one.ratios
        print(
            f"{one.name:20}{statistics.median(ratios):7.2f}{one.goal:6.2f}{ratios[0]:7.2f}-{ratios[-1]:<6.2f}"
            f"{statistics.median(one.floors):8.2f}s{statistics.median(one.waits):8.2f}s"
        )


if __name__ == "__main__":
    main()
