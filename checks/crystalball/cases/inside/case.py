"""A case: what is asked of the learner's function, as plain data that any process can rebuild."""

from __future__ import annotations

import builtins
import json
from base64 import b64decode, b64encode
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any, ClassVar, TypeVar

RUNS_DIR = "given"
"""Name of the `runs_dir` in a case's own folder: not `runs`, which a learner's code may make of itself."""

SCHEDULES = ("step", "cosine", "exponential", "onecycle")
"""Learning-rate schedules, by the names that `pixels.schedule` knows."""

BREAK_PLACES = ("loader", "model", "save")
"""Where a call may be interrupted."""

CaseType = TypeVar("CaseType", bound="Case")


@dataclass(frozen=True)
class Case:
    """One question to the learner's function. Subclasses say of what kind."""

    kind: ClassVar[str]
    leaves_runs: ClassVar[bool] = True
    """Whether the learner's function is to leave runs; if not, what lies in its folder is the kit's."""

    def asked(self) -> Case:
        """What the worker is told: the case without what the learner's code is to find out."""
        return self

    @property
    def size(self) -> tuple[int, ...]:
        """How much there is to read for somebody who looks at the case; smaller is simpler."""
        raise NotImplementedError

    def call(self, index: int) -> str:
        """What one of several calls is called, at the start of a sentence that says how it ended."""
        return f"Call {index + 1}"

    def to_json(self) -> str:
        """The case in one line of JSON, without the fields that have their default value."""
        default = {f.name: f.default for f in fields(self) if f.default is not MISSING}
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        said = {k: v for k, v in values.items() if k not in default or default[k] != v}
        return json.dumps(said, separators=(",", ":"))

    @classmethod
    def from_json(cls: type[CaseType], text: str) -> CaseType:
        """The case that `to_json` wrote.

        Raises:
            ValueError: the text is no JSON object, or its fields are not those of this kind.
        """
        try:
            return cls(**{name: _frozen(value) for name, value in json.loads(text).items()})
        except (TypeError, AttributeError, LookupError) as error:
            known = ", ".join(f.name for f in fields(cls))
            raise ValueError(f"a {cls.kind} case has the fields {known}: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@dataclass(frozen=True)
class Losses(Case):
    """Some losses to log.

    Attributes:
        losses: finite floats, at least one.
        folder: where the run shall lie, relative to the case's own folder.
    """

    kind: ClassVar[str] = "losses"
    losses: tuple[float, ...]
    folder: str = "run"

    @property
    def size(self) -> tuple[int, ...]:
        """The number of losses."""
        return (len(self.losses),)

    def __str__(self) -> str:
        return f"{len(self.losses)} loss{'es' * (len(self.losses) > 1)}"


@dataclass(frozen=True)
class NewRuns(Case):
    """Some run directories to make, one after the other.

    Attributes:
        calls: a learning rate and a naive local time (ISO 8601, whole seconds) for each call.
    """

    kind: ClassVar[str] = "new-runs"
    calls: tuple[tuple[float, str], ...]

    def __post_init__(self) -> None:
        for _, now in self.calls:
            datetime.fromisoformat(now)

    @property
    def size(self) -> tuple[int, ...]:
        """The number of calls."""
        return (len(self.calls),)

    def __str__(self) -> str:
        return f"{len(self.calls)} call{'s' * (len(self.calls) > 1)}"


@dataclass(frozen=True)
class Training(Case):
    """One training run on sprites.

    Attributes:
        epochs: passes over the samples, at least 1.
        samples: sprites in the data set.
        batch_size: sprites a batch; the last batch is smaller when a remainder is left.
        lr: learning rate of the optimizer.
        seed: of the sprites and of the model's first weights.
        fails_at: the loader raises instead of giving this batch of this epoch, both counted
            from 0; `None` when it never does.
        error: the name of the built-in exception that the loader raises.
        only_end: nothing is asked of this case but how the call ends, and that all is closed then.
        val_samples: sprites of the validation set; 0 where there is none.
        schedule: of the learning rate, one of `SCHEDULES`; empty where there is none.
        head_lr: learning rate of the model's last layer, which is a parameter group of its own
            then; 0 where there is one group for all.
        log_every: of exercise 11; 0 elsewhere.
        lrs: the learning rates of a sweep; empty elsewhere.
        live: others see only what was flushed, and look during the last step of each epoch.
        momentum: of the optimizer.
        max_norm: of exercise 12, to which gradients are clipped; 0 where none are.
        frozen: whether the first layer's parameters take no gradients.
        every: of exercise 13, where a generator is trained; 0 where a classifier is.
        config: the `config` of exercise 14, as JSON; empty elsewhere.
        hparams: the `hparams` of exercise 15, as JSON; empty elsewhere.
        breaks: of exercise 16, for each call that is interrupted: epoch and batch, from 0 at this
            call's start, and where: in the `loader`, in the `model`, or in `save`, after it wrote.
        ranks: of exercise 17, the samples and the batch size of each rank; both have equally many
            batches. `samples` and `batch_size` are those of rank 0.
        patience: of exercise 19; 0 elsewhere.
        spoilt: the loader gives this batch of this epoch, both from 0, with NaN in its sprites.
        infinite: the spoilt batch has no NaN, but a number so large that the loss is infinite.
        tied: the validation sprites are so bright that their loss is the same after each epoch.
    """

    kind: ClassVar[str] = "training"
    epochs: int
    samples: int
    batch_size: int
    lr: float = 0.05
    seed: int = 0
    fails_at: tuple[int, int] | None = None
    error: str = "RuntimeError"
    only_end: bool = False
    val_samples: int = 0
    schedule: str = ""
    head_lr: float = 0.0
    log_every: int = 0
    live: bool = False
    lrs: tuple[float, ...] = ()
    momentum: float = 0.0
    max_norm: float = 0.0
    frozen: bool = False
    every: int = 0
    config: str = ""
    hparams: str = ""
    breaks: tuple[tuple[int, int, str], ...] = ()
    ranks: tuple[tuple[int, int], ...] = ()
    patience: int = 0
    spoilt: tuple[int, int] | None = None
    infinite: bool = False
    tied: bool = False

    def __post_init__(self) -> None:
        if min(self.epochs, self.samples, self.batch_size) < 1:
            raise ValueError("epochs, samples and batch_size are at least 1")
        error = getattr(builtins, self.error, None)
        if not (isinstance(error, type) and issubclass(error, BaseException)):
            raise ValueError(f"error is the name of a built-in exception, not {self.error!r}")
        if self.schedule not in ("", *SCHEDULES):
            raise ValueError(f"schedule is one of {', '.join(SCHEDULES)}, not {self.schedule!r}")
        if any(len(one) != 3 for one in self.breaks):
            raise ValueError("a break is [epoch, batch, where]")
        for (epoch, batch, where), sitting in zip(self.breaks, self.sittings, strict=False):
            if where not in BREAK_PLACES:
                raise ValueError(f"a break is in the {', the '.join(BREAK_PLACES)}; there is no {where!r}")
            if not (0 <= epoch < self.epochs - sitting.start and 0 <= batch < self.batches):
                raise ValueError(f"the break [{epoch}, {batch}, {where!r}] lies outside of the training")

    @property
    def size(self) -> tuple[int, ...]:
        """The number of optimizer steps, epochs and samples."""
        return (self.steps, self.epochs, self.samples)

    @property
    def batches(self) -> int:
        """Batches an epoch."""
        return ceil(self.samples / self.batch_size)

    @property
    def steps(self) -> int:
        """Optimizer steps of all that is trained, when nothing fails."""
        return self.epochs * self.batches * max(1, len(self.lrs))

    @property
    def completed(self) -> int:
        """Epochs that are completed before the loader fails."""
        return self.epochs if self.fails_at is None else self.fails_at[0]

    @property
    def sittings(self) -> tuple[range, ...]:
        """The epochs, from 0, that each call completes when it goes on where the last one stopped."""
        start, sittings = 0, []
        for epoch, _, where in self.breaks:
            sittings.append(range(start, start + epoch + (where == "save")))
            start = sittings[-1].stop
        return (*sittings, range(start, self.epochs))

    def fresh(self, sitting: int) -> int:
        """The number of earlier calls that completed an epoch, and so left a checkpoint."""
        return sum(len(epochs) > 0 for epochs in self.sittings[:sitting])

    def call(self, index: int) -> str:
        """Ranks are called at the same time; all else one after the other."""
        return f"On rank {index} the call" if self.ranks else super().call(index)

    def undisturbed(self) -> Training:
        """What the oracle trains for this case: nothing fails, and nobody logs."""
        return replace(self, fails_at=None, error=Training.error, only_end=False, log_every=0, live=False)

    def __str__(self) -> str:
        text = f"{self.epochs} epoch{'s' * (self.epochs > 1)}"
        text += f", {self.batches} batch{'es' * (self.batches > 1)}"
        if self.batches > 1 and self.samples % self.batch_size:
            text += f" (the last one smaller: {self.samples % self.batch_size} of {self.batch_size})"
        if self.fails_at is not None:
            epoch, batch = self.fails_at
            text += f"; the loader raises {self.error} at batch {batch + 1} of epoch {epoch + 1}"
        if self.schedule:
            text += f"; {self.schedule} schedule"
        if self.lrs:
            text += f"; learning rates {', '.join(map(repr, self.lrs))}"
        for name in ("log_every", "max_norm", "every", "config", "hparams", "patience"):
            if value := getattr(self, name):
                text += f"; {name}={value}"
        if self.frozen:
            text += "; the first layer is frozen"
        for number, (epoch, batch, where) in enumerate(self.breaks, start=1):
            place = (
                "right after it saved" if where == "save" else f"in the {where}, at batch {batch + 1} of"
            )
            text += f"; call {number} is interrupted {place} its epoch {epoch + 1}"
        for rank, (samples, size) in enumerate(self.ranks):
            text += f"; rank {rank} has {samples} sample{'s' * (samples > 1)} in batches of {size}"
        if self.spoilt:
            what = "infinite" if self.infinite else "NaN"
            text += f"; the loss of batch {self.spoilt[1] + 1} of epoch {self.spoilt[0] + 1} is {what}"
        if self.tied:
            text += "; the validation loss is the same after each epoch"
        return text


@dataclass(frozen=True)
class BrokenRun(Case):
    """A run to be looked at, and what is wrong with it: see `crystalball.cases.broken_runs`.

    Attributes:
        seed: of its values, and of where the faults are.
        epochs: of the run, at least 2.
        faults: what is wrong.
        oddities: what looks suspicious, and is right.
    """

    kind: ClassVar[str] = "broken-run"
    leaves_runs: ClassVar[bool] = False
    seed: int
    epochs: int
    faults: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from crystalball.cases.broken_runs import refusal

        if words := refusal(self.epochs, self.faults, self.oddities):
            raise ValueError(words)

    def files(self) -> dict[str, bytes]:
        """The files of the run, by their path below its directory."""
        from crystalball.cases.broken_runs import make

        return make(self.seed, self.epochs, self.faults, self.oddities)

    def asked(self) -> Case:
        """The files alone."""
        files = self.files().items()
        return GivenRun(tuple((name, b64encode(data).decode()) for name, data in files))

    @property
    def size(self) -> tuple[int, ...]:
        """The number of faults and oddities, and of epochs."""
        return (len(self.faults) + len(self.oddities), self.epochs)

    def __str__(self) -> str:
        text = f"{self.epochs} epoch{'s' * (self.epochs > 1)}; wrong: {', '.join(self.faults) or 'nothing'}"
        return text + (f"; odd, and right: {', '.join(self.oddities)}" if self.oddities else "")


@dataclass(frozen=True)
class GivenRun(Case):
    """The files of a run: all that a worker is told of a `BrokenRun`.

    Attributes:
        files: path below the run's directory, and content in base64.
    """

    kind: ClassVar[str] = "given-run"
    files: tuple[tuple[str, str], ...]

    def write(self, log_dir: Path) -> Path:
        """Writes the run into its directory, and returns that."""
        log_dir.mkdir(parents=True)
        for name, content in self.files:
            path = log_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b64decode(content))
        return log_dir


KINDS: dict[str, type[Case]] = {
    kind.kind: kind for kind in (Losses, NewRuns, Training, BrokenRun, GivenRun)
}
"""The kinds of case by the names that the manifest uses."""
