"""Exercise 13: sprites."""

from crystalball.cases.drawing import trainings
from crystalball.cases.inside.case import Training
from crystalball.oracle.trace import Trace
from crystalball.outcomes.expect import Expect, check
from crystalball.reading.pictures import sprites

CASES = trainings(
    drawing=True,
    pinned=[
        Training(epochs=4, samples=7, batch_size=3, every=3, lr=0.1),
        Training(epochs=3, samples=5, batch_size=2, every=2, lr=0.1, seed=1),
        Training(epochs=2, samples=4, batch_size=2, every=5, lr=0.1, seed=2),
        Training(
            epochs=3, samples=4, batch_size=2, every=2, lr=0.1, seed=3, fails_at=(2, 1), only_end=True
        ),
    ],
)


@check
def test_the_loss_is_logged(expect: Expect, trace: Trace) -> None:
    """`Loss/Train` is the mean loss over the samples of each epoch, in training mode."""
    expect.curve("Loss/Train", [epoch.mean_loss for epoch in trace.epochs])


@check
def test_sprites_are_drawn(expect: Expect, case: Training, trace: Trace) -> None:
    """`Sprites/Generated` shows what is drawn of the latents at epoch 1, multiples of `every`, the last."""
    steps = [n for n in range(1, case.epochs + 1) if n in (1, case.epochs) or n % case.every == 0]
    drawn = [sprites(trace.epochs[step - 1].drawings) for step in steps]
    expect.curve("Sprites/Generated", drawn, steps)


@check
def test_the_run_is_in_order(expect: Expect, case: Training) -> None:
    """One run directory by the convention, its path returned, one writer, closed."""
    expect.run_in_order(case)
