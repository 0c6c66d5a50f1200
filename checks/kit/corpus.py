"""Run directories for the tests of the doctor: each with one planted fault, or healthy.

`PLANTED` gives the code that must be found, and no other; in `HEALTHY` nothing may be found. Each maker
is called with the folder that the doctor will be given.
"""

import math
import os
import random
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import tensorboardX
import torch
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from torch.utils.tensorboard import SummaryWriter

from crystalball.cases.broken_runs import ODDITIES, make
from crystalball.cases.event_files import Draft, Scalar, healthy_scalars, write
from crystalball.reading.records import record

Make = Callable[[Path], object]

POSIX = os.name == "posix"
"""Windows knows no pipes in a folder, and asks for a right of its own to make a link."""
Values = Sequence[float]


# Values as trainings give them.


def falling(
    count: int, *, start: float = 2.3, end: float = 0.2, noise: float = 0.03, seed: int = 0
) -> Values:
    """A loss that falls exponentially, with multiplicative noise."""
    dice = np.random.default_rng(seed)
    time = np.arange(count) / max(1, count - 1)
    return list(((start - end) * np.exp(-4 * time) + end) * np.exp(noise * dice.standard_normal(count)))


def rising(count: int, *, noise: float = 0.01, seed: int = 0) -> Values:
    """An accuracy."""
    return [min(1.0, max(0.0, 1 - loss / 2.6)) for loss in falling(count, noise=noise, seed=seed)]


def numbered(values: Values, first: int = 1, stride: int = 1) -> list[tuple[int, float]]:
    """Values with their steps."""
    return [(first + stride * index, value) for index, value in enumerate(values)]


def log(path: Path, curves: dict[str, Iterable[tuple[int, float]]], **options: object) -> Path:
    """Writes a run with torch's writer, step by step, as a training does."""
    points = [(step, tag, value) for tag, curve in curves.items() for step, value in curve]
    with SummaryWriter(path, **options) as writer:
        for step, tag, value in sorted(points, key=lambda point: point[0]):
            writer.add_scalar(tag, value, step)
    return path


def ordinary(count: int = 12, seed: int = 0) -> dict[str, list[tuple[int, float]]]:
    """The curves of an ordinary training."""
    return {
        "Loss/Train": numbered(falling(count, seed=seed)),
        "Loss/Validation": numbered(falling(count, end=0.3, seed=seed + 1)),
        "Accuracy/Train": numbered(rising(count, seed=seed)),
        "Accuracy/Validation": numbered(rising(count, seed=seed + 1)),
        "LearningRate": numbered([0.05] * count),
    }


def changed(**curves: Iterable[tuple[int, float]]) -> dict[str, Iterable[tuple[int, float]]]:
    """The ordinary curves with others beside them, or in their place; `__` stands for the slash."""
    return ordinary() | {tag.replace("__", "/"): curve for tag, curve in curves.items()}


# Planted faults that the maker of broken runs does not have.


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


def started_again(path: Path, **options: int) -> None:
    log(path, ordinary(8))
    time.sleep(0.01)
    with SummaryWriter(path, filename_suffix=".again", **options) as writer:
        for tag, curve in ordinary(14).items():
            for step, value in curve:
                if step > 5:
                    writer.add_scalar(tag, value, step)


def hparams(path: Path, metrics: dict[str, float], writers: object = SummaryWriter, **options: str) -> None:
    with writers(str(path)) as writer:
        for step, loss in numbered(falling(10)):
            writer.add_scalar("Loss/Train", loss, step)
        writer.add_hparams({"lr": 0.1, "model": "conv"}, metrics, **options)


def scalars_together(writers: object, path: Path) -> None:
    with writers(str(path)) as writer:
        for step, loss in numbered(falling(6)):
            writer.add_scalars("Loss", {"train": loss, "validation": loss * 1.1}, step)


def percent_in_a_neighbour(path: Path) -> None:
    log(path / "a", ordinary())
    log(path / "b", {"Accuracy/Train": [(s, 100 * v) for s, v in numbered(rising(12))]})


def keras_like(path: Path, **curves: Values) -> None:
    """The layout of Keras: `train/` and `validation/`, tensors for scalars, steps from 0."""
    default: dict[str, Values] = {
        "train__epoch_loss": falling(10),
        "train__epoch_accuracy": rising(10),
        "train__epoch_learning_rate": [0.001] * 10,
        "validation__epoch_loss": falling(10, end=0.3, seed=1),
        "validation__epoch_accuracy": rising(10, seed=1),
    }
    runs: dict[str, list[tuple[float, int, str, float]]] = {}
    for place, values in (default | curves).items():
        side, tag = place.split("__")
        runs.setdefault(side, []).extend((1.7e9 + s, s, tag, v) for s, v in numbered(values, first=0))
    for side, points in runs.items():
        data = record(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for when, step, tag, value in sorted(points):
            data += record(tensor_scalar(when, step, tag, value).SerializeToString())
        name = "events.out.tfevents.1700000000.host.1.0.v2"
        write(path / side, {name: data})


def tensor_scalar(when: float, step: int, tag: str, value: float) -> Event:
    """A scalar as TensorFlow 2 writes it."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    content = struct.pack("<f", value)
    tensor = TensorProto(dtype=DT_FLOAT, tensor_shape=TensorShapeProto(), tensor_content=content)
    summary = Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=metadata)])
    return Event(wall_time=when, step=step, summary=summary)


def diverging(count: int) -> Values:
    return [2.3 * (0.95**i if i < count // 2 else 1.5 ** (i - count // 2)) for i in range(count)]


def spiked(count: int, place: int) -> Values:
    values = list(falling(count))
    values[place] *= 40
    return values


def overfitted(count: int, seed: int = 0) -> Values:
    down = falling(count, end=0.5, seed=seed)
    return [v + max(0, i - count // 2) * 1.5 / count for i, v in enumerate(down)]


def flat(count: int, seed: int = 0) -> Values:
    return falling(count, start=2.08, end=2.08, noise=0.02, seed=seed)


def broken(faults: str, seed: int, path: Path) -> None:
    write(path, make(seed, 8, faults.split("+")))


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
    "no_data-empty": ("CB107", partial(broken, "no_data", 4)),
    "no_data-header": ("CB107", partial(broken, "no_data", 1)),
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
    "percent-words": (
        "CB304",
        lambda p: log(p, {"train_acc": numbered(rising(9)), "val_acc": [(1, 71.0)]}),
    ),
    "percent-neighbour": ("CB304", percent_in_a_neighbour),
    "percent-keras": (
        "CB304",
        lambda p: keras_like(p, validation__epoch_accuracy=[100 * v for v in rising(10)]),
    ),
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
    "space-at-slash": ("CB502", lambda p: log(p, {"Loss / Train": numbered(falling(6))})),
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


# Healthy runs.


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
    dice = np.random.default_rng(seed)
    base = np.array(falling(600, noise=0, end=0.4))
    noise = {
        "normal": lambda: np.exp(0.5 * dice.standard_normal(600)),
        "heavy": lambda: 1 + 0.3 * np.abs(dice.standard_t(2.5, 600)),
        "small-batches": lambda: dice.gamma(2, 0.5, 600) + 0.01,
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
    **{f"odd-{o}": partial(oddity, o, n) for n, o in enumerate(ODDITIES)},
    "odd-all": partial(oddity, "+".join(ODDITIES), 3),
    "nested": lambda p: [
        log(p, ordinary()),
        log(p / "fold_1", ordinary(seed=3)),
        log(p / "fold_2", ordinary(seed=5)),
    ],
    "unicode": lambda p: log(p / "Lauf ä 1", {"Verlust/Übung": numbered(falling(9))}),
}
