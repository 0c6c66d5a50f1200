"""What the judge adds to a case: writing the run, reading it, deciding.

    python checks/kit/bench/cases.py [turns]

For each exercise that trains: its cases, the time of their bare training loops (no TensorBoard, one
thread), and what judging the solution takes beyond that, a case. The oracle has trained the cases
before, and the warm parent is up: both are shared by all submissions. Loops and judge run in turns.
"""

import statistics
import sys
import time
from pathlib import Path

import torch

from crystalball.cases import Training
from crystalball.courtroom import Courtroom
from crystalball.curriculum import curriculum
from crystalball.worker.stage import Stage

ROOT = Path(__file__).parents[3]


def train_bare(case: Training) -> None:
    """Trains a case with the loops that its contract asks for, and logs nothing."""
    stage = Stage(case.undisturbed())
    trainings = [(stage.model, stage.optimizer)]
    if case.lrs:
        models = [(stage.make_model(), lr) for lr in case.lrs]
        trainings = [(m, stage.make_optimizer(m.parameters(), lr)) for m, lr in models]
    for model, optimizer in trainings:
        for _ in range(case.epochs):
            for inputs, targets in stage.loader:
                optimizer.zero_grad()
                loss = stage.loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                loss.item()
            if case.val_samples:
                model.eval()
                with torch.no_grad():
                    for inputs, targets in stage.val_loader:
                        stage.loss_fn(model(inputs), targets).item()
                model.train()


def main() -> None:
    """Measures in turns, and prints a line for each exercise."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    torch.set_num_threads(1)
    courtroom = Courtroom(ROOT, ROOT / "solutions")
    print(f"{'':22}{'cases':>6}{'bare ms':>9}{'judged ms':>11}{'added ms a case':>17}{'spread':>14}")
    for exercise in curriculum().exercises:
        if not exercise.trains:
            continue
        spec = courtroom.spec(exercise)
        cases = [case for case in courtroom.cases(spec, 0) if isinstance(case, Training)]
        courtroom.judge(exercise, spec)
        bare, judged = [], []
        for _ in range(turns):
            began = time.perf_counter()
            for case in cases:
                train_bare(case)
            bare.append(1000 * (time.perf_counter() - began))
            began = time.perf_counter()
            assert courtroom.judge(exercise, spec).passed
            judged.append(1000 * (time.perf_counter() - began))
        added = sorted((j - b) / len(cases) for b, j in zip(bare, judged, strict=True))
        print(
            f"{exercise.id:22}{len(cases):6}{statistics.median(bare):9.0f}"
            f"{statistics.median(judged):11.0f}{statistics.median(added):17.1f}"
            f"{added[0]:8.1f}-{added[-1]:<5.1f}"
        )
    courtroom.close()


if __name__ == "__main__":
    main()
