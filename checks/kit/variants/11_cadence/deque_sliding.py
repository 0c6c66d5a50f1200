from collections import deque
from contextlib import closing
from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, log_every, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    recent = deque(maxlen=log_every)
    step = 0
    with closing(SummaryWriter(log_dir)) as writer:
        for _ in range(epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                step += 1
                recent.append((loss.item(), len(inputs)))
                if step % log_every == 0:
                    losses, sizes = zip(*recent)
                    writer.add_scalar("Loss/Batch", np.average(losses, weights=sizes), step)
        rest = step % log_every
        if rest:
            losses, sizes = zip(*list(recent)[-rest:])
            writer.add_scalar("Loss/Batch", np.average(losses, weights=sizes), step)
    return log_dir
