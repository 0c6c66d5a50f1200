from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir=log_dir)

    for epoch in range(epochs):
        sample_losses = []
        for inputs, targets in loader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            loss.backward()
            optimizer.step()
            sample_losses.append(loss.item() * len(targets))
        epoch_loss = sum(sample_losses)
        writer.add_scalar("Loss/Train", epoch_loss, global_step=epoch + 1)

    writer.close()
    return log_dir
