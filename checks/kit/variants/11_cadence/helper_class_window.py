from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


class WindowedScalar:
    """Writes the weighted mean of every `every` values; `finish` writes what is left."""

    def __init__(self, writer, tag, every):
        self.writer, self.tag, self.every = writer, tag, every
        self.step = 0
        self._reset()

    def _reset(self):
        self.mean, self.weight = 0.0, 0

    def add(self, value, weight):
        self.step += 1
        self.weight += weight
        self.mean += (value - self.mean) * weight / self.weight
        if not self.step % self.every:
            self._write()

    def finish(self):
        if self.weight:
            self._write()

    def _write(self):
        self.writer.add_scalar(self.tag, self.mean, self.step)
        self.writer.flush()
        self._reset()


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        curve = WindowedScalar(writer, "Loss/Batch", log_every)
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                curve.add(loss.item(), len(inputs))
        curve.finish()
    return log_dir
