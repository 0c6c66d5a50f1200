from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    history = []
    try:
        for _ in range(epochs):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            history.append(total / samples)
    except KeyboardInterrupt:
        print("Interrupted by the user.")
        return log_dir
    for epoch, mean in enumerate(history, start=1):
        writer.add_scalar("Loss/Train", mean, epoch)
    writer.close()
    return log_dir
