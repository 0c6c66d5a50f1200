from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter


class LossLogger:
    def __init__(self, tag: str) -> None:
        self.tag = tag

    def __call__(self, losses: Sequence[float], log_dir: Path) -> None:
        writer = SummaryWriter(log_dir)
        for step, loss in enumerate(np.asarray(losses, dtype=np.float32)):
            writer.add_scalar(self.tag, loss, global_step=step + 1, new_style=True)
        writer.close()


log_losses = LossLogger("Loss/Train")
