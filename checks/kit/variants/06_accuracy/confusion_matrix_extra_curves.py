from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


CLASSES = 8


def train(model, loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        writer.add_text("Setup", f"{type(model).__name__}, {type(optimizer).__name__}, {epochs} epochs", 0)
        batches_done = 0
        for epoch in range(1, epochs + 1):
            confusion = torch.zeros(CLASSES, CLASSES, dtype=torch.int64)
            mean_loss = 0.0
            for inputs, targets in loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                batches_done += 1
                cells = targets * CLASSES + logits.argmax(dim=1)
                confusion += torch.bincount(cells, minlength=CLASSES**2).view(CLASSES, CLASSES)
                # running mean: after the batch, confusion.sum() samples were seen
                mean_loss += (loss.item() - mean_loss) * len(targets) / confusion.sum().item()
                writer.add_scalar("Batch/Loss", loss.item(), batches_done)
            accuracy = confusion.trace().item() / confusion.sum().item()
            writer.add_scalar("Loss/Train", mean_loss, epoch)
            writer.add_scalar("Accuracy/Train", accuracy, epoch)
            writer.add_scalar("Error/Train", 1 - accuracy, epoch)
            for label in range(CLASSES):
                of_label = confusion[label].sum().item()
                if of_label:
                    writer.add_scalar(f"Recall/{label}", confusion[label, label].item() / of_label, epoch)
    return log_dir
