from contextlib import ExitStack
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir) -> Path:
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    used = []

    def remember(stepping, args, kwargs):
        used.append(float(stepping.param_groups[0]["lr"]))

    with ExitStack() as stack:
        writer = stack.enter_context(SummaryWriter(log_dir))
        stack.callback(optimizer.register_step_pre_hook(remember).remove)
        for epoch in range(1, epochs + 1):
            used.clear()
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                samples += len(inputs)
            scheduler.step()
            writer.add_scalar("LearningRate", used[-1], epoch)
            writer.add_scalar("Loss/Train", total / samples, epoch)
    return log_dir
