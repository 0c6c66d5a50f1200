from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class Recorder:
    def __init__(self, log_dir, hparams):
        self.writer = SummaryWriter(log_dir)
        self.hparams = dict(hparams)
        for name in self.hparams:
            if isinstance(self.hparams[name], list):
                self.hparams[name] = repr(self.hparams[name])
        self.last = {}

    def __enter__(self):
        return self

    def epoch(self, number, **means):
        for name, mean in means.items():
            self.writer.add_scalar(f"{name}/Train", mean, number)
        self.last = {f"Final/{name}": mean for name, mean in means.items()}

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.writer.add_hparams(self.hparams, self.last, run_name="./.")
        finally:
            self.writer.close()


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    hparams: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains as in exercise 6, and logs what was chosen for the run and what came out of it."""
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with Recorder(log_dir, hparams) as recorder:
        for epoch in range(1, epochs + 1):
            loss_sum = right = seen = 0
            for inputs, targets in loader:
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss_sum += loss.item() * targets.size(0)
                right += logits.argmax(dim=-1).eq(targets).count_nonzero().item()
                seen += targets.size(0)
            recorder.epoch(epoch, Loss=loss_sum / seen, Accuracy=right / seen)
    return log_dir
