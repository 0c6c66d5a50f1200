from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        step = 0
        for epoch in range(epochs):
            window_loss = 0.0
            window_size = 0
            batches = 0
            for x, y in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward()
                optimizer.step()
                step += 1
                batches += 1
                window_loss += loss.item() * x.shape[0]
                window_size += x.shape[0]
                if batches == log_every:
                    writer.add_scalar("Loss/Batch", window_loss / window_size, step)
                    window_loss, window_size, batches = 0.0, 0, 0
            if batches > 0:
                writer.add_scalar("Loss/Batch", window_loss / window_size, step)
    finally:
        writer.close()
    return log_dir
