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
    # where each run goes
    dirs = dict.fromkeys(lrs, new_log_dir(runs_dir, lrs[0]))

    def run(lr, directory):
        model = make_model()
        opt = make_optimizer(model.parameters(), lr)
        writer = SummaryWriter(str(directory))
        for step in range(1, epochs + 1):
            writer.add_scalar("Loss/Train", train_epoch(model, opt, loader, loss_fn), step)
        writer.close()

    for lr, directory in dirs.items():
        run(lr, directory)
    return dirs
