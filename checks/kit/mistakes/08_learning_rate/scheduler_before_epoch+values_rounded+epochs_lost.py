from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, scheduler, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    history = {"loss": [], "lr": []}
    for epoch in range(epochs):
        scheduler.step()
        running_loss = 0.0
        num_samples = 0
        for inputs, targets in loader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * inputs.size(0)
            num_samples += inputs.size(0)
        history["loss"].append(running_loss / num_samples)
        history["lr"].append(round(optimizer.param_groups[0]["lr"], 3))

    with SummaryWriter(log_dir) as writer:
        for epoch, (loss, lr) in enumerate(zip(history["loss"], history["lr"]), start=1):
            writer.add_scalar("Loss/Train", loss, epoch)
            writer.add_scalar("LearningRate", lr, epoch)
    return log_dir
