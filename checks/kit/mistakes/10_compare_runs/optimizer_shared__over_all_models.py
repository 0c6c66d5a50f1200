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
    models = {lr: make_model() for lr in lrs}
    params = [p for model in models.values() for p in model.parameters()]
    optimizer = make_optimizer(params, lrs[0])

    log_dirs = {}
    for lr, model in models.items():
        log_dirs[lr] = new_log_dir(runs_dir, lr)
        with SummaryWriter(log_dirs[lr]) as w:
            for e in range(1, epochs + 1):
                w.add_scalar("Loss/Train", train_epoch(model, optimizer, loader, loss_fn), e)
    return log_dirs
