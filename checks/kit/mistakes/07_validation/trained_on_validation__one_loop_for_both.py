from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, train_loader, val_loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            for part, loader in (("Train", train_loader), ("Validation", val_loader)):
                model.train(part == "Train")
                loss_sum, right, n = 0.0, 0, 0
                for x, y in loader:
                    out = model(x)
                    loss = loss_fn(out, y)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    loss_sum += loss.item() * len(y)
                    right += (out.argmax(dim=1) == y).sum().item()
                    n += len(y)
                writer.add_scalar(f"Loss/{part}", loss_sum / n, epoch)
                writer.add_scalar(f"Accuracy/{part}", right / n, epoch)
    return log_dir
