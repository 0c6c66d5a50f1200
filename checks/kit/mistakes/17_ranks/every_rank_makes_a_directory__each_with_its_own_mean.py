"""Trains on one of several ranks."""

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(rank, world_size, model, loader, loss_fn, optimizer, epochs, runs_dir):
    """Trains on this rank."""
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
    return log_dir if rank == 0 else None
