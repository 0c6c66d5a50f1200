import torch
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    writer = SummaryWriter(log_dir)

    def one_pass(loader, learn):
        loss_sum, right, n = 0.0, 0, 0
        with torch.set_grad_enabled(learn):
            for x, y in loader:
                out = model(x)
                loss = loss_fn(out, y)
                if learn:
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                loss_sum += loss.item() * len(y)
                right += (out.argmax(1) == y).sum().item()
                n += len(y)
        return loss_sum / n, right / n

    try:
        for epoch in range(1, epochs + 1):
            model.train()
            train_loss, train_acc = one_pass(train_loader, True)
            model.eval
            val_loss, val_acc = one_pass(val_loader, False)
            writer.add_scalar("Loss/Train", train_loss, epoch)
            writer.add_scalar("Accuracy/Train", train_acc, epoch)
            writer.add_scalar("Loss/Validation", val_loss, epoch)
            writer.add_scalar("Accuracy/Validation", val_acc, epoch)
    finally:
        writer.close()
    return log_dir
