from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    for epoch in range(epochs):
        total = 0.0
        samples = 0
        batch_size = None
        for inputs, targets in loader:
            if batch_size is None:
                batch_size = inputs.shape[0]
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * batch_size
            samples += batch_size
        writer.add_scalar("Loss/Train", total / samples, epoch + 1)
    writer.close()
    return log_dir
