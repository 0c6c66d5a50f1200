from contextlib import contextmanager
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@contextmanager
def evaluating(model):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.inference_mode():
            yield model
    finally:
        for module, mode in modes:
            module.training = mode


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            loss_sum, right, count = 0.0, 0.0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                n = len(targets)
                loss_sum += n * loss.item()
                right += n * (logits.argmax(1) == targets).double().mean().item()
                count += n
            train_loss, train_accuracy = loss_sum / count, right / count

            loss_sum, right, count = 0.0, 0.0, 0
            with evaluating(model):
                for inputs, targets in val_loader:
                    logits = model(inputs)
                    n = len(targets)
                    loss_sum += n * loss_fn(logits, targets).item()
                    right += n * (logits.argmax(1) == targets).double().mean().item()
                    count += n

            writer.add_scalar("Loss/Train", train_loss, epoch)
            writer.add_scalar("Loss/Validation", loss_sum / count, epoch)
            writer.add_scalar("Accuracy/Train", train_accuracy, epoch)
            writer.add_scalar("Accuracy/Validation", right / count, epoch)
    return log_dir
