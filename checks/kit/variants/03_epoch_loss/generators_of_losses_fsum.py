import math

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def _fit(batch, *, model, loss_fn, optimizer):
    inputs, targets = batch
    loss = loss_fn(model(inputs), targets)
    value = loss.item()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return value, len(inputs)


def _epoch_means(loader, epochs, **parts):
    parts["optimizer"].zero_grad()
    for _ in range(epochs):
        points = [_fit(batch, **parts) for batch in loader]
        yield math.fsum(value * size for value, size in points) / sum(size for _, size in points)


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        means = _epoch_means(loader, epochs, model=model, loss_fn=loss_fn, optimizer=optimizer)
        for step, mean in enumerate(means, 1):
            writer.add_scalar("Loss/Train", mean, step)
    return log_dir
