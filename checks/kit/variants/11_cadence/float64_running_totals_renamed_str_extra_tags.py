import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(net, data, criterion, opt, every, num_epochs, root) -> str:
    """Never resets: each point is a difference of totals since the start."""
    path = new_log_dir(root, opt.param_groups[0]["lr"])
    totals = torch.zeros(2, dtype=torch.float64)
    at_last_point = totals.clone()
    at_last_epoch = totals.clone()
    step = 0
    with SummaryWriter(str(path)) as tb:
        for epoch in range(1, num_epochs + 1):
            for x, y in data:
                value = criterion(net(x), y)
                opt.zero_grad()
                value.backward()
                opt.step()
                step += 1
                totals[0] += value.detach().double() * x.shape[0]
                totals[1] += x.shape[0]
                if step % every == 0:
                    loss_sum, count = totals - at_last_point
                    tb.add_scalar("Loss/Batch", loss_sum / count, step)
                    at_last_point = totals.clone()
            loss_sum, count = totals - at_last_epoch
            tb.add_scalar("Loss/Epoch", loss_sum / count, epoch)
            at_last_epoch = totals.clone()
        if step % every:
            loss_sum, count = totals - at_last_point
            tb.add_scalar("Loss/Batch", loss_sum / count, step)
    return str(path)
