from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step = 0
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            losses, sizes = [], []
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.item() * len(inputs))
                sizes.append(len(inputs))
            mean = sum(losses) / sum(sizes)
            for _ in losses:
                step += 1
                writer.add_scalar("Loss/Batch", mean, step)
            writer.add_scalar("Loss/Train", mean, epoch)
    return log_dir
