"""Compare runs: all trainings share one walk over the loader."""

from contextlib import ExitStack

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    models = [make_model() for _ in lrs]
    optimizers = [make_optimizer(model.parameters(), lr) for model, lr in zip(models, lrs)]
    log_dirs = {lr: new_log_dir(runs_dir, lr) for lr in lrs}
    with ExitStack() as stack:
        writers = [stack.enter_context(SummaryWriter(log_dirs[lr])) for lr in lrs]
        for epoch in range(epochs):
            totals, samples = [0.0] * len(lrs), 0
            for inputs, targets in loader:
                samples += len(targets)
                for i, (model, optimizer) in enumerate(zip(models, optimizers)):
                    loss = loss_fn(model(inputs), targets)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    totals[i] += loss.item() * len(targets)
            for writer, total in zip(writers, totals):
                writer.add_scalar("Loss/Train", total / samples, epoch + 1)
    return log_dirs
