from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    n_batches = len(loader)
    writer = SummaryWriter(log_dir)
    try:
        for epoch in range(epochs):
            total, samples = 0.0, 0
            for i, (inputs, targets) in enumerate(loader, 1):
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                writer.add_scalar("Loss/Batch", loss.item(), epoch * n_batches + i)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            # so that both curves line up
            writer.add_scalar("Loss/Train", total / samples, (epoch + 1) * n_batches)
    finally:
        writer.close()
    return log_dir
