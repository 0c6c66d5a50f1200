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
    models = [make_model()] * len(lrs)
    log_dirs = {}
    for model, lr in zip(models, lrs):
        log_dirs[lr] = new_log_dir(runs_dir, lr)
        optimizer = make_optimizer(model.parameters(), lr)
        writer = SummaryWriter(log_dir=log_dirs[lr])
        epoch = 1
        while epoch <= epochs:
            writer.add_scalar("Loss/Train", train_epoch(model, optimizer, loader, loss_fn), epoch)
            epoch += 1
        writer.close()
    return log_dirs
