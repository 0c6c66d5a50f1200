from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_epoch(model, optimizer, loader, loss_fn):
    total, samples = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        samples += len(inputs)
    return total / samples


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    writer = None
    paths = {}
    for lr in lrs:
        paths[lr] = new_log_dir(runs_dir, lr)
        if writer is None:
            writer = SummaryWriter(paths[lr])
        model = make_model()
        optimizer = make_optimizer(model.parameters(), lr)
        for epoch in range(epochs):
            mean = train_epoch(model, optimizer, loader, loss_fn)
            writer.add_scalar("Loss/Train", mean, epoch + 1)
    if writer is not None:
        writer.close()
    return paths
