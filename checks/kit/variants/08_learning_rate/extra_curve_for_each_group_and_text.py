from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        writer.add_text("Scheduler", type(scheduler).__name__)
        batch_number = 0
        for epoch in range(1, epochs + 1):
            rates = [group["lr"] for group in optimizer.param_groups]
            rates = [rate.item() if torch.is_tensor(rate) else rate for rate in rates]
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                writer.add_scalar("Batch/Loss", loss.item(), batch_number)
                batch_number += 1
                total += loss.item() * len(inputs)
                samples += len(inputs)
            scheduler.step()
            writer.add_scalar("Loss/Train", total / samples, epoch)
            writer.add_scalar("LearningRate", rates[0], epoch)
            for index, rate in enumerate(rates):
                writer.add_scalar(f"LearningRates/Group{index}", rate, epoch)
            print(f"epoch {epoch}/{epochs}  loss {total / samples:.4f}  rates {rates}")
    return log_dir
