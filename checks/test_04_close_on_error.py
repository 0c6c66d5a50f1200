"""Exercise 4: closed, whatever happens."""

from crystalball.cases.inside.parts import LoaderFailure, NameTaken, OtherLoss
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import loader_failure, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.end import LOADER_ERROR
from crystalball.outcomes.expect import Expect, check

CASES = trainings(
    loader_failure,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4),
        Training(epochs=3, samples=11, batch_size=4, parts=(LoaderFailure(epoch=2, batch=1),)),
        Training(
            epochs=3,
            samples=11,
            batch_size=4,
            parts=(LoaderFailure(epoch=1, batch=2, error="KeyboardInterrupt"),),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            lr=0.1,
            seed=2,
            parts=(LoaderFailure(epoch=0, batch=1, error="SystemExit"),),
        ),
        Training(
            epochs=2,
            samples=5,
            batch_size=2,
            lr=0.1,
            seed=2,
            parts=(LoaderFailure(epoch=1, batch=0, error="OSError"), OtherLoss(), NameTaken()),
        ),
        Training(epochs=2, samples=3, batch_size=2, lr=0.02, parts=(LoaderFailure(epoch=0, batch=0),)),
    ],
)


@check
def test_the_completed_epochs_are_on_disk(expect: Expect, case: Training, trace: Trace) -> None:
    """`Loss/Train` holds the mean loss of each completed epoch, and of no other."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs[: case.completed]])


@check
def test_the_error_reaches_the_caller(expect: Expect, case: Training) -> None:
    """What the loader raises reaches the caller as it is; else the path of the run is returned."""
    if case.find(LoaderFailure):
        expect.raises(LOADER_ERROR)
    else:
        expect.returns_log_dir()


@check
def test_the_writer_is_closed_whatever_happens(expect: Expect) -> None:
    """One `SummaryWriter` wrote the run, and it is closed when the function ends, in any way."""
    expect.one_closed_writer()


@check
def test_the_run_is_named_by_the_convention(expect: Expect, case: Training) -> None:
    """The one run directory is `pixel_gen_lr<lr>_<YYYYmmdd_HHMMSS>`, in local time, in `runs_dir`."""
    expect.named_by_convention(case.lr)
