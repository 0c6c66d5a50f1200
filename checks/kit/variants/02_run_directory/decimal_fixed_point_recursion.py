import secrets
from decimal import Decimal

from torch.utils.tensorboard import SummaryWriter


def _claim(runs_dir, name, *, suffix=""):
    path = runs_dir / (name + suffix)
    try:
        path.mkdir()
    except FileExistsError:
        return _claim(runs_dir, name, suffix="_" + secrets.token_hex(6))
    return path


def new_run(runs_dir, lr, now):
    runs_dir.mkdir(parents=True, exist_ok=True)
    name = "pixel_gen_lr{:f}_{:%Y%m%d_%H%M%S}".format(Decimal(repr(float(lr))), now)
    log_dir = _claim(runs_dir, name)
    with SummaryWriter(log_dir, filename_suffix=".started") as writer:
        writer.add_scalar("Started", True, 0)
        writer.add_text("Name", log_dir.name, 0)
    return log_dir
