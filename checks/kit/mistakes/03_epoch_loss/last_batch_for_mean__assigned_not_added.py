from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as w:
        for epoch in range(1, epochs + 1):
            total_loss = 0.0
            n = 0
            for x, y in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward()
                optimizer.step()
                total_loss = loss.item() * x.size(0)
                n = x.size(0)
            w.add_scalar("Loss/Train", total_loss / n, epoch)
    return log_dir
