from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_batch(model, x, y, loss_fn, optimizer, scheduler):
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    used = optimizer.param_groups[0]["lr"]
    scheduler.step()
    return loss.item(), used


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(1, epochs + 1):
            loss_sum, n = 0.0, 0
            for x, y in loader:
                batch_loss, lr = train_batch(model, x, y, loss_fn, optimizer, scheduler)
                loss_sum += batch_loss * len(x)
                n += len(x)
            writer.add_scalar("Loss/Train", loss_sum / n, epoch)
            writer.add_scalar("LearningRate", lr, epoch)
    finally:
        writer.close()
    return log_dir
