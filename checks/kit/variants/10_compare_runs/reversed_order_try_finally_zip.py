from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    order = list(reversed(lrs))
    models = [make_model() for _ in order]
    optimizers = [make_optimizer(m.parameters(), lr) for m, lr in zip(models, order)]
    dirs = []
    for lr, model, optimizer in zip(order, models, optimizers):
        dirs.append(new_log_dir(runs_dir, lr))
        writer = SummaryWriter(dirs[-1])
        try:
            epoch = 0
            while epoch < epochs:
                epoch += 1
                weighted = 0.0
                seen = 0
                for x, y in loader:
                    model.zero_grad()
                    loss = loss_fn(model(x), y)
                    loss.backward()
                    optimizer.step()
                    weighted += float(loss.detach()) * y.size(0)
                    seen += y.size(0)
                writer.add_scalar(tag="Loss/Train", scalar_value=weighted / seen, global_step=epoch)
            writer.flush()
        finally:
            writer.close()
    return dict(zip(order, dirs, strict=True))
