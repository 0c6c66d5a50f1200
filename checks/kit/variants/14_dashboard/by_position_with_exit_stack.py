from contextlib import ExitStack
from json import JSONEncoder
from pathlib import Path

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(net, batches, held_out, criterion, opt, settings, n, where) -> Path:
    """Trains and validates as in exercise 7, and logs what describes the whole run."""
    log_dir = new_log_dir(where, opt.param_groups[0]["lr"])
    with ExitStack() as stack:
        writer = SummaryWriter(log_dir=log_dir, max_queue=1)
        stack.callback(writer.close)
        writer.add_custom_scalars_multilinechart(["Loss/Validation", "Loss/Train"])
        writer.add_text("Config", "```python\n" + JSONEncoder(indent=3).encode(settings) + "\n```", 0)
        writer.add_graph(net, [torch.zeros(5, 3, 16, 16)], use_strict_trace=False)
        for k in range(n):
            losses, sizes = [], []
            for x, y in batches:
                opt.zero_grad()
                value = criterion(net(x), y)
                value.backward()
                opt.step()
                losses.append(value.detach().numpy())
                sizes.append(len(y))
            writer.add_scalar("Loss/Train", np.average(losses, weights=sizes), k + 1)
            net.eval()
            with torch.no_grad():
                pairs = [(criterion(net(x), y).numpy(), len(y)) for x, y in held_out]
            net.train()
            losses, sizes = zip(*pairs)
            writer.add_scalar("Loss/Validation", np.average(losses, weights=sizes), k + 1)
    return log_dir
