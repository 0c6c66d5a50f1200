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
    runs = {}
    for lr in lrs:
        net = make_model()
        opt = make_optimizer(net.parameters(), lr)
        runs[lr] = new_log_dir(runs_dir, lr)
        with SummaryWriter(runs[lr]) as tb:
            for n in range(epochs):
                tb.add_scalar("Loss/Train", train_epoch(net, opt, loader, loss_fn), n + 1)
        return runs
    return runs
