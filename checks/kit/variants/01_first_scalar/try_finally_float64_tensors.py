import torch
from torch.utils.tensorboard import SummaryWriter


def log_losses(losses, log_dir):
    values = torch.tensor(list(losses), dtype=torch.float64)
    writer = SummaryWriter(log_dir=str(log_dir), max_queue=1, flush_secs=5, filename_suffix=".losses")
    try:
        for index in range(values.numel()):
            writer.add_scalar(tag="Loss/Train", scalar_value=values[index], global_step=index + 1)
        writer.flush()
    finally:
        writer.close()
