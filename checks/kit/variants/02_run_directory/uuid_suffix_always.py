import uuid

from torch.utils.tensorboard import SummaryWriter


def new_run(runs_dir, lr, now):
    log_dir = runs_dir / f"pixel_gen_lr{lr}_{now:%Y%m%d_%H%M%S}_{uuid.uuid4().hex}"
    with SummaryWriter(log_dir) as writer:
        writer.add_scalar("Started", 1.0, 0)
    return log_dir
