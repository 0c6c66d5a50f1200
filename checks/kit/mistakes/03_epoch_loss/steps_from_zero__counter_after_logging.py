from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, epochs, runs_dir):
    lr = optimizer.param_groups[0]["lr"]
    log_dir = new_log_dir(runs_dir, lr)
    writer = SummaryWriter(log_dir)
    step = 0
    for _ in range(epochs):
        loss_sum = 0
        count = 0
        for batch in loader:
            images, labels = batch
            optimizer.zero_grad()
            loss = loss_fn(model(images), labels)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * labels.size(0)
            count += labels.size(0)
        writer.add_scalar("Loss/Train", loss_sum / count, global_step=step)
        step += 1
    writer.close()
    return log_dir
