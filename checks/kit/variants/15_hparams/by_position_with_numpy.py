from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(net, batches, criterion, opt, chosen, n, where) -> Path:
    """Trains as in exercise 6, and logs what was chosen for the run and what came out of it."""
    where = new_log_dir(where, opt.param_groups[0]["lr"])
    with closing(SummaryWriter(where, max_queue=1, flush_secs=1)) as w:
        k = 0
        while k < n:
            k += 1
            rows = []
            for x, y in batches:
                opt.zero_grad(set_to_none=False)
                z = net(x)
                value = criterion(z, y)
                value.backward()
                opt.step()
                share = torch.eq(z.detach().argmax(-1), y).double().mean()
                rows.append((value.detach().double(), share, y.shape[0]))
            table = np.array(rows, dtype=np.float64)
            loss, share = np.average(table[:, :2], axis=0, weights=table[:, 2])
            w.add_scalar("Loss/Train", loss, k)
            w.add_scalar("Accuracy/Train", share, k)
        final = {"Final/Loss": torch.tensor(loss), "Final/Accuracy": np.float32(share)}
        w.add_hparams(
            {a: b if not isinstance(b, list) else f"{b}" for a, b in chosen.items()}, final, run_name="."
        )
    return str(where)
