from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    step, total, samples = 0, 0.0, 0
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            batches = list(loader)
            for number, (inputs, targets) in enumerate(batches, start=1):
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                total += loss.item() * len(inputs)
                samples += len(inputs)
                last = epoch == epochs and number == len(batches)
                if step % log_every == 0 or last:
                    writer.add_scalar("Loss/Batch", total / samples, global_step=step)
                    total, samples = 0.0, 0
    return log_dir
