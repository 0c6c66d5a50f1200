"""Exercise 10: compare runs."""

from crystalball.cases.inside.parts import NameTaken, OtherLoss, Sweep
from crystalball.cases.inside.training import Training
from crystalball.cases.trainings import sweep, trainings
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.outcomes.run_name import ConventionalName

CASES = trainings(
    sweep,
    epochs=(1, 2),
    at_once=3,
    pinned=[
        # The loss rises with the first rate.
        Training(epochs=2, samples=7, batch_size=3, seed=5, momentum=0.9, parts=(Sweep((0.1, 0.0213)),)),
        Training(
            epochs=2,
            samples=5,
            batch_size=3,
            seed=5,
            momentum=0.9,
            parts=(Sweep((0.01, 0.05, 0.1)), OtherLoss(), NameTaken()),
        ),
        Training(epochs=2, samples=5, batch_size=2, seed=2, parts=(Sweep((0.05, 0.05000001)),)),
        # With the second rate it diverges.
        Training(epochs=3, samples=3, batch_size=3, seed=2, momentum=0.9, parts=(Sweep((0.02, 4.0)),)),
    ],
)


@check
def test_each_rate_has_a_run(expect: Expect, case: Training) -> None:
    """For each learning rate there is one run directory, named by the convention for this rate."""
    for index, lr in enumerate(case.part(Sweep).lrs):
        expect.named_by_convention(lr, run=index)


@check
def test_each_run_logs_its_own_training(expect: Expect, trace: Trace) -> None:
    """`Loss/Train` of each run is that of a fresh model, trained with a fresh optimizer at its rate."""
    for index, training in enumerate(trace.parts):
        expect.curve("Loss/Train", [epoch.mean_loss for epoch in training.epochs], run=index)


@check
def test_the_log_dirs_are_returned(expect: Expect, case: Training) -> None:
    """The function returns a dict from each learning rate to the `log_dir` of its run."""
    expect.returns_log_dirs({lr: ConventionalName(lr) for lr in case.part(Sweep).lrs})


@check
def test_the_writers_are_closed(expect: Expect) -> None:
    """One `SummaryWriter` wrote each run, and all are closed when the function ends."""
    expect.one_closed_writer()
