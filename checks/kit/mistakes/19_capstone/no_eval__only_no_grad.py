"""Exercise 19: the capstone. The logger listens to the parameters and to the optimizer."""

from __future__ import annotations

import json
import math
from contextlib import contextmanager

import torch
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams as hparams_summary

from crystalball import scripts
from crystalball.capstone import Config
from crystalball.run_directory import new_log_dir


class RunLogger:
    """Writes one run; keeps the gradients of the last backward pass by hooks."""

    def __init__(self, log_dir, model):
        self.w = SummaryWriter(log_dir=str(log_dir), max_queue=1000)
        self.model = model
        self.gradients = {}
        self.handles = []
        for name, parameter in model.named_parameters():
            self.handles.append(parameter.register_post_accumulate_grad_hook(self.keep(name)))

    def keep(self, name):
        def hook(parameter):
            self.gradients[name] = parameter.grad.detach().clone()

        return hook

    def norm(self):
        return math.sqrt(sum(float(g.double().square().sum()) for g in self.gradients.values()))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for handle in self.handles:
            handle.remove()
        self.w.flush()
        self.w.close()
        return False


@contextmanager
def evaluating(model):
    with torch.no_grad():
        yield


def train(config: Config):
    """Trains a generator of sprites, and logs all there is to know about it."""
    model = config.make_model()
    loaders = config.make_loaders()
    optimizer = config.make_optimizer(model.parameters())
    scheduler = config.make_scheduler(optimizer)
    log_dir = new_log_dir(config.runs_dir, optimizer.param_groups[0]["lr"])

    with RunLogger(log_dir, model) as log:
        w = log.w
        with evaluating(model):
            w.add_graph(model, torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0)))
        w.add_custom_scalars_multilinechart(["Loss/Train", "Loss/Validation"])
        w.add_text("Config", json.dumps(config.hparams), global_step=0)

        lowest, lowest_at, step = math.inf, 0, 0
        for epoch in range(1, config.epochs + 1):
            rate = optimizer.param_groups[0]["lr"]
            epoch_sum = epoch_count = 0
            for inputs, _ in loaders[0]:
                model.zero_grad()
                loss = config.loss_fn(model(inputs), inputs)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_norm)
                optimizer.step()
                step += 1
                w.add_scalar("Loss/Batch", loss.item(), step)
                epoch_sum += loss.item() * inputs.size(0)
                epoch_count += inputs.size(0)
            scheduler_due = scheduler.step
            with evaluating(model):
                val_sum = val_count = 0
                for inputs, _ in loaders[1]:
                    val_sum += float(config.loss_fn(model(inputs), inputs)) * inputs.size(0)
                    val_count += inputs.size(0)
            scheduler_due()
            final = {"Final/Loss": epoch_sum / epoch_count, "Final/Validation": val_sum / val_count}
            w.add_scalar("Loss/Train", final["Final/Loss"], epoch)
            w.add_scalar("Loss/Validation", final["Final/Validation"], epoch)
            w.add_scalar("LearningRate", rate, epoch)
            w.add_scalar("Gradient/Norm", log.norm(), epoch)
            if not math.isfinite(epoch_sum):
                raise FloatingPointError(f"epoch {epoch}: {epoch_sum}")
            for name, parameter in model.named_parameters():
                w.add_histogram(f"Weights/{name}", parameter.detach().numpy(), epoch)
                if name in log.gradients:
                    w.add_histogram(f"Gradients/{name}", log.gradients[name].numpy(), epoch)
            if final["Final/Validation"] < lowest:
                lowest, lowest_at = final["Final/Validation"], epoch
            out_of_patience = epoch - lowest_at >= config.patience
            if epoch == 1 or epoch % config.every == 0 or epoch == config.epochs or out_of_patience:
                with evaluating(model):
                    drawn = (model.decoder(config.latents).clamp(-1, 1) + 1) / 2
                column = torch.cat([sprite.permute(1, 2, 0) for sprite in drawn]).numpy()
                w.add_image("Sprites/Generated", column, epoch, dataformats="HWC")
            if out_of_patience and epoch != config.epochs:
                w.add_scalar("Stopped/Epoch", epoch, epoch)
                break

        chosen = {k: (str(v) if isinstance(v, (list, tuple)) else v) for k, v in config.hparams.items()}
        for summary in hparams_summary(chosen, final):
            w.file_writer.add_summary(summary)
        for tag, value in final.items():
            w.add_scalar(tag, value, epoch)
    return log_dir


if __name__ == "__main__":
    scripts.show_capstone(train)
