import os

from torch.utils.tensorboard import SummaryWriter


def _log_span(writer, losses, first, stop):
    if stop - first == 1:
        writer.add_scalar(f"{'Loss'}/{'Train'}", losses[first], first + 1)
        return
    middle = (first + stop) // 2
    _log_span(writer, losses, first, middle)
    _log_span(writer, losses, middle, stop)


def log_losses(losses, log_dir):
    writer = SummaryWriter(os.fspath(log_dir))
    _log_span(writer, losses, 0, len(losses))
    writer.flush()
    writer.close()
    return len(losses)
