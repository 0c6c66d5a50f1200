from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_one(writer, value, step=None):
    writer.add_scalar("Loss/Train", value, global_step=step)


def log_losses(losses, log_dir):
    with SummaryWriter(log_dir=str(log_dir)) as tb:
        for epoch, loss in enumerate(losses, start=1):
            print(f"epoch {epoch}: {loss}")
            log_one(tb, loss)
