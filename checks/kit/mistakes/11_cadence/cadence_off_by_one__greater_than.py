from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def weighted_mean(window):
    return sum(loss * n for loss, n in window) / sum(n for _, n in window)


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step = 0
    window = []
    with SummaryWriter(log_dir) as writer:
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                window.append((loss.item(), len(inputs)))
                if len(window) > log_every:
                    writer.add_scalar("Loss/Batch", weighted_mean(window), step)
                    window = []
        if window:
            writer.add_scalar("Loss/Batch", weighted_mean(window), step)
    return log_dir
