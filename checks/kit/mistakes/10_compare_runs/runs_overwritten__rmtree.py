import os
import shutil
import time

from torch.utils.tensorboard import SummaryWriter


def make_dir(runs_dir, lr, began):
    name = "pixel_gen_lr" + str(round(lr, 4)) + "_" + began
    path = os.path.join(runs_dir, name)
    if os.path.exists(path):
        shutil.rmtree(path)  # start clean
    os.makedirs(path)
    return path


def train_epoch(model, optimizer, loader, loss_fn):
    total, samples = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        samples += len(inputs)
    return total / samples


def sweep(make_model, make_optimizer, loader, loss_fn, lrs, epochs, runs_dir):
    result = {}
    began = time.strftime("%Y%m%d_%H%M%S")
    for lr in lrs:
        path = make_dir(runs_dir, lr, began)
        model = make_model()
        optimizer = make_optimizer(model.parameters(), lr)
        writer = SummaryWriter(path)
        for epoch in range(1, epochs + 1):
            writer.add_scalar("Loss/Train", train_epoch(model, optimizer, loader, loss_fn), epoch)
        writer.close()
        result[lr] = path
    return result
