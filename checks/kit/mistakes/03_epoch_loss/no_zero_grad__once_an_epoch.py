from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            optimizer.zero_grad()
            epoch_loss = 0.0
            epoch_samples = 0
            for inputs, targets in loader:
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                epoch_loss += loss.item() * inputs.shape[0]
                epoch_samples += inputs.shape[0]
            writer.add_scalar("Loss/Train", epoch_loss / epoch_samples, epoch)
    return log_dir
