from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step = 0
    with SummaryWriter(log_dir) as writer:
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                if step % log_every == 0:
                    writer.add_scalar("Loss/Batch", loss.item(), global_step=step)
        if step % log_every != 0:
            writer.add_scalar("Loss/Batch", loss.item(), global_step=step)
    return log_dir
