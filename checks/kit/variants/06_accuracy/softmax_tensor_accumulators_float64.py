from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir, flush_secs=1) as writer:
        for epoch in range(1, epochs + 1):
            # total loss, right predictions, samples
            sums = torch.zeros(3, dtype=torch.float64)
            for inputs, targets in loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                with torch.no_grad():
                    n = inputs.shape[0]
                    probabilities = logits.double().softmax(dim=1)
                    right = probabilities.argmax(dim=1) == targets
                    sums[0] += loss.double() * n
                    sums[1] += right.float().mean() * n
                    sums[2] += n
                optimizer.step()
            mean_loss, accuracy = (sums[:2] / sums[2]).tolist()
            writer.add_scalar("Accuracy/Train", accuracy, epoch)
            writer.add_scalar("Loss/Train", mean_loss, epoch)
            writer.flush()
    return log_dir
