"""Exercise 11: the cadence."""

from crystalball.cases.inside.parts import Cadence, LoaderFailure, NameTaken, OtherLoss
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import cadence, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    cadence,
    pinned=[
        Training(epochs=2, samples=14, batch_size=4, parts=(Cadence(log_every=3),)),
        # The means rise and fall.
        Training(epochs=3, samples=11, batch_size=4, lr=0.2, seed=6, parts=(Cadence(log_every=2),)),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            lr=0.1,
            seed=2,
            parts=(Cadence(log_every=20), OtherLoss(), NameTaken()),
        ),
        Training(epochs=3, samples=7, batch_size=2, lr=0.0213, seed=3, parts=(Cadence(log_every=5),)),
        Training(
            epochs=2,
            samples=7,
            batch_size=2,
            seed=1,
            parts=(Cadence(log_every=2), LoaderFailure(epoch=1, batch=1, only_end=True)),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            seed=2,
            parts=(
                Cadence(log_every=3),
                LoaderFailure(epoch=1, batch=1, error="KeyboardInterrupt", only_end=True),
            ),
        ),
        Training(
            epochs=2,
            samples=3,
            batch_size=2,
            seed=9,
            parts=(Cadence(log_every=2), LoaderFailure(epoch=0, batch=0, only_end=True)),
        ),
        # The last batch is a multiple.
        Training(epochs=3, samples=7, batch_size=2, seed=5, parts=(Cadence(log_every=2),)),
    ],
)


@check
def test_every_so_many_batches_a_mean(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Batch` at multiples of `log_every` and at the last batch: the mean since the last point."""
    windows = trace.windows(case.part(Cadence).log_every)
    expect.curve("Loss/Batch", [w.mean_loss for w in windows.values()], steps=windows)


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
