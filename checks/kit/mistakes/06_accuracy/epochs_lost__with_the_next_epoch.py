from itertools import groupby
from operator import itemgetter

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    def batches():
        for epoch in range(1, epochs + 1):
            for inputs, targets in loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                hits = (logits.argmax(dim=1) == targets).sum().item()
                yield epoch, loss.item(), hits, len(targets)

    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch, results in groupby(batches(), key=itemgetter(0)):
            total, correct, samples = 0.0, 0, 0
            for _, loss, hits, size in results:
                total += loss * size
                correct += hits
                samples += size
            writer.add_scalar("Loss/Train", total / samples, epoch)
            writer.add_scalar("Accuracy/Train", correct / samples, epoch)
    return log_dir
