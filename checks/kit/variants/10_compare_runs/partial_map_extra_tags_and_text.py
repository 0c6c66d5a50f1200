from contextlib import closing
from functools import partial

from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(lr, *, make_model, make_optimizer, loader, loss_fn, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, lr)
    model = make_model()
    optimizer = make_optimizer(model.parameters(), lr)
    with closing(SummaryWriter(log_dir)) as writer:
        writer.add_text("Config", f"learning rate {lr!r}, {epochs} epochs", 0)
        batch = 0
        for epoch in range(1, epochs + 1):
            total, samples = 0.0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(inputs), targets)
                loss.backward()
                optimizer.step()
                batch += 1
                writer.add_scalar("Loss/Batch", loss.item(), batch)
                total += loss.item() * len(inputs)
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, epoch)
            writer.add_scalar("Learning rate", optimizer.param_groups[0]["lr"], epoch)
    return log_dir


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    one = partial(
        train,
        make_model=make_model,
        make_optimizer=make_optimizer,
        loader=loader,
        loss_fn=loss_fn,
        epochs=epochs,
        runs_dir=runs_dir,
    )
    return dict(zip(lrs, map(one, lrs)))
