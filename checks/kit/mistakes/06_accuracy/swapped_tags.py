from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            loss_total, right_total, n = 0.0, 0, 0
            for x, y in loader:
                optimizer.zero_grad()
                out = model(x)
                loss = loss_fn(out, y)
                loss.backward()
                optimizer.step()
                loss_total += loss.item() * len(x)
                right_total += (out.argmax(1) == y).sum().item()
                n += len(x)
            results = (right_total / n, loss_total / n)
            for tag, value in zip(("Loss/Train", "Accuracy/Train"), results):
                writer.add_scalar(tag, value, epoch)
    return log_dir
