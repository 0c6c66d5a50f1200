from pathlib import Path
from statistics import fmean

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            batches = list(loader)
            losses = []
            verdicts = []
            for inputs, targets in batches:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                losses.append(float(loss))
                verdicts += [
                    predicted == wanted
                    for predicted, wanted in zip(logits.argmax(dim=1).tolist(), targets.tolist(), strict=True)
                ]
            sizes = [len(targets) for _, targets in batches]
            writer.add_scalar("Loss/Train", fmean(losses, weights=sizes), global_step=epoch)
            writer.add_scalar("Accuracy/Train", verdicts.count(True) / len(verdicts), global_step=epoch)
    return log_dir
