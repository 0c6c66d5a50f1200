from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(1, epochs + 1):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
            writer.add_scalar("Loss/Train", loss.item(), global_step=epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], global_step=epoch)
            writer.flush()
            scheduler.step()
    finally:
        writer.close()
    return log_dir
