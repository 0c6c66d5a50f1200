"""Resume a training: helper functions."""

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train_epoch(model, loader, loss_fn, optimizer, writer, step):
    losses, sizes = [], []
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        step += 1
        losses.append(loss.item())
        sizes.append(len(y))
        writer.add_scalar("Loss/Batch", losses[-1], step)
    mean = sum(v * n for v, n in zip(losses, sizes, strict=True)) / sum(sizes)
    return mean, step


@torch.no_grad()
def evaluate(model, loader, loss_fn):
    model.eval()
    total, count = 0.0, 0
    for x, y in loader:
        total += loss_fn(model(x), y).item() * len(y)
        count += len(y)
    model.train()
    return total / count


def make_state(model, optimizer, scheduler, done, step, log_dir):
    return {
        "net": model.state_dict(),
        "optim": optimizer.state_dict(),
        "sched": scheduler.state_dict(),
        "done": done,
        "step": step,
        "dir": str(log_dir),
    }


def restore(path, model, optimizer, scheduler):
    state = torch.load(path)
    model.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optim"])
    scheduler.load_state_dict(state["sched"])
    return state["done"], state["step"], state["dir"]


def train(
    model, train_loader, val_loader, loss_fn, optimizer, scheduler, checkpoint, save, epochs, runs_dir
):
    """Trains and logs; resumes where the last checkpoint was written."""
    if checkpoint.is_file():
        done, step, log_dir = restore(checkpoint, model, optimizer, scheduler)
        batch_writer = SummaryWriter(log_dir, purge_step=step + 1)
    else:
        done, step = 0, 0
        log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
        batch_writer = SummaryWriter(log_dir)
    epoch_writer = SummaryWriter(log_dir, filename_suffix=".epochs")
    try:
        for epoch in range(done + 1, epochs + 1):
            lr = optimizer.param_groups[0]["lr"]
            train_loss, step = train_epoch(model, train_loader, loss_fn, optimizer, batch_writer, step)
            val_loss = evaluate(model, val_loader, loss_fn)
            scheduler.step()
            epoch_writer.add_scalar("Loss/Train", train_loss, epoch)
            epoch_writer.add_scalar("Loss/Validation", val_loss, epoch)
            epoch_writer.add_scalar("LearningRate", lr, epoch)
            epoch_writer.flush()
            save(make_state(model, optimizer, scheduler, epoch, step, log_dir))
    finally:
        batch_writer.close()
        epoch_writer.close()
    return log_dir
