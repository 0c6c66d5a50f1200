import functools
from contextlib import closing

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def logged(inner):
    @functools.wraps(inner)
    def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        with closing(SummaryWriter(log_dir=log_dir.as_posix())) as writer:
            log = functools.partial(writer.add_scalar, "Loss/Train")
            inner(model, loader, loss_fn, optimizer, epochs, log)
        return log_dir
    return train


@logged
def train(model, loader, loss_fn, optimizer, epochs, log):
    model.train()
    for step in range(1, 1 + epochs):
        weighted = {"loss": 0.0, "n": 0}
        for inputs, targets in loader:
            loss = loss_fn(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            weighted["loss"] += loss.item() * targets.size(0)
            weighted["n"] += targets.size(0)
        log(weighted["loss"] / weighted["n"], step)
