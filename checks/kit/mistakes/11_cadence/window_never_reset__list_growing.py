from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    losses, sizes = [], []
    writer = SummaryWriter(log_dir)

    def log_point():
        mean = sum(l * n for l, n in zip(losses, sizes)) / sum(sizes)
        writer.add_scalar("Loss/Batch", mean, len(losses))

    try:
        for epoch in range(epochs):
            for x, y in loader:
                loss = loss_fn(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                sizes.append(len(y))
                if len(losses) % log_every == 0:
                    log_point()
        if len(losses) % log_every:
            log_point()
    finally:
        writer.close()
    return log_dir
