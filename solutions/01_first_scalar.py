"""Exercise 1: the first scalar.

TensorBoard draws *scalars*: numbers, each with a tag (which curve?) and a step (where on it?).
A `SummaryWriter` (from `torch.utils.tensorboard`) puts them into an event file in its `log_dir`.

Run `pytest` to be told how you are doing, and `python exercises/01_first_scalar.py` to see it
work on a real training.
"""

from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    """Logs losses as one curve.

    Args:
        losses: one finite float an epoch, at least one.
        log_dir: the directory of the run; it may be there already, or not yet (SummaryWriter makes it).

    What must be logged: each loss, not rounded, under the tag `Loss/Train` (TensorBoard tells upper
    from lower case), the first at step 1, the second at step 2, and so on. Points under other
    tags, text and prints are your own affair.

    One `SummaryWriter` writes the whole curve; nothing is logged after it is closed, and it is closed when
    the function ends (`flush()` leaves it open). What is returned does not matter.
    """
    with SummaryWriter(log_dir) as writer:
        for step, loss in enumerate(losses, start=1):
            writer.add_scalar("Loss/Train", loss, global_step=step)


if __name__ == "__main__":
    scripts.show_log_losses(log_losses)
