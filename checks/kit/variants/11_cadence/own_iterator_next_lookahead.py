from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def all_batches(loader, epochs):
    for _ in range(epochs):
        yield from loader


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)
    try:
        batches = all_batches(loader, epochs)
        batch = next(batches, None)
        step, total, samples = 0, 0.0, 0
        while batch is not None:
            inputs, targets = batch
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            step += 1
            total += loss.item() * len(inputs)
            samples += len(inputs)
            batch = next(batches, None)
            if step % log_every == 0 or batch is None:
                writer.add_scalar("Loss/Batch", total / samples, step)
                total, samples = 0.0, 0
    finally:
        writer.flush()
        writer.close()
    return log_dir
