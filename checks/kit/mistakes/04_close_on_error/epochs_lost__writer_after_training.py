from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def run_epoch(model, loader, loss_fn, optimizer):
    total, samples = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        samples += len(inputs)
    return total / samples


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    means = {}
    for epoch in range(1, epochs + 1):
        means[epoch] = run_epoch(model, loader, loss_fn, optimizer)
    # no writer is open while the loader can raise
    with SummaryWriter(log_dir) as writer:
        for epoch, mean in means.items():
            writer.add_scalar("Loss/Train", mean, epoch)
    return log_dir
