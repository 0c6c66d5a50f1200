from contextlib import closing

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def fresh_start(runs_dir, lr):
    return {"log_dir": str(new_log_dir(runs_dir, lr)), "epoch": 0, "step": 0}


def train(model, train_loader, val_loader, loss_fn, optimizer, scheduler, checkpoint, save, epochs, runs_dir):
    resumed = checkpoint.exists()
    if resumed:
        state = torch.load(checkpoint)
        for part, name in ((model, "model"), (optimizer, "optimizer"), (scheduler, "scheduler")):
            part.load_state_dict(state[name])
    else:
        state = fresh_start(runs_dir, optimizer.param_groups[0]["lr"])
    log_dir, last_epoch, step = state["log_dir"], state["epoch"], state["step"]

    by_batch = SummaryWriter(log_dir, purge_step=step + 1 if resumed else None)
    by_epoch = SummaryWriter(log_dir, purge_step=last_epoch + 1 if resumed else None)
    with closing(by_batch), closing(by_epoch):
        for epoch in range(last_epoch + 1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                by_batch.add_scalar("Loss/Batch", loss.item(), step)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            by_epoch.add_scalar("Loss/Train", total / samples, epoch)

            model.eval()
            total, samples = 0.0, 0
            with torch.no_grad():
                for inputs, targets in val_loader:
                    total += loss_fn(model(inputs), targets).item() * len(inputs)
                    samples += len(inputs)
            model.train()
            by_epoch.add_scalar("Loss/Validation", total / samples, epoch)
            by_epoch.add_scalar("LearningRate", scheduler.get_last_lr()[0], epoch)

            scheduler.step()
            by_batch.flush()
            by_epoch.flush()
            save(
                dict(
                    model=model.state_dict(),
                    optimizer=optimizer.state_dict(),
                    scheduler=scheduler.state_dict(),
                    log_dir=str(log_dir),
                    epoch=epoch,
                    step=step,
                )
            )
    return log_dir
