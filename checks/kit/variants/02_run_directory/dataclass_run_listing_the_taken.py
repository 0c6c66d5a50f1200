from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


@dataclass
class Run:
    runs_dir: Path
    lr: float
    now: datetime

    @property
    def name(self) -> str:
        return "pixel_gen_lr" + str(self.lr) + self.now.strftime("_%Y%m%d_%H%M%S")

    def make(self) -> Path:
        self.runs_dir.mkdir(parents=True, exist_ok=True)
        taken = {path.name for path in self.runs_dir.iterdir()}
        name = self.name
        number = 1
        while name in taken:
            name = f"{self.name}_run{number}"
            number += 1
        path = self.runs_dir / name
        path.mkdir()
        return path


def new_run(runs_dir: Path, lr: float, now: datetime) -> Path:
    log_dir = Run(runs_dir, lr, now).make()
    with ExitStack() as stack:
        writer = SummaryWriter(log_dir=log_dir)
        stack.callback(writer.close)
        writer.add_scalar("Started", 1.0, global_step=0)
        writer.add_scalar("LearningRate", lr, global_step=0)
    return log_dir
