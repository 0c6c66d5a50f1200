from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    total, samples = 0.0, 0
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            if epoch % log_every == 0 or epoch == epochs:
                writer.add_scalar("Loss/Batch", total / samples, global_step=epoch)
                total, samples = 0.0, 0
    return log_dir
