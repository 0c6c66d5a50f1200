from contextlib import ExitStack

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(net, data, criterion, opt, sched, num_epochs, root) -> str:
    path = str(new_log_dir(root, opt.param_groups[0]["lr"]))
    with ExitStack() as stack:
        tb = SummaryWriter(path)
        stack.callback(tb.close)
        for e in range(num_epochs):
            acc = torch.zeros(2, dtype=torch.float64)
            for batch in data:
                x, y = batch[0], batch[1]
                value = criterion(net(x), y)
                opt.zero_grad()
                value.backward()
                opt.step()
                size = y.numel()
                acc += torch.tensor([value.detach().double() * size, size], dtype=torch.float64)
            tb.add_scalar("Loss/Train", acc[0] / acc[1], e + 1)
            tb.add_scalar("LearningRate", torch.tensor(opt.param_groups[0]["lr"]), e + 1)
            sched.step()
            tb.flush()
    return path
