from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    losses: list[float] = []
    sizes: list[int] = []
    step = 0
    with SummaryWriter(log_dir) as writer:

        def log() -> None:
            mean = sum(loss * size for loss, size in zip(losses, sizes)) / sum(sizes)
            writer.add_scalar("Loss/Batch", mean, step)
            losses.clear()
            sizes.clear()

        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                losses.append(loss.item())
                sizes.append(len(targets))
                if len(losses) == log_every:
                    log()
        if losses:
            log()
    return log_dir
