"""Exercise 8: the learning rate."""

from crystalball.cases.drawing import trainings
from crystalball.cases.inside.case import Training
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.outcomes.outcome import EXACT

CASES = trainings(
    scheduled=True,
    pinned=[
        Training(epochs=3, samples=11, batch_size=4, schedule="step"),
        Training(epochs=3, samples=5, batch_size=2, lr=0.1, seed=1, schedule="cosine", head_lr=0.02),
        Training(epochs=2, samples=7, batch_size=3, seed=5, schedule="exponential", head_lr=0.1),
        Training(epochs=3, samples=7, batch_size=4, lr=0.1, seed=3, schedule="onecycle"),
        Training(
            epochs=2, samples=5, batch_size=2, schedule="step", seed=7, fails_at=(1, 1), only_end=True
        ),
    ],
)


@check
def test_each_epoch_logs_the_rate_it_used(expect: Expect, trace: Trace) -> None:
    """`LearningRate` is `optimizer.param_groups[0]["lr"]` as the optimizer used it in the epoch."""
    expect.curve("LearningRate", [epoch.rates[0] for epoch in trace.epochs], rtol=EXACT)


@check
def test_each_epoch_logs_its_mean_loss(expect: Expect, trace: Trace) -> None:
    """`Loss/Train` is the mean loss of each epoch; the scheduler was stepped once after each."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])


@check
def test_the_run_is_in_order(expect: Expect, case: Training, trace: Trace) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case, trace.epochs[0].rates[0])
