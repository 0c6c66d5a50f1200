from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    losses, sizes = [], []
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                sizes.append(len(inputs))
            mean = sum(l * s for l, s in zip(losses, sizes)) / sum(sizes)
            writer.add_scalar("Loss/Train", mean, epoch)
    return log_dir
