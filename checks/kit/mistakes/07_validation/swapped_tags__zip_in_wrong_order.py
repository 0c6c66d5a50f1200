import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def run_epoch(model, loader, loss_fn, optimizer=None):
    model.train(optimizer is not None)
    loss_sum, right, n = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = model(x)
            loss = loss_fn(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(x)
            right += (out.argmax(1) == y).sum().item()
            n += len(x)
    return loss_sum / n, right / n


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            train_results = run_epoch(model, train_loader, loss_fn, optimizer)
            val_results = run_epoch(model, val_loader, loss_fn)
            for name, (loss, acc) in zip(["Validation", "Train"], [train_results, val_results]):
                writer.add_scalar("Loss/" + name, loss, epoch)
                writer.add_scalar("Accuracy/" + name, acc, epoch)
    return log_dir
