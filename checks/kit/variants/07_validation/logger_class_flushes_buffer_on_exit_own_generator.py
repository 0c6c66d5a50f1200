import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


@dataclass
class RunLogger:
    log_dir: Path
    rows: list = field(default_factory=list)

    def __enter__(self):
        self.writer = SummaryWriter(self.log_dir)
        return self

    def log(self, step, **scalars):
        self.rows += [(name.replace("__", "/"), value, step) for name, value in scalars.items()]

    def __exit__(self, *exc_info):
        for tag, value, step in self.rows:
            self.writer.add_scalar(tag, value, step, new_style=True)
        self.writer.close()
        return False


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir) -> Path:
    generator = torch.Generator().manual_seed(0)
    with RunLogger(new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])) as logger:
        for epoch in range(1, epochs + 1):
            terms, right, n = [], 0, 0
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                terms.append(loss.item() * len(targets))
                right += sum(map(int.__eq__, logits.argmax(1).tolist(), targets.tolist()))
                n += len(targets)

            model.eval()
            val_terms, val_right, val_n = [], 0, 0
            with torch.no_grad():
                for inputs, targets in list(val_loader):
                    logits = model(inputs)
                    val_terms.append(loss_fn(logits, targets).item() * len(targets))
                    val_right += sum(map(int.__eq__, logits.argmax(1).tolist(), targets.tolist()))
                    val_n += len(targets)
                # one sprite of the last batch to look at, drawn without touching the global seed
                pick = int(torch.randint(len(inputs), (), generator=generator))
                logger.writer.add_image("Validation/Example", inputs[pick] / 2 + 0.5, epoch)
            model.train()
            logger.log(
                epoch,
                Accuracy__Validation=val_right / val_n,
                Loss__Validation=math.fsum(val_terms) / val_n,
                Accuracy__Train=right / n,
                Loss__Train=math.fsum(terms) / n,
            )
    return logger.log_dir
