"""Healthy runs, in which the doctor may find nothing."""

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import tensorboardX
import torch
from tensorboard.compat.proto.event_pb2 import Event
from torch.utils.tensorboard import SummaryWriter

from corpus.makers import (
    Make,
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
from crystalball.cases.broken_runs import ODDITIES, make
from crystalball.cases.event_files import write
from crystalball.reading.records import record

ODD = [name for name in ODDITIES if name not in ("infinite", "spoiled_hparams")]
"""The oddities that are none to the doctor either: it tells infinite values, and looks at all files."""


def with_x(path: Path) -> None:
    with tensorboardX.SummaryWriter(str(path)) as writer:
        for step, loss in numbered(falling(20)):
            writer.add_scalar("Loss/Train", loss, step)
            writer.add_histogram("Weights/w", np.random.default_rng(step).standard_normal(50), step)


def media(path: Path) -> None:
    with SummaryWriter(path) as writer:
        for step in range(1, 4):
            writer.add_image("Sprites/Generated", torch.rand(3, 16, 16), step)
            writer.add_histogram("Weights/w", torch.randn(50), step)
        writer.add_text("Config", "{}", 0)
        writer.add_graph(torch.nn.Linear(2, 2), torch.zeros(1, 2))


def one_kind(add: Callable[[SummaryWriter], object], path: Path) -> None:
    with SummaryWriter(path) as writer:
        add(writer)


def new_style(path: Path) -> None:
    with SummaryWriter(path) as writer:
        for step, loss in numbered(falling(10)):
            writer.add_scalar("Loss/Train", loss, step, new_style=True, double_precision=step % 2 == 0)


def lightning_like(path: Path, version: int = 0) -> None:
    """`lightning_logs/version_N`: one file; `epoch` is logged beside each metric, steps count batches."""
    with SummaryWriter(path / "lightning_logs" / f"version_{version}") as writer:
        writer.add_scalar("hp_metric", -1, 0)
        for epoch, (train, val) in enumerate(zip(falling(12), falling(12, end=0.3, seed=1), strict=True)):
            for batch in (0, 1):
                writer.add_scalar(
                    "train_loss_step", train * (1 + 0.05 * batch), 50 * (2 * epoch + batch) + 49
                )
                writer.add_scalar("epoch", epoch, 50 * (2 * epoch + batch) + 49)
            end = 100 * epoch + 99
            for tag, value in (("val_loss", val), ("val_acc", 1 - val / 3), ("train_loss_epoch", train)):
                writer.add_scalar(tag, value, end)
                writer.add_scalar("epoch", epoch, end)
            writer.add_scalar("lr-Adam", 0.001, end)
    (path / "lightning_logs" / f"version_{version}" / "hparams.yaml").write_text("lr: 0.001\n")


def trainer_like(path: Path) -> None:
    """A run as the trainers of large models leave it: `train/`, `eval/`, and totals at the last step."""
    log(
        path,
        {
            "train/loss": numbered(falling(40), 10, 10),
            "train/grad_norm": numbered(falling(40, noise=0.4, seed=2), 10, 10),
            "train/learning_rate": numbered(np.linspace(5e-5, 0, 40), 10, 10),
            "train/epoch": numbered(np.linspace(0.1, 4, 40), 10, 10),
            "eval/loss": numbered(falling(4, seed=1), 100, 100),
            "eval/runtime": numbered([3.1, 3.0, 3.2, 3.1], 100, 100),
            "train/train_runtime": [(400, 120.0)],
            "train/total_flos": [(400, 3e15)],
        },
    )


def resumed_twice(path: Path) -> None:
    values = falling(16)
    for number, (first, last) in enumerate(((1, 8), (6, 12), (11, 16))):
        purge = {"purge_step": first} if number else {}
        with SummaryWriter(path, filename_suffix=f".{number}", **purge) as writer:
            for step in range(first, last + 1):
                writer.add_scalar("Loss/Train", values[step - 1], step)
        time.sleep(0.01)


def nan_purged(path: Path) -> None:
    log(path, {"Loss/Train": numbered([2.0, 1.5, 1.2, math.nan, math.nan])})
    time.sleep(0.01)
    with SummaryWriter(path, filename_suffix=".1", purge_step=3) as writer:
        for step, loss in numbered([1.2, 1.0, 0.8, 0.6], first=3):
            writer.add_scalar("Loss/Train", loss, step)


def begun_anew(path: Path) -> None:
    log(path, {"Loss/Train": numbered(diverging(12)), "Loss/Validation": numbered(diverging(12))})
    time.sleep(0.01)
    with SummaryWriter(path, filename_suffix=".1", purge_step=1) as writer:
        for step, loss in numbered(falling(12)):
            writer.add_scalar("Loss/Train", loss, step)


def went_on(path: Path) -> None:
    log(path, {"Loss/Train": numbered(falling(10)[:5])})
    time.sleep(0.01)
    log(path, {"Loss/Train": numbered(falling(10)[5:], first=6)}, filename_suffix=".1")


def evaluated_at_last(path: Path) -> None:
    log(path, {"val_loss": numbered(falling(10)), "train_loss": numbered(falling(10))})
    time.sleep(0.01)
    log(path, {"val_loss": [(10, 0.21)], "test_acc": [(10, 0.8)]}, filename_suffix=".1")


def sweep(path: Path) -> None:
    for number, count in enumerate((12, 7, 12)):  # the second one stopped early
        log(path / f"lr{number}", ordinary(count, seed=number))


def gan(path: Path) -> None:
    count = 60
    log(
        path,
        {
            "Loss/G": numbered(np.linspace(0.3, 4, count)),
            "Loss/D": numbered(flat(count)),
            "critic_loss": numbered(np.linspace(0.1, 3, count)),
            "policy/loss": numbered(flat(count, seed=4)),
        },
    )


def noisy(kind: str, seed: int, path: Path) -> None:
    rng = np.random.default_rng(seed)
    base = np.array(falling(600, noise=0, end=0.4))
    noise = {
        "normal": lambda: np.exp(0.5 * rng.standard_normal(600)),
        "heavy": lambda: 1 + 0.3 * np.abs(rng.standard_t(2.5, 600)),
        "small-batches": lambda: rng.gamma(2, 0.5, 600) + 0.01,
    }[kind]()
    log(path, {"Loss/Batch": numbered(base * noise)})


def plateau(path: Path) -> None:
    log(path, {"Loss/Train": numbered([*falling(30), *falling(60, start=0.2, end=0.2, noise=0.01)])})


def slight_overfit(path: Path) -> None:
    val = [v + max(0, i - 15) * 0.002 for i, v in enumerate(falling(30, end=0.4, noise=0.02))]
    log(path, {"Loss/Train": numbered(falling(30)), "Loss/Validation": numbered(val)})


def still_writing(path: Path) -> None:
    curves = ordinary(10)
    curves["Loss/Validation"].pop()
    log(path, curves)


def rare_curves(path: Path) -> None:
    log(
        path,
        changed(
            Loss__Batch=numbered(falling(120)),
            Best__Accuracy=numbered([0.3, 0.4, 0.5]),
            Accuracy__Test=numbered([0.5, 0.6, 0.7], 4, 4),
            Stopped__Epoch=[(12, 12.0)],
            Started=[(0, 1.0)],
        ),
    )


def constants(path: Path) -> None:
    still = ["LearningRate", "batch_size", "weight_decay", "Speed/epochs", "GPU/memory", "temperature"]
    log(path, ordinary() | {tag: numbered([0.5] * 12) for tag in still})


def solved(path: Path) -> None:
    log(path, {"Accuracy/Train": numbered([1.0] * 8), "Loss/Train": numbered(falling(8, end=1e-4))})


def oddity(names: str, seed: int, path: Path) -> None:
    write(path, make(seed, 9, (), names.split("+")))


def profile(path: Path) -> None:
    log(path, ordinary())
    (path / "events.out.tfevents.1700000000.profile-empty").write_bytes(
        record(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
    )


HEALTHY: dict[str, Make] = {
    "ordinary": lambda p: log(p, ordinary()),
    "long": lambda p: log(p, ordinary(300)),
    "one-point": lambda p: log(p, {"Loss/Train": [(1, 0.5)]}),
    "two-points": lambda p: log(p, {"Loss/Train": [(1, 0.5), (2, 0.5)]}),
    "from-zero": lambda p: log(p, {"Loss/Train": numbered(falling(10), first=0)}),
    "every-hundred": lambda p: log(p, {"Loss/Batch": numbered(falling(80), 100, 100)}),
    "a-thousand": lambda p: log(p, {"Loss/Batch": numbered(falling(1000))}),
    "tensorboardX": with_x,
    "new-style": new_style,
    "media": media,
    "images-only": partial(one_kind, lambda w: w.add_image("Sprites/Generated", torch.rand(3, 8, 8), 1)),
    "histograms-only": partial(one_kind, lambda w: w.add_histogram("Weights/w", torch.randn(9), 1)),
    "text-only": partial(one_kind, lambda w: w.add_text("Config", "{}", 0)),
    "graph-only": partial(one_kind, lambda w: w.add_graph(torch.nn.Linear(2, 2), torch.zeros(1, 2))),
    "layout": partial(
        one_kind,
        lambda w: w.add_custom_scalars(
            {"Loss": {"both": ["Multiline", ["Loss/Train", "Loss/Validation"]]}}
        ),
    ),
    "large-image": partial(one_kind, lambda w: w.add_image("Big", torch.rand(3, 900, 900), 1)),
    "lightning": lightning_like,
    "lightning-versions": lambda p: [lightning_like(p, n) for n in range(3)],
    "keras": keras_like,
    "trainer": trainer_like,
    "resumed": partial(started_again, purge_step=6),
    "resumed-twice": resumed_twice,
    "resumed-after-nan": nan_purged,
    "begun-anew": begun_anew,
    "went-on": went_on,
    "hparams": lambda p: hparams(p, {"Final/Loss": 0.2, "Final/Accuracy": 0.9}, run_name="."),
    "hparams-only": partial(
        one_kind, lambda w: w.add_hparams({"lr": 0.1}, {"Final/Loss": 0.2}, run_name=".")
    ),
    "evaluated-at-last": evaluated_at_last,
    "sweep": sweep,
    "gan": gan,
    **{
        f"noisy-{k}-{n}": partial(noisy, k, n)
        for k in ("normal", "heavy", "small-batches")
        for n in range(3)
    },
    "plateau": plateau,
    "slight-overfit": slight_overfit,
    "still-writing": still_writing,
    "rare-curves": rare_curves,
    "constants": constants,
    "solved": solved,
    "negative-loss": lambda p: log(p, {"Loss/Train": numbered(np.linspace(1, -40, 30))}),
    "percent-everywhere": lambda p: log(p, {"Accuracy/Train": numbered([100 * v for v in rising(9)])}),
    "profile": profile,
    "second-file": partial(broken, "second_file", 1),
    **{f"odd-{o}": partial(oddity, o, n) for n, o in enumerate(ODD)},
    "odd-all": partial(oddity, "+".join(ODD), 3),
    "nested": lambda p: [
        log(p, ordinary()),
        log(p / "fold_1", ordinary(seed=3)),
        log(p / "fold_2", ordinary(seed=5)),
    ],
    "unicode": lambda p: log(p / "Lauf ä 1", {"Verlust/Übung": numbered(falling(9))}),
}
