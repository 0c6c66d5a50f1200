from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    seen_before = 0  # in the epochs before this one
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                # the first sample of this batch
                writer.add_scalar("Loss/Batch", loss.item(), seen_before + samples + 1)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            seen_before += samples
            writer.add_scalar("Loss/Train", total / samples, epoch)
    return log_dir
