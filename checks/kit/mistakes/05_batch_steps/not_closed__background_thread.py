import queue
import threading

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    messages = queue.Queue()
    writer = SummaryWriter(log_dir)

    def scribe():
        while True:
            writer.add_scalar(*messages.get())
            writer.flush()
            messages.task_done()

    threading.Thread(target=scribe, daemon=True).start()
    try:
        batches = 0
        for epoch in range(1, epochs + 1):
            seen, summed = 0, 0.0
            for inputs, targets in loader:
                loss = loss_fn(model(inputs), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                batches += 1
                messages.put(("Loss/Batch", loss.item(), batches))
                seen += len(targets)
                summed += loss.item() * len(targets)
            messages.put(("Loss/Train", summed / seen, epoch))
    finally:
        messages.join()
    return log_dir
