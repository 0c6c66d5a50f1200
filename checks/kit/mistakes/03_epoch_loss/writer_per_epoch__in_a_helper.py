from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def log_value(log_dir, value, step):
    with SummaryWriter(log_dir) as writer:
        writer.add_scalar("Loss/Train", value, step)


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    for epoch in range(epochs):
        total, samples = 0.0, 0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            samples += len(inputs)
        log_value(log_dir, total / samples, epoch + 1)
    return log_dir
