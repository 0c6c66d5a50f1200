from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    first_lr = optimizer.param_groups[0]["lr"]
    for epoch in range(1, epochs + 1):
        log_dir = new_log_dir(runs_dir, first_lr)
        writer = SummaryWriter(log_dir)
        try:
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(targets)
                samples += len(targets)
            writer.add_scalar("Loss/Train", total / samples, epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            writer.flush()
            scheduler.step()
        finally:
            writer.close()
    return log_dir
