import time
from pathlib import Path
from typing import Sequence

from torch.utils.tensorboard.writer import SummaryWriter


class CurveWriter(SummaryWriter):
    def __init__(self, log_dir):
        super().__init__(log_dir)
        self.step = 0

    def point(self, loss):
        self.step += 1
        self.add_scalar(
            "Loss/Train",
            float(loss),
            self.step,
            walltime=time.time(),
            new_style=True,
            double_precision=True,
        )


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    Path(log_dir).mkdir(parents=True, exist_ok=True)
    with CurveWriter(log_dir) as writer:
        for loss in losses:
            writer.point(loss)
