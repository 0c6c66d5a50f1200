import os

from torch.utils.tensorboard import SummaryWriter


def new_run(runs_dir, lr, now):
    os.makedirs(runs_dir, exist_ok=True)
    stem = os.path.join(str(runs_dir), "pixel_gen_lr%r_%s" % (float(lr), now.strftime("%Y%m%d_%H%M%S")))
    path, number = stem, 1
    while True:
        try:
            os.mkdir(path)
            break
        except FileExistsError:
            number += 1
            path = stem + "_" + str(number)
    writer = SummaryWriter(log_dir=path)
    try:
        writer.add_scalar("Started", 1, global_step=0)
    finally:
        writer.close()
    return path
