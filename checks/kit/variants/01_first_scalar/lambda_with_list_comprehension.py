from contextlib import closing
from itertools import count

import torch.utils.tensorboard as tb

TAG = "/".join(("Loss", "Train"))


def _write(writer, losses):
    return [writer.add_scalar(TAG, loss, step) for step, loss in zip(count(1), losses)]


def _closing_write(writer, losses):
    with closing(writer) as open_writer:
        return _write(open_writer, losses)


log_losses = lambda losses, log_dir: _closing_write(tb.SummaryWriter(log_dir), losses)  # noqa: E731  # a function by another name
