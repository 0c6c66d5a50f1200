from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    log_dirs = {}
    for lr in lrs:
        model = make_model()
        optimizer = make_optimizer(model.parameters(), lr)
        stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
        log_dir = Path(runs_dir) / f"pixel_gen_lr{lr:.2g}_{stamp}"
        log_dir.mkdir(parents=True, exist_ok=True)
        with SummaryWriter(log_dir) as writer:
            for epoch in range(1, epochs + 1):
                total, samples = 0.0, 0
                for inputs, targets in loader:
                    optimizer.zero_grad()
                    loss = loss_fn(model(inputs), targets)
                    loss.backward()
                    optimizer.step()
                    total += loss.item() * len(inputs)
                    samples += len(inputs)
                writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
        log_dirs[lr] = log_dir
    return log_dirs
