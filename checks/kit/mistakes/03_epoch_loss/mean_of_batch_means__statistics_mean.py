from statistics import mean

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_batch(model, loss_fn, optimizer, inputs, targets):
    optimizer.zero_grad()
    loss = loss_fn(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(str(log_dir)) as tb:
        for epoch in range(1, epochs + 1):
            losses = [
                train_batch(model, loss_fn, optimizer, inputs, targets) for inputs, targets in loader
            ]
            tb.add_scalar("Loss/Train", mean(losses), epoch)
    return log_dir
