import os

import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


TRAIN_LOSS, TRAIN_ACC = "Loss/Train", "Accuracy/Train"
VAL_LOSS, VAL_ACC = "Loss/Validation", "Accuracy/Validation"


def train(net, train_dl, valid_dl, criterion, opt, n_epochs, root):
    path = new_log_dir(root, opt.param_groups[0]["lr"])
    tb = SummaryWriter(log_dir=os.fspath(path))
    grad_was_enabled = torch.is_grad_enabled()
    try:
        epoch = 0
        while epoch < n_epochs:
            epoch += 1
            net.train()
            loss_sum = torch.zeros((), dtype=torch.float64)
            hits = torch.zeros((), dtype=torch.int64)
            seen = 0
            for xb, yb in train_dl:
                net.zero_grad()
                out = net(xb)
                loss = criterion(out, yb)
                loss.backward()
                opt.step()
                loss_sum += loss.detach().double() * yb.size(0)
                hits += (out.topk(1).indices.flatten() == yb).sum()
                seen += yb.size(0)
            tb.add_scalar(TRAIN_LOSS, loss_sum.item() / seen, epoch)
            tb.add_scalar(TRAIN_ACC, hits.item() / seen, epoch)

            net.eval()
            torch.set_grad_enabled(False)
            loss_sum.zero_()
            hits.zero_()
            seen = 0
            for xb, yb in valid_dl:
                out = net(xb)
                loss_sum += criterion(out, yb).double() * yb.size(0)
                hits += (out.topk(1).indices.flatten() == yb).sum()
                seen += yb.size(0)
            torch.set_grad_enabled(grad_was_enabled)
            tb.add_scalar(VAL_LOSS, loss_sum.item() / seen, epoch)
            tb.add_scalar(VAL_ACC, hits.item() / seen, epoch)
    finally:
        torch.set_grad_enabled(grad_was_enabled)
        net.train()
        tb.close()
    return str(path)
