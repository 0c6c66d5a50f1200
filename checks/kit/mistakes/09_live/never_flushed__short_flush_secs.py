from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    # a short queue and a short interval, so that others see the points right away
    writer = SummaryWriter(log_dir=str(log_dir), max_queue=1, flush_secs=1)
    try:
        for epoch in range(1, epochs + 1):
            loss_sum = 0.0
            count = 0
            for x, y in loader:
                loss = loss_fn(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss_sum += loss.item() * x.size(0)
                count += x.size(0)
            writer.add_scalar("Loss/Train", loss_sum / count, epoch)
            writer.add_scalar("LearningRate", optimizer.param_groups[0]["lr"], epoch)
            scheduler.step()
    finally:
        writer.close()
    return log_dir
