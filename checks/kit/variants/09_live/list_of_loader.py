from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            rate = optimizer.param_groups[0]["lr"]
            batches = list(loader)
            samples = sum(len(targets) for _, targets in batches)
            mean = 0.0
            for inputs, targets in batches:
                loss = loss_fn(model(inputs), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean += loss.item() * (len(targets) / samples)
            writer.add_scalar("LearningRate", rate, epoch)
            writer.add_scalar("Loss/Train", mean, epoch)
            scheduler.step()
            writer.flush()
    return log_dir
