import itertools

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


LOSS = "Loss/Train"
ACCURACY = "Accuracy/Train"


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = str(new_log_dir(runs_dir, optimizer.param_groups[0]["lr"]))
    writer = SummaryWriter(log_dir=log_dir)
    try:
        for epoch in itertools.islice(itertools.count(1), epochs):
            running_loss = running_hits = seen = 0
            for x, y in loader:
                logits = model(x)
                loss = loss_fn(logits, y)
                for group in optimizer.param_groups:
                    for parameter in group["params"]:
                        parameter.grad = None
                loss.backward()
                optimizer.step()
                _, best = logits.topk(1, dim=1)
                running_hits += best.squeeze(1).eq(y).sum().item()
                running_loss += loss.item() * y.numel()
                seen += y.numel()
            writer.add_scalar(LOSS, running_loss / seen, epoch)
            writer.add_scalar(ACCURACY, running_hits / seen, epoch)
            print(f"epoch {epoch}: loss {running_loss / seen:.4f}, accuracy {running_hits / seen:.1%}")
    finally:
        writer.flush()
        writer.close()
    return log_dir
