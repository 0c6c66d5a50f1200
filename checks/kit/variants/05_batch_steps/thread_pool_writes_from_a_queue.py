import queue
from concurrent.futures import ThreadPoolExecutor

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir

DONE = object()


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    messages = queue.SimpleQueue()

    def scribe():
        with SummaryWriter(log_dir) as writer:
            for tag, value, step in iter(messages.get, DONE):
                writer.add_scalar(tag, value, step)

    with ThreadPoolExecutor(max_workers=1) as pool:
        written = pool.submit(scribe)
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
            messages.put(DONE)
            written.result()
    return log_dir
