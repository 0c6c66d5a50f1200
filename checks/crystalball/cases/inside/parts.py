"""The parts of a training: what an exercise adds to the plain loop, as plain data.

To add a part, write its class here and name it in `AnyPart`; write in
`processes/inside/training_objects.py` what it gives to the learner's function, and in `cases/trainings.py`
how it is drawn.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from crystalball.cases.inside.part import Loop, Part, exception, one_of

SCHEDULES = ("step", "cosine", "exponential", "onecycle")
"""Learning-rate schedules, by the names that `pixels.schedule` knows."""

PLACES = ("loader", "model", "save")
"""Where a call may be interrupted."""


class Validation(Part, frozen=True):
    """A validation set.

    Attributes:
        samples: sprites in it.
        tied: they are so bright that their loss is the same after each epoch.
    """

    samples: int
    tied: bool = False

    def words(self, loop: Loop) -> str:
        """That it is tied."""
        return "the validation loss is the same after each epoch" if self.tied else ""


class Schedule(Part, frozen=True):
    """A learning-rate schedule.

    Attributes:
        name: one of `SCHEDULES`.
        head_lr: learning rate of the model's last layer, which is a parameter group of its own
            then; 0 where there is one group for all.
    """

    name: str
    head_lr: float = 0.0

    def __post_init__(self) -> None:
        one_of("schedule", SCHEDULES, self.name)

    def words(self, loop: Loop) -> str:
        """Its name."""
        return f"{self.name} schedule"


class Sweep(Part, frozen=True):
    """Several trainings that are to be compared.

    Attributes:
        lrs: the learning rate of each, in place of the case's own.
    """

    lrs: tuple[float, ...]

    def words(self, loop: Loop) -> str:
        """The rates."""
        return f"learning rates {', '.join(map(repr, self.lrs))}"


class LoaderFailure(Part, frozen=True):
    """The loader raises instead of giving a batch.

    Attributes:
        epoch: of the batch, from 0.
        batch: its number in the epoch, from 0.
        error: the name of the built-in exception that is raised.
        only_end: nothing is asked of this case but how the call ends, and that all is closed then.
        of_validation: it is the validation loader, in each walk over it: no epoch is ever completed.
    """

    steers: ClassVar[bool] = False
    epoch: int
    batch: int
    error: str = "RuntimeError"
    only_end: bool = False
    of_validation: bool = False

    def __post_init__(self) -> None:
        exception(self.error)

    def words(self, loop: Loop) -> str:
        """What is raised, and when."""
        if self.of_validation:
            return f"the validation loader raises {self.error} at its batch {self.batch + 1}"
        return f"the loader raises {self.error} at batch {self.batch + 1} of epoch {self.epoch + 1}"


class RelativeRunsDir(Part, frozen=True):
    """The `runs_dir` is a path from the current folder."""

    steers: ClassVar[bool] = False
    said: ClassVar[str] = "runs_dir is a relative path"


class NameTaken(Part, frozen=True):
    """The directory that the convention names is there already, in each second of the call."""

    steers: ClassVar[bool] = False
    said: ClassVar[str] = "in `runs_dir`, the agreed name is taken"


class DropLast(Part, frozen=True):
    """The loader gives full batches only: samples that make none are left out."""

    def check(self, loop: Loop) -> None:
        """There is a full batch."""
        if loop.samples < loop.batch_size:
            raise ValueError("a loader that drops the last batch needs a full one")

    def words(self, loop: Loop) -> str:
        """What it leaves out."""
        return f"drop_last: {loop.samples % loop.batch_size} of {loop.samples} samples are left out"


class Shuffled(Part, frozen=True):
    """The loader gives the samples in another order in each epoch."""

    said: ClassVar[str] = "the samples come in another order in each epoch"


class OtherLoss(Part, frozen=True):
    """The loss function is another one than the usual, so that whoever brings one along is seen."""

    said: ClassVar[str] = "`loss_fn` is not the usual one"


class SpoiltBatch(Part, frozen=True):
    """A batch whose loss is not finite.

    Attributes:
        epoch: of the batch, from 0.
        batch: its number in the epoch, from 0.
        infinite: its sprites hold a number so large that the loss is infinite; else they are NaN.
        of_validation: it is one of the validation after that epoch, not of its training.
    """

    epoch: int
    batch: int
    infinite: bool = False
    of_validation: bool = False

    def words(self, loop: Loop) -> str:
        """Which loss is what."""
        what, whose = "infinite" if self.infinite else "NaN", "validation " * self.of_validation
        return f"the {whose}loss of batch {self.batch + 1} of epoch {self.epoch + 1} is {what}"


class Break(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a call is interrupted.

    Attributes:
        epoch: counted from 0 at this call's start.
        batch: its number in the epoch, from 0.
        where: in the `loader`, in the `model`, or in `save`, after it wrote that epoch's checkpoint.
    """

    epoch: int
    batch: int
    where: str

    def __post_init__(self) -> None:
        one_of("where", PLACES, self.where)


class Interruptions(Part, frozen=True):
    """A training in several calls: each but the last is interrupted, and the next one goes on.

    Attributes:
        breaks: one for each call that is interrupted.
        error: the name of the built-in exception that interrupts.
    """

    breaks: tuple[Break, ...]
    error: str = "RuntimeError"

    def __post_init__(self) -> None:
        exception(self.error)

    def check(self, loop: Loop) -> None:
        """Each break lies within what is left of the training."""
        for one, epochs in zip(self.breaks, self.epochs_of_calls(loop.epochs), strict=False):
            if not (0 <= one.epoch < loop.epochs - epochs.start and 0 <= one.batch < loop.batches):
                raise ValueError(f"the break {msgspec.to_builtins(one)} lies outside of the training")

    def epochs_of_calls(self, epochs: int) -> tuple[range, ...]:
        """The epochs, from 0, that each call completes when it goes on where the last one stopped.

        Args:
            epochs: of the whole training.
        """
        done, calls = 0, []
        for one in self.breaks:
            calls.append(range(done, done + one.epoch + (one.where == "save")))
            done = calls[-1].stop
        return (*calls, range(done, epochs))

    def words(self, loop: Loop) -> str:
        """Which call is interrupted where."""
        said = []
        for number, one in enumerate(self.breaks, start=1):
            where = f"in the {one.where}, at batch {one.batch + 1} of"
            place = "right after it saved" if one.where == "save" else where
            said.append(f"call {number} is interrupted {place} its epoch {one.epoch + 1}")
        return "; ".join(said)


class SecondRank(Part, frozen=True):
    """A second process that trains too, on samples of its own, in as many batches.

    Attributes:
        samples: sprites in its data set; those of the case are of rank 0.
        batch_size: its sprites a batch.
    """

    samples: int
    batch_size: int

    def words(self, loop: Loop) -> str:
        """The samples of both ranks."""
        sizes = ((loop.samples, loop.batch_size), (self.samples, self.batch_size))
        return "; ".join(
            f"rank {rank} has {samples} sample{'s' * (samples > 1)} in batches of {size}"
            for rank, (samples, size) in enumerate(sizes)
        )


class Live(Part, frozen=True):
    """Others see only what was flushed, and look during the last step of each epoch.

    The trusted side holds each optimizer step, looks if it likes to, and releases the step with a number
    that nudges the weights. So what follows a step cannot be trained before it is released.

    Attributes:
        secret: what the numbers come from, which is told to nobody; 0 where everybody may know them.
    """

    secret: int = 0

    def words(self, loop: Loop) -> str:
        """Goes without saying."""
        return ""


class Cadence(Part, frozen=True):
    """A point is asked for every so many batches.

    Attributes:
        log_every: batches from one point to the next.
    """

    log_every: int


class Clipping(Part, frozen=True):
    """Gradients are clipped.

    Attributes:
        max_norm: to which.
        frozen: whether the first layer's parameters take no gradients.
    """

    max_norm: float
    frozen: bool = False

    def words(self, loop: Loop) -> str:
        """The norm, and what takes no gradients."""
        return f"max_norm={self.max_norm}" + "; the first layer is frozen" * self.frozen


class Drawing(Part, frozen=True):
    """A generator is trained, in place of a classifier, and draws.

    Attributes:
        every: epochs from one drawing to the next.
    """

    every: int


class Dashboard(Part, frozen=True):
    """A configuration that is to be logged beside the curves.

    Attributes:
        config: anything that JSON can say.
    """

    steers: ClassVar[bool] = False
    config: dict[str, Any]


class Hyperparameters(Part, frozen=True):
    """What was chosen for a run.

    Attributes:
        hparams: numbers, strings, booleans, and lists, by name.
    """

    steers: ClassVar[bool] = False
    hparams: dict[str, Any]


class EarlyStop(Part, frozen=True):
    """The training ends when the validation gets no better, or a loss is not finite.

    Attributes:
        patience: epochs in a row without a new lowest validation loss after which it ends.
    """

    patience: int


AnyPart = (
    Validation
    | Schedule
    | Sweep
    | LoaderFailure
    | RelativeRunsDir
    | NameTaken
    | DropLast
    | Shuffled
    | OtherLoss
    | SpoiltBatch
    | Interruptions
    | SecondRank
    | Live
    | Cadence
    | Clipping
    | Drawing
    | Dashboard
    | Hyperparameters
    | EarlyStop
)
