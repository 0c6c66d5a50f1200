import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    batches = list(loader)
    sizes = torch.tensor([len(targets) for _, targets in batches], dtype=torch.float64)
    log_dirs, curves = {}, {}
    for lr in lrs:
        log_dirs[lr] = new_log_dir(runs_dir, lr)
        model = make_model()
        optimizer = make_optimizer(model.parameters(), lr)
        curves[lr] = []
        for _ in range(epochs):
            losses = []
            for inputs, targets in batches:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                losses.append(loss.detach().double())
            curves[lr].append((torch.stack(losses) @ sizes / sizes.sum()).item())
    for lr, curve in curves.items():
        with SummaryWriter(log_dirs[lr]) as writer:
            for i, value in enumerate(curve):
                writer.add_scalar("Loss/Train", value, i + 1)
    return log_dirs
