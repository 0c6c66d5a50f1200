from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    for epoch in range(epochs):
        loss_sum, n = 0.0, 0
        for inputs, targets in loader:
            preds = model(inputs)
            loss = loss_fn(preds, targets)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            loss_sum += loss.item() * len(inputs)
            n += len(inputs)
        writer.add_scalar("Loss/Train", loss_sum / n, epoch + 1)
    writer.close()
    return log_dir
