from torch.utils.tensorboard import SummaryWriter


def log_losses(values, folder):
    with SummaryWriter(folder) as w:
        for i, v in enumerate(values, 1):
            w.add_scalar("Loss/Train", v, i)
