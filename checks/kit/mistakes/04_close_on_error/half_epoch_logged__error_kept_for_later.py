from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    error = None
    epoch = 1
    while epoch <= epochs and error is None:
        losses, sizes = [], []
        try:
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.item() * len(inputs))
                sizes.append(len(inputs))
        except BaseException as e:
            error = e
        if sizes:
            writer.add_scalar("Loss/Train", sum(losses) / sum(sizes), epoch)
        epoch += 1
    writer.close()
    if error is not None:
        raise error
    return log_dir
