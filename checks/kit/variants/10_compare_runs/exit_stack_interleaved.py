from contextlib import ExitStack

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
    log_dirs = {lr: new_log_dir(runs_dir, lr) for lr in lrs}
    models = {lr: make_model() for lr in lrs}
    optimizers = {lr: make_optimizer(models[lr].parameters(), lr) for lr in lrs}
    with ExitStack() as stack:
        writers = {lr: stack.enter_context(SummaryWriter(log_dirs[lr])) for lr in lrs}
        for epoch in range(1, epochs + 1):
            for lr in lrs:
                mean = train_epoch(models[lr], optimizers[lr], loader, loss_fn)
                writers[lr].add_scalar("Loss/Train", mean, epoch)
    return log_dirs
