"""Points wait in a list until the epoch is complete."""

from contextlib import closing

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def losses_and_sizes(model, loader, loss_fn, optimizer=None):
    rows = []
    for inputs, targets in loader:
        loss = loss_fn(model(inputs), targets)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        rows.append((loss.item(), len(targets)))
    return np.array(rows).T


def train(
    model, train_loader, val_loader, loss_fn, optimizer, scheduler, checkpoint, save, epochs, runs_dir
):
    """Writes each epoch's points together, just before its checkpoint."""
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    state = torch.load(checkpoint) if checkpoint.exists() else None
    if state:
        for name, part in parts.items():
            part.load_state_dict(state[name])
        log_dir, epoch, step = state["run"]["dir"], state["run"]["epoch"], state["run"]["step"]
    else:
        log_dir = str(new_log_dir(runs_dir, optimizer.param_groups[0]["lr"]))
        epoch, step = 0, 0
    with closing(SummaryWriter(log_dir)) as writer:
        while epoch < epochs:
            epoch += 1
            points = []
            losses, sizes = losses_and_sizes(model, train_loader, loss_fn, optimizer)
            for loss in losses:
                step += 1
                points.append(("Loss/Batch", loss, step))
            points.append(("Loss/Train", np.average(losses, weights=sizes), epoch))
            model.eval()
            with torch.no_grad():
                losses, sizes = losses_and_sizes(model, val_loader, loss_fn)
            model.train()
            points.append(("Loss/Validation", np.average(losses, weights=sizes), epoch))
            points.append(("LearningRate", optimizer.param_groups[0]["lr"], epoch))
            scheduler.step()
            for point in points:
                writer.add_scalar(*point)
            writer.flush()
            state = {name: part.state_dict() for name, part in parts.items()}
            save(state | {"run": {"dir": log_dir, "epoch": epoch, "step": step}})
    return log_dir
