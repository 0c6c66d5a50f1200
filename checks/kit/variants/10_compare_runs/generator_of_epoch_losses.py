from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def epoch_losses(model, optimizer, loader, loss_fn, epochs):
    """Yields the mean loss over the samples after each epoch."""
    for _ in range(epochs):
        total = samples = 0
        for inputs, targets in loader:
            optimizer.zero_grad(set_to_none=True)
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * inputs.shape[0]
            samples += inputs.shape[0]
        yield total / samples


def runs(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    for lr in lrs:
        model = make_model()
        losses = epoch_losses(model, make_optimizer(model.parameters(), lr), loader, loss_fn, epochs)
        log_dir = new_log_dir(runs_dir, lr)
        with SummaryWriter(log_dir) as writer:
            for epoch, loss in enumerate(losses, start=1):
                writer.add_scalar("Loss/Train", loss, epoch)
        yield lr, log_dir


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    return dict(runs(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir))
