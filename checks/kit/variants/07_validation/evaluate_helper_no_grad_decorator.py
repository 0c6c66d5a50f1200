from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@torch.no_grad()
def evaluate(model, loader, loss_fn):
    model.eval()
    total, correct, samples = 0.0, 0, 0
    for inputs, targets in loader:
        logits = model(inputs)
        total += loss_fn(logits, targets).item() * len(inputs)
        correct += int((logits.argmax(dim=1) == targets).sum())
        samples += len(inputs)
    return total / samples, correct / samples


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            model.train()
            total, correct, samples = 0.0, 0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                correct += int((logits.argmax(dim=1) == targets).sum())
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            writer.add_scalar("Accuracy/Train", correct / samples, global_step=epoch)
            val_loss, val_accuracy = evaluate(model, val_loader, loss_fn)
            writer.add_scalar("Loss/Validation", val_loss, global_step=epoch)
            writer.add_scalar("Accuracy/Validation", val_accuracy, global_step=epoch)
    return log_dir
