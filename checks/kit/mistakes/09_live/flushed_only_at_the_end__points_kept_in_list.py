from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    history = []
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(epochs):
            total = 0.0
            n = 0
            for images, labels in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(images), labels)
                loss.backward()
                optimizer.step()
                total += loss.item() * labels.shape[0]
                n += labels.shape[0]
            history.append((epoch + 1, total / n, optimizer.param_groups[0]["lr"]))
            scheduler.step()
    finally:
        for step, mean, lr in history:
            writer.add_scalar("Loss/Train", mean, step)
            writer.add_scalar("LearningRate", lr, step)
            writer.flush()
        writer.close()
    return log_dir
