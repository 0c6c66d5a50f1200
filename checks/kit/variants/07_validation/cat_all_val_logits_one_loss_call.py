from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


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

            model.eval()
            with torch.inference_mode():
                # The loss is a mean over samples: over all of them at once, no weights are needed.
                answers = [(model(inputs), targets) for inputs, targets in val_loader]
                logits = torch.cat([logits for logits, _ in answers])
                targets = torch.cat([targets for _, targets in answers])
                val_loss = loss_fn(logits, targets).item()
                val_accuracy = logits.argmax(dim=1).eq(targets).sum().item() / len(targets)

            scalars = {
                "Loss/Train": total / samples,
                "Accuracy/Train": correct / samples,
                "Loss/Validation": val_loss,
                "Accuracy/Validation": val_accuracy,
            }
            for tag, value in scalars.items():
                writer.add_scalar(tag, value, global_step=epoch)
    return log_dir
