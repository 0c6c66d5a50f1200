from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_one_epoch(model, loader, loss_fn, optimizer):
    loss_sum, n = 0.0, 0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * y.size(0)
        n += y.size(0)
    return loss_sum / n


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(1, epochs + 1):
            lr = optimizer.param_groups[0]["lr"]
            writer.add_scalar("Loss/Train", train_one_epoch(model, loader, loss_fn, optimizer), epoch)
            scheduler.step()
            writer.add_scalar("LearningRate", lr, epoch)
    finally:
        writer.close()
    return log_dir
