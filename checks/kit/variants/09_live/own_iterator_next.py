from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    group = optimizer.param_groups[0]
    log_dir = new_log_dir(runs_dir, group["lr"])
    writer = SummaryWriter(log_dir=log_dir)
    try:
        epoch = 0
        while epoch < epochs:
            epoch += 1
            model.train()
            batches = iter(loader)
            weighted, seen = [], 0
            while True:
                try:
                    inputs, targets = next(batches)
                except StopIteration:
                    break
                model.zero_grad()
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                weighted.append(loss.item() * len(targets))
                seen += len(targets)
            points = {"Loss/Train": sum(weighted) / seen, "LearningRate": group["lr"]}
            for tag, value in points.items():
                writer.add_scalar(tag, value, epoch)
            writer.flush()
            scheduler.step()
    finally:
        writer.close()
    return log_dir
