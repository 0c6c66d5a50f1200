from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        last = epochs * sum(1 for _ in loader)
        points = {*range(log_every, last + 1, log_every), last}
        step = 0
        weighted, sizes = [], []
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                sizes.append(len(targets))
                weighted.append(loss.item() * sizes[-1])
                if step in points:
                    writer.add_scalar("Loss/Batch", sum(weighted) / sum(sizes), step)
                    weighted, sizes = [], []
    finally:
        writer.close()
    return log_dir
