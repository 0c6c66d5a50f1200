import contextlib
import os

from torch.utils.tensorboard import SummaryWriter


def logger(tag):
    """Logs what it is sent, in the folder in which it was started."""
    with contextlib.closing(SummaryWriter(os.curdir)) as writer:
        step = 1
        while True:
            writer.add_scalar(tag, (yield), step)
            step += 1


def log_losses(losses, log_dir):
    log_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(log_dir):
        log = logger("Loss/Train")
        next(log)
        for loss in losses:
            log.send(loss)
        log.close()
