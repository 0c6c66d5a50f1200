from torch import nn
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def train(model, loader, loss_fn, optimizer, max_norm, epochs, runs_dir):
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    kept = []
    with SummaryWriter(log_dir) as writer:
        try:
            for epoch in range(1, epochs + 1):
                total, samples = 0.0, 0
                for inputs, targets in loader:
                    optimizer.zero_grad()
                    loss = loss_fn(model(inputs), targets)
                    loss.backward()
                    gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
                    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                    optimizer.step()
                    total += loss.item() * len(inputs)
                    samples += len(inputs)
                writer.add_scalar("Loss/Train", total / samples, epoch)
                writer.add_scalar("Gradient/Norm", norm, epoch)
                for name, gradient in gradients.items():
                    writer.add_histogram(f"Gradients/{name}", gradient, epoch)
                kept.append({name: parameter.detach() for name, parameter in model.named_parameters()})
        finally:
            for epoch, weights in enumerate(kept, start=1):
                for name, values in weights.items():
                    writer.add_histogram(f"Weights/{name}", values, epoch)
    return log_dir
