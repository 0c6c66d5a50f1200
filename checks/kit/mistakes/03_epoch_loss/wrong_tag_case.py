from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    for epoch in range(1, epochs + 1):
        total_loss = 0.0
        num_samples = 0
        for inputs, targets in loader:
            batch_size = inputs.size(0)
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * batch_size
            num_samples += batch_size
        writer.add_scalar("Loss/train", total_loss / num_samples, epoch)
    writer.close()
    return log_dir
