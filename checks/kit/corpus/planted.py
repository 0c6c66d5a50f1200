"""Runs with one planted fault: the doctor must find the code that stands beside it, and no other."""

import math
import os
import random
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import tensorboardX
from torch.utils.tensorboard import SummaryWriter

from corpus.makers import (
    POSIX,
    Make,
    Values,
    broken,
    changed,
    diverging,
    falling,
    flat,
    hparams,
    keras_like,
    log,
    numbered,
    ordinary,
    rising,
    started_again,
)
from crystalball.cases.event_files import Draft, Scalar, healthy_scalars, write
from crystalball.reading.records import record


def garbage(data: bytes, path: Path) -> None:
    path.mkdir()
    (path / "events.out.tfevents.1700000000.host.1.0").write_bytes(data)


def a_link(path: Path) -> None:
    target = log(path.parent / "elsewhere", ordinary())
    path.mkdir()
    file = next(target.iterdir())
    (path / file.name).symlink_to(file)


def a_pipe(path: Path) -> None:
    path.mkdir()
    os.mkfifo(path / "events.out.tfevents.1700000000.host.1.0")


def spliced(path: Path) -> None:
    log(path, ordinary())
    file = next(path.iterdir())
    file.write_bytes(file.read_bytes() + b"a line of a log that went to the wrong file\n")


def write_points(path: Path, *files: Iterable[Scalar]) -> None:
    for number, points in enumerate(files):
        draft = Draft(list(points))
        name = f"events.out.tfevents.{int(draft.began)}.host.1.{number}"
        write(path, {name: b"".join(draft.records())})


def clock_back(seconds: float, path: Path) -> None:
    points = healthy_scalars(random.Random(0), 1.7e9, 12)
    late = points[30:]
    write_points(path, points[:30] + [Scalar(p.tag, p.step, p.value, p.time - seconds) for p in late])


def hparams_alone(path: Path) -> None:
    with SummaryWriter(path) as writer:
        writer.add_hparams({"lr": 0.1}, {"Final/Loss": 0.3})


def summed(count: int) -> Values:
    """A loss that is added up over all epochs."""
    return [float(total) for total in np.cumsum(falling(count))]


def without_steps(path: Path) -> None:
    with SummaryWriter(path) as writer:
        for loss in falling(8):
            writer.add_scalar("Loss/Train", loss)


def steps_anew_each_epoch(path: Path) -> None:
    with SummaryWriter(path) as writer:
        for step, loss in enumerate(falling(30)):
            writer.add_scalar("Loss/Batch", loss, step % 10)


def writer_per_epoch(path: Path) -> None:
    for step, loss in numbered(falling(5)):
        with SummaryWriter(path, filename_suffix=f".{step}") as writer:
            writer.add_scalar("Loss/Train", loss, step)
            writer.add_scalar("LearningRate", 0.1, step)


def two_ranks(path: Path) -> None:
    writers = [SummaryWriter(path, filename_suffix=f".{rank}") for rank in range(2)]
    for step, loss in numbered(falling(6)):
        for rank, writer in enumerate(writers):
            writer.add_scalar("Loss/Train", loss + rank / 10, step)
            writer.flush()
    for writer in writers:
        writer.close()


def scalars_together(writers: object, path: Path) -> None:
    with writers(str(path)) as writer:
        for step, loss in numbered(falling(6)):
            writer.add_scalars("Loss", {"train": loss, "validation": loss * 1.1}, step)


def percent_in_a_neighbour(path: Path) -> None:
    log(path / "a", ordinary())
    log(path / "b", {"Accuracy/Train": [(s, 100 * v) for s, v in numbered(rising(12))]})


def spiked(count: int, place: int) -> Values:
    values = list(falling(count))
    values[place] *= 40
    return values


def overfitted(count: int, seed: int = 0) -> Values:
    down = falling(count, end=0.5, seed=seed)
    return [v + max(0, i - count // 2) * 1.5 / count for i, v in enumerate(down)]


BROKEN = {
    "duplicate_steps": "CB201",
    "out_of_order": "CB202",
    "unpurged_restart": "CB203",
    "mixed_runs": "CB204",
    "nan": "CB301",
    "stops_early": "CB507",
    "truncated": "CB101",
    "bad_checksum": "CB102",
}
"""The faults of `broken_runs` that are one fault to the doctor too."""

PLANTED: dict[str, tuple[str, Make]] = {
    **{f"{f}-{n}": (code, partial(broken, f, n)) for f, code in BROKEN.items() for n in range(4)},
    # The seeds at which this comes out as an empty file, and as one with a header.
    "no_data-empty": ("CB107", partial(broken, "no_data", 7)),
    "no_data-header": ("CB107", partial(broken, "no_data", 6)),
    "no_data-above-others": (
        "CB107",
        lambda p: [SummaryWriter(p).close(), *(log(p / f"fold{n}", ordinary(seed=n)) for n in range(2))],
    ),
    "garbage-text": ("CB103", partial(garbage, b"epoch 1: loss 0.3\nepoch 2: loss 0.2\n")),
    "garbage-random": ("CB103", partial(garbage, random.Random(0).randbytes(5000))),
    "garbage-no-protobuf": ("CB103", partial(garbage, record(b"\xff\xff\xff\xff no event"))),
    "garbage-short": ("CB101", partial(garbage, b"short")),
    "garbage-behind": ("CB102", spliced),
    **({"a-link": ("CB104", a_link), "a-pipe": ("CB103", a_pipe)} if POSIX else {}),
    "clock-hour": ("CB106", partial(clock_back, 3600)),
    "clock-seconds": ("CB106", partial(clock_back, 15)),
    "no-steps": ("CB201", without_steps),
    "steps-anew": ("CB202", steps_anew_each_epoch),
    "started-again": ("CB203", started_again),
    "purged-too-late": ("CB203", partial(started_again, purge_step=8)),
    "two-ranks": ("CB204", two_ranks),
    "writer-per-epoch": ("CB205", writer_per_epoch),
    "metric-in-curve": ("CB206", lambda p: hparams(p, {"Loss/Train": 0.2}, run_name=".")),
    "inf": ("CB302", lambda p: log(p, changed(Loss__Train=numbered([*rising(8), math.inf, 3, 3, 3])))),
    "inf-then-nan": (
        "CB301",
        lambda p: log(p, changed(Loss__Test=numbered([*rising(10), math.nan, math.inf]))),
    ),
    "minus-inf": ("CB302", lambda p: log(p, changed(Gradient__Log=numbered([*rising(10), -math.inf, 2])))),
    "constant-loss": ("CB303", lambda p: log(p, changed(Loss__Train=numbered([2.3] * 12)))),
    "constant-accuracy": ("CB303", lambda p: log(p, changed(Accuracy__Validation=numbered([0.0] * 12)))),
    "constant-norm": ("CB303", lambda p: log(p, changed(Gradient__Norm=numbered([0.0] * 12)))),
    "percent": (
        "CB304",
        lambda p: log(p, changed(Accuracy__Train=numbered([100 * v for v in rising(12)]))),
    ),
    "count-beside-share": (
        "CB304",
        lambda p: log(p, changed(Accuracy__Train=numbered([round(50 * v) for v in rising(12)]))),
    ),
    "percent-words": (
        "CB304",
        lambda p: log(p, {"train_acc": numbered(rising(9)), "val_acc": [(1, 71.0)]}),
    ),
    "percent-neighbour": ("CB304", percent_in_a_neighbour),
    "percent-keras": (
        "CB304",
        lambda p: keras_like(p, validation__epoch_accuracy=[100 * v for v in rising(10)]),
    ),
    "counts": ("CB305", lambda p: log(p, {"Accuracy/Train": numbered([500 * v for v in rising(12)])})),
    "hparams-alone": ("CB504", hparams_alone),
    "never-reset": ("CB405", lambda p: log(p, {"Loss/Train": numbered(summed(20))})),
    "diverges": ("CB401", lambda p: log(p, {"Loss/Train": numbered(diverging(30))})),
    "diverges-from-start": (
        "CB401",
        lambda p: log(p, {"train/loss": numbered([2.3 * 1.4**n for n in range(20)])}),
    ),
    "diverges-after-learning": (
        "CB401",
        lambda p: log(p, {"loss": numbered([*falling(60, end=0.05), *np.linspace(2, 8, 15)])}),
    ),
    "ends-above": (
        "CB401",
        lambda p: log(p, {"Loss/Train": numbered([*falling(30, end=1.0), *np.linspace(1.0, 3.1, 20)])}),
    ),
    "spike": ("CB402", lambda p: log(p, {"Loss/Train": numbered(spiked(40, 25))})),
    "spike-among-many": ("CB402", lambda p: log(p, {"Loss/Batch": numbered(spiked(900, 500))})),
    "overfits": (
        "CB403",
        lambda p: log(
            p, {"Loss/Train": numbered(falling(30)), "Loss/Validation": numbered(overfitted(30))}
        ),
    ),
    "overfits-lightning": (
        "CB403",
        lambda p: log(
            p,
            {
                "train_loss_epoch": numbered(falling(20), 49, 50),
                "val_loss": numbered(overfitted(20), 49, 50),
            },
        ),
    ),
    "overfits-few-evaluations": (
        "CB403",
        lambda p: log(
            p,
            {
                "train/loss": numbered(falling(50), 10, 10),
                "eval/loss": numbered([1.2, 0.9, 0.95, 1.02, 1.15], 100, 100),
            },
        ),
    ),
    "overfits-keras": (
        "CB403",
        lambda p: keras_like(p, train__epoch_loss=falling(10), validation__epoch_loss=overfitted(10)),
    ),
    "learns-nothing": ("CB404", lambda p: log(p, {"Loss/Train": numbered(flat(40))})),
    "learns-nothing-batches": ("CB404", lambda p: log(p, {"Loss/Batch": numbered(flat(800, seed=3))})),
    "case": ("CB501", lambda p: log(p, changed(loss__Train=[(1, 2.0)]))),
    "case-of-neighbours": (
        "CB501",
        lambda p: [log(p / "a", {"Loss": [(1, 2.0)]}), log(p / "b", {"loss": [(1, 2.0)]})],
    ),
    "backslash": ("CB502", lambda p: log(p, {"Loss\\Train": numbered(falling(6))})),
    "leading-slash": ("CB502", lambda p: log(p, {"/Loss/Train": numbered(falling(6))})),
    "space-at-slash": ("CB502", lambda p: log(p, ordinary() | {"Loss /Test": numbered(falling(12))})),
    "underscore": ("CB502", lambda p: log(p, changed(Loss_Test=numbered(falling(12))))),
    "epoch-in-tag": ("CB503", lambda p: log(p, {f"Loss/epoch_{n}": [(n, 1 / n)] for n in range(1, 9)})),
    "step-in-tag": ("CB503", lambda p: log(p, {f"acc@{n}": [(n, 0.5)] for n in range(100, 700, 100)})),
    "hparams-run": ("CB504", lambda p: hparams(p, {"Final/Loss": 0.2})),
    "hparams-run-named": ("CB504", lambda p: hparams(p, {"Final/Loss": 0.2}, run_name="hparams")),
    "hparams-run-x": ("CB504", lambda p: hparams(p, {"Final/Loss": 0.2}, tensorboardX.SummaryWriter)),
    "scalars-together": ("CB505", partial(scalars_together, SummaryWriter)),
    "scalars-together-x": ("CB505", partial(scalars_together, tensorboardX.SummaryWriter)),
    "too-many-points": ("CB506", lambda p: log(p, {"Loss/Batch": numbered(falling(1500))})),
    "stops-keras": ("CB507", lambda p: keras_like(p, validation__epoch_loss=falling(6))),
}
