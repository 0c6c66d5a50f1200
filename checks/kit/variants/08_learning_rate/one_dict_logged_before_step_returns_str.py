import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def fit_epoch(model, loader, loss_fn, optimizer):
    total = torch.zeros((), dtype=torch.float64)
    samples = 0
    for batch in list(loader):
        inputs, targets = batch
        optimizer.zero_grad(set_to_none=True)
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total.add_(loss.detach().double(), alpha=targets.shape[0])
        samples += targets.shape[0]
    return total.item() / samples


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir):
    first_group = optimizer.param_groups[0]
    log_dir = new_log_dir(runs_dir, first_group["lr"])
    with SummaryWriter(str(log_dir)) as writer:
        for epoch in range(epochs):
            model.train()
            row = {
                "Loss/Train": fit_epoch(model, loader, loss_fn, optimizer),
                "LearningRate": first_group["lr"],
            }
            for tag, value in row.items():
                writer.add_scalar(tag, value, global_step=1 + epoch, new_style=True)
            scheduler.step()
    return str(log_dir)
