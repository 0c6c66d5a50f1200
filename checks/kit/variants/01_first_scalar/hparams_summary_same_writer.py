from contextlib import ExitStack
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams


def log_losses(losses, log_dir=Path("runs") / "first", tag="Loss/Train"):
    with ExitStack() as stack:
        writer = stack.enter_context(SummaryWriter(Path(log_dir).as_posix(), purge_step=0))
        for index, loss in enumerate(losses):
            writer.add_scalar(tag, loss, index + 1)
        for summary in hparams({"epochs": len(losses)}, {"hparam/last_loss": losses[-1]}):
            writer.file_writer.add_summary(summary)
        writer.add_scalar("hparam/last_loss", losses[-1], len(losses))
    return log_dir
