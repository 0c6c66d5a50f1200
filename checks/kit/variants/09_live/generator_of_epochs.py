from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def run_epoch(model, loader, loss_fn, optimizer):
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        yield loss.item(), len(targets)


def run(model, loader, loss_fn, optimizer, scheduler, epochs):
    for _ in range(epochs):
        losses, sizes = zip(*run_epoch(model, loader, loss_fn, optimizer), strict=True)
        mean = sum(loss * size for loss, size in zip(losses, sizes)) / sum(sizes)
        yield mean, optimizer.param_groups[0]["lr"]
        scheduler.step()


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        results = run(model, loader, loss_fn, optimizer, scheduler, epochs)
        for epoch, (mean, rate) in enumerate(results, start=1):
            writer.add_scalar("Loss/Train", mean, epoch)
            writer.add_scalar("LearningRate", rate, epoch)
            writer.flush()
    return log_dir
