"""The name from `time.strftime`, whose clock lags by a tick; numbers folded, and no loop over batches by name."""

import time
from functools import reduce
from itertools import count
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


def learn(model, loss_fn, optimizer, sums, batch):
    inputs, targets = batch
    loss = loss_fn(model(inputs), targets)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return sums[0] + float(loss) * targets.numel(), sums[1] + targets.numel()


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    start = f"pixel_gen_lr{optimizer.param_groups[0]['lr']}_{time.strftime('%Y%m%d_%H%M%S')}"
    log_dir = next(
        path
        for path in (Path(runs_dir, start + f"_{number}" * (number > 0)) for number in count())
        if not path.exists()
    )
    with SummaryWriter(str(log_dir)) as writer:
        for epoch in range(1, epochs + 1):
            total, seen = reduce(
                lambda sums, batch: learn(model, loss_fn, optimizer, sums, batch), loader, (0.0, 0)
            )
            writer.add_scalar("Loss/Train", total / seen, epoch)
    return str(log_dir)
