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
    log_dirs = {}
    for lr in lrs:
        model = make_model()
        optimizer = make_optimizer(model.parameters(), lr)
        log_dirs[lr] = new_log_dir(runs_dir, lr)
        writer = SummaryWriter(log_dirs[lr])
        for epoch in range(1, epochs + 1):
            loss = train_epoch(model, optimizer, loader, loss_fn)
            writer.add_scalar("Loss/Train", loss, epoch)
    writer.close()
    return log_dirs
