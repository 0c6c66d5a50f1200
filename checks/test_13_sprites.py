"""Exercise 13: sprites."""

from crystalball.cases.inside.parts import Drawing, LoaderFailure, NameTaken, OtherLoss
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import drawing, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.reading.pictures import sprites

CASES = trainings(
    drawing,
    epochs=(1, 4),
    pinned=[
        Training(epochs=4, samples=7, batch_size=3, lr=0.1, parts=(Drawing(every=3),)),
        Training(
            epochs=3,
            samples=5,
            batch_size=2,
            lr=0.09375,
            seed=1,
            parts=(Drawing(every=2), OtherLoss(), NameTaken()),
        ),
        Training(
            epochs=2,
            samples=4,
            batch_size=2,
            lr=0.1,
            seed=2,
            parts=(Drawing(every=5), LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt")),
        ),
        Training(
            epochs=3,
            samples=4,
            batch_size=2,
            lr=0.1,
            seed=3,
            parts=(Drawing(every=2), LoaderFailure(epoch=2, batch=1)),
        ),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=9,
            parts=(Drawing(every=2), LoaderFailure(epoch=0, batch=0)),
        ),
        # The last epoch is a multiple.
        Training(epochs=2, samples=3, batch_size=2, seed=4, parts=(Drawing(every=2),)),
        # The loader raises before the epoch's first batch: what came before is completed.
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=12,
            parts=(Drawing(every=2), LoaderFailure(epoch=1, batch=0)),
        ),
    ],
)


@check
def test_the_loss_is_logged(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` is the mean loss over the samples of each completed epoch, in training mode."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs[: case.completed]])


@check
def test_sprites_are_drawn(expect: Expect, case: Training, trace: Trace) -> None:
    """`Sprites/Generated` shows what is drawn of the latents at epoch 1, multiples of `every`, the last."""
    every, last = case.part(Drawing).every, case.epochs
    steps = [epoch for epoch in range(1, case.completed + 1) if epoch in (1, last) or epoch % every == 0]
    drawn = [sprites(trace.epochs[step - 1].drawings) for step in steps]
    expect.curve("Sprites/Generated", drawn, steps)


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
