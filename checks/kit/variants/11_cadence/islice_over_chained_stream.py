from itertools import chain, islice, repeat
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    def one_step(inputs, targets):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss.item() * len(targets), len(targets)

    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        stream = chain.from_iterable(repeat(loader, epochs))
        step = 0
        while window := [one_step(*batch) for batch in islice(stream, log_every)]:
            step += len(window)
            total, samples = map(sum, zip(*window))
            writer.add_scalar("Loss/Batch", total / samples, step)
    return log_dir
