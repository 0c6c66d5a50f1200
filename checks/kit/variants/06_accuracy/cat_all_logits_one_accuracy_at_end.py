from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            all_logits, all_targets, losses, sizes = [], [], [], []
            for inputs, targets in loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                all_logits.append(logits.detach().clone())
                all_targets.append(targets.clone())
                losses.append(loss.detach())
                sizes.append(len(targets))
            logits, targets = torch.cat(all_logits), torch.cat(all_targets)
            weights = torch.tensor(sizes, dtype=torch.float64)
            mean_loss = torch.dot(torch.stack(losses).double(), weights) / weights.sum()
            writer.add_scalar("Loss/Train", mean_loss, global_step=epoch)
            writer.add_scalar("Accuracy/Train", (logits.argmax(-1) == targets).double().mean(), global_step=epoch)
    return log_dir
