from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    paths = {}
    for lr in sorted(lrs):
        path = str(new_log_dir(runs_dir, lr))
        paths[lr] = path
        model = make_model()
        model.train()
        optimizer = make_optimizer(model.parameters(), lr)
        with SummaryWriter(log_dir=path, flush_secs=10) as writer:
            for epoch in range(epochs):
                losses, sizes = [], []
                for inputs, targets in loader:
                    loss = loss_fn(model(inputs), targets)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    losses.append(loss.item())
                    sizes.append(targets.shape[0])
                mean = sum(a * n for a, n in zip(losses, sizes)) / sum(sizes)
                writer.add_scalar("Loss/Train", mean, epoch + 1)
    return paths
