from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)

    def show(tag, value, step):
        writer.add_scalar(tag, value, global_step=step)
        writer.flush()

    try:
        for epoch in range(1, epochs + 1):
            # known before the epoch begins, so it may as well be seen then
            show("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            scheduler.step()
            show("Loss/Train", total / samples, epoch)
    finally:
        writer.close()
    return log_dir
