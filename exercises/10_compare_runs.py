"""Exercise 10: compare runs.

Which learning rate is best? Train once with each, a run for each, and TensorBoard lays the curves over
one another: same tag, other run.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from torch import Tensor, nn  # No such module? First: source .venv/bin/activate
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts
from crystalball.run_directory import new_log_dir


def sweep(
    make_model: Callable[[], nn.Module],
    make_optimizer: Callable[[Iterable[nn.Parameter], float], Optimizer],
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    lrs: Sequence[float],
    epochs: int,
    runs_dir: Path,
) -> dict[float, Path]:
    """Trains a fresh model with each learning rate, and logs each training as a run of its own.

    Args:
        make_model: gives a new model with the same first weights at each call.
        make_optimizer: `make_optimizer(model.parameters(), lr)` gives a new optimizer, one for each
            training.
        loader: batches `(inputs, targets)`: sprites in [-1, 1], int64 labels; the last may be smaller.
        loss_fn: `loss_fn(model(inputs), targets)` is the mean loss over the samples of a batch.
        lrs: the learning rates, all different. Some may differ only far behind the point.
        epochs: passes of each training over the samples, at least 1.
        runs_dir: where all runs lie; it may not exist yet.

    Returns:
        For each learning rate the `log_dir` of its run, as a `Path` or a `str`: a fresh directory in
        `runs_dir`, named by the convention of exercise 2 for this rate and the local time of the call.
        (`new_log_dir` makes it for you.)

    What must be logged, in each of these runs: `Loss/Train` at steps 1 to `epochs`, the mean loss over
    the samples of each epoch. The tag is the same in every run, so that the curves share a chart.

    One `SummaryWriter` writes each run, and all are closed when the function ends.
    """
    # TODO: one training is given. Make a run for each learning rate of it. Delete the next line.
    scripts.todo()
    lr = lrs[0]
    model = make_model()
    optimizer = make_optimizer(model.parameters(), lr)
    log_dir = new_log_dir(runs_dir, lr)
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
    return {lr: log_dir}


if __name__ == "__main__":
    scripts.show_sweep(sweep)
