from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            running_loss = 0.0
            for i, (inputs, targets) in enumerate(loader, start=1):
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                writer.add_scalar("Loss/Batch", loss.item(), (epoch - 1) * len(loader) + i)
                running_loss += loss.item()
            writer.add_scalar("Loss/Train", running_loss / len(loader), epoch)
    return log_dir
