"""The checkpoint holds the whole history; a resumed run is written again from the start."""

from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def mean(pairs):
    return sum(loss * n for loss, n in pairs) / sum(n for _, n in pairs)


def train(
    model, train_loader, val_loader, loss_fn, optimizer, scheduler, checkpoint, save, epochs, runs_dir
):
    """Trains; voids all old points of a resumed run and logs them again."""
    history = []
    done = 0
    if checkpoint.exists():
        model_state, optimizer_state, scheduler_state, name, done, history = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        scheduler.load_state_dict(scheduler_state)
        log_dir = Path(runs_dir) / name
        writer = SummaryWriter(log_dir, purge_step=0)
    else:
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        writer = SummaryWriter(log_dir)

    def log(tag, value, step):
        history.append([tag, value, step])
        writer.add_scalar(tag, value, step)

    try:
        for tag, value, step in history:
            writer.add_scalar(tag, value, step)
        for epoch in range(done + 1, epochs + 1):
            pairs = []
            for i, (x, y) in enumerate(train_loader, start=1):
                loss = loss_fn(model(x), y)
                optimizer.zero_grad(set_to_none=False)
                loss.backward()
                optimizer.step()
                pairs.append((float(loss), len(x)))
                log("Loss/Batch", float(loss), (epoch - 1) * len(train_loader) + i)
            log("Loss/Train", mean(pairs), epoch)
            with torch.no_grad():
                model.eval()
                pairs = [(float(loss_fn(model(x), y)), len(x)) for x, y in val_loader]
                model.train()
            log("Loss/Validation", mean(pairs), epoch)
            log("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            scheduler.step()
            states = [model.state_dict(), optimizer.state_dict(), scheduler.state_dict()]
            save([*states, log_dir.name, epoch, history])
    finally:
        writer.close()
    return log_dir
