from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@contextmanager
def flushed(writer: SummaryWriter) -> Iterator[SummaryWriter]:
    try:
        yield writer
    finally:
        writer.flush()


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with closing(SummaryWriter(str(log_dir))) as writer:
        for epoch in range(1, epochs + 1):
            with flushed(writer):
                total, samples = 0.0, 0
                for inputs, targets in loader:
                    optimizer.zero_grad(set_to_none=False)
                    loss = loss_fn(model(inputs), targets)
                    loss.backward()
                    optimizer.step()
                    total += float(loss) * inputs.size(0)
                    samples += inputs.size(0)
                writer.add_scalar("Loss/Train", total / samples, epoch)
                writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            scheduler.step()
    return log_dir
