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


def log_losses(log_dir, losses, prefix):
    tag = "/".join([prefix, "Loss", "Train"])
    writer = SummaryWriter(log_dir)
    try:
        for step, loss in enumerate(losses, start=1):
            writer.add_scalar(tag, loss, step)
    finally:
        writer.close()


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    out = {}
    for lr in lrs:
        out[lr] = new_log_dir(runs_dir, lr)
        model = make_model()
        opt = make_optimizer(model.parameters(), lr)
        losses = [train_epoch(model, opt, loader, loss_fn) for _ in range(epochs)]
        log_losses(out[lr], losses, prefix=str(lr))
    return out
