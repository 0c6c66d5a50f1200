"""Loops written by hand, with torch's own writer and tensorboardX."""

from pathlib import Path
from statistics import fmean

import torch

from worlds import layout
from worlds.loops import epochs, loaders, network


@layout("torch")
def tutorial(path: Path) -> None:
    """The running loss of every four batches, and both losses of each epoch: as torch's tutorial does."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(path / "fashion_trainer_20260102_030405")
    for epoch, losses, validation, _ in epochs():
        for batch in (3, 7):
            writer.add_scalar(
                "Loss/train", fmean(losses[batch - 3 : batch + 1]), (epoch - 1) * 8 + batch + 1
            )
        scalars = {"Training": fmean(losses), "Validation": validation}
        writer.add_scalar("Training vs. Validation Loss/Training", scalars["Training"], epoch)
        writer.add_scalar("Training vs. Validation Loss/Validation", scalars["Validation"], epoch)
        writer.flush()
    writer.close()


@layout("torch")
def two_clocks(path: Path) -> None:
    """Batches and epochs in one run."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(path / "run", comment="_lr0.1") as writer:
        step = 0
        for epoch, losses, validation, right in epochs():
            for loss in losses:
                writer.add_scalar("batch/loss", loss, step := step + 1)
            writer.add_scalar("epoch/train_loss", fmean(losses), epoch)
            writer.add_scalar("epoch/val_loss", validation, epoch)
            writer.add_scalar("epoch/val_acc", right, epoch)


@layout("torch")
def train_and_test_writers(path: Path) -> None:
    """Two writers in two folders, with the same tags."""
    from torch.utils.tensorboard import SummaryWriter

    train, test = SummaryWriter(path / "train"), SummaryWriter(path / "test")
    for epoch, losses, validation, right in epochs():
        train.add_scalar("loss", fmean(losses), epoch)
        test.add_scalar("loss", validation, epoch)
        test.add_scalar("accuracy", right, epoch)
    train.close()
    test.close()


@layout("torch")
def everything(path: Path) -> None:
    """Each kind of data that the writer knows."""
    from torch.utils.tensorboard import SummaryWriter

    model = network(3)
    with SummaryWriter(path, flush_secs=1, max_queue=5) as writer:
        writer.add_graph(model, torch.zeros(1, 4))
        writer.add_text("config", "lr: 0.1", 0)
        writer.add_custom_scalars({"loss": {"both": ["Multiline", ["loss/train", "loss/val"]]}})
        for epoch, losses, validation, right in epochs():
            writer.add_scalar("loss/train", fmean(losses), epoch, new_style=True)
            writer.add_scalar("loss/val", validation, epoch, new_style=True)
            writer.add_scalar("accuracy/val", right, epoch, double_precision=True)
            for name, parameter in model.named_parameters():
                writer.add_histogram(f"weights/{name}", parameter, epoch)
            writer.add_image("samples", torch.rand(3, 8, 8), epoch)
            writer.add_pr_curve("pr", torch.randint(0, 2, (50,)), torch.rand(50), epoch)
        writer.add_embedding(torch.randn(6, 3), metadata=list("abcdef"))
        writer.add_mesh("mesh", torch.rand(1, 4, 3))


@layout("torch")
def grid_of_hparams(path: Path) -> None:
    """A run for each choice, with its hyperparameters in the run itself."""
    from torch.utils.tensorboard import SummaryWriter

    for number, rate in enumerate((0.1, 0.01, 0.001)):
        with SummaryWriter(path / f"trial_{number}") as writer:
            for epoch, losses, validation, _ in epochs(6):
                writer.add_scalar("loss/train", fmean(losses), epoch)
                writer.add_scalar("loss/val", validation, epoch)
            writer.add_hparams({"lr": rate}, {"hparam/loss": validation}, run_name=".")


@layout("torch")
def resumed_with_purge(path: Path) -> None:
    """A run that was broken off within its seventh epoch, and went on from the sixth's checkpoint."""
    from torch.utils.tensorboard import SummaryWriter

    history = list(epochs())
    for first, last in ((1, 7), (7, 12)):
        with SummaryWriter(path / "run", purge_step=first, filename_suffix=f".from{first}") as writer:
            for epoch, losses, validation, _ in history[first - 1 : last]:
                writer.add_scalar("Loss/train", fmean(losses), epoch)
                writer.add_scalar("Loss/val", validation, epoch)


@layout("torch")
def percent_everywhere(path: Path) -> None:
    """Accuracies in percent, as many tutorials have them."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(path / "run") as writer:
        for epoch, losses, validation, right in epochs():
            writer.add_scalar("train/loss", fmean(losses), epoch)
            writer.add_scalar("test/loss", validation, epoch)
            writer.add_scalar("test/acc1", 100 * right, epoch)
            writer.add_scalar("test/acc5", 100.0, epoch)
            writer.add_scalar("lr", 0.1 * 0.5 ** (epoch // 5), epoch)


@layout("torch")
def adversarial(path: Path) -> None:
    """Two networks that play against each other."""
    from torch.utils.tensorboard import SummaryWriter

    torch.manual_seed(0)
    generator, judge = (
        torch.nn.Linear(2, 1),
        torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)),
    )
    players = [torch.optim.Adam(net.parameters(), lr=0.02) for net in (generator, judge)]
    loss_of = torch.nn.BCEWithLogitsLoss()
    with SummaryWriter(path / "dcgan") as writer:
        for step in range(120):
            real, fake = torch.randn(64, 1) + 3, generator(torch.randn(64, 2))
            judged = loss_of(judge(real), torch.ones(64, 1)) + loss_of(
                judge(fake.detach()), torch.zeros(64, 1)
            )
            players[1].zero_grad()
            judged.backward()
            players[1].step()
            fooled = loss_of(judge(fake), torch.ones(64, 1))
            players[0].zero_grad()
            fooled.backward()
            players[0].step()
            writer.add_scalar("Loss_D", judged.item(), step)
            writer.add_scalar("Loss_G", fooled.item(), step)
            writer.add_scalar("D_x", judge(real).sigmoid().mean().item(), step)


@layout("torch")
def autoencoder(path: Path) -> None:
    """A variational autoencoder, whose divergence rises by right."""
    from torch.utils.tensorboard import SummaryWriter

    inputs, _ = loaders()[0].dataset[:]
    torch.manual_seed(0)
    encoder, decoder = torch.nn.Linear(4, 4), torch.nn.Linear(2, 4)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.02)
    with SummaryWriter(path / "vae") as writer:
        for step in range(100):
            mean, log_variance = encoder(inputs).chunk(2, dim=1)
            hidden = mean + torch.randn_like(mean) * (log_variance / 2).exp()
            reconstruction = (decoder(hidden) - inputs).square().sum(1).mean()
            divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()
            optimizer.zero_grad()
            (reconstruction + 0.1 * divergence).backward()
            optimizer.step()
            writer.add_scalar("train/reconstruction_loss", reconstruction.item(), step)
            writer.add_scalar("train/kl_loss", divergence.item(), step)
            writer.add_scalar("train/elbo", -(reconstruction + divergence).item(), step)


@layout("tensorboardX")
def x_scalars(path: Path) -> None:
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(path / "run")) as writer:
        for epoch, losses, validation, right in epochs():
            writer.add_scalar("data/train_loss", fmean(losses), epoch)
            writer.add_scalar("data/val_loss", validation, epoch)
            writer.add_scalar("data/val_accuracy", right, epoch)
            writer.add_image("images", torch.rand(3, 8, 8), epoch)
            writer.add_text("note", f"epoch {epoch}", epoch)
        writer.export_scalars_to_json(str(path / "all_scalars.json"))


@layout("tensorboardX")
def x_numpy_and_histograms(path: Path) -> None:
    from tensorboardX import SummaryWriter

    model = network(3)
    with SummaryWriter(str(path / "run"), flush_secs=1) as writer:
        for epoch, losses, _, _ in epochs():
            writer.add_scalar("loss", torch.tensor(fmean(losses)).numpy(), epoch)
            for name, parameter in model.named_parameters():
                writer.add_histogram(name, parameter.detach().numpy(), epoch)
        writer.add_graph(model, torch.zeros(1, 4))


@layout("tensorboardX")
def x_global_writer(path: Path) -> None:
    from tensorboardX import GlobalSummaryWriter

    writer = GlobalSummaryWriter(str(path / "run"))
    for _, losses, validation, _ in epochs():
        writer.add_scalar("train/loss", fmean(losses))
        writer.add_scalar("valid/loss", validation)
    writer.close()


@layout("torch.profiler")
def profiled(path: Path) -> None:
    """Scalars beside a trace of the profiler."""
    from torch.profiler import profile, schedule, tensorboard_trace_handler
    from torch.utils.tensorboard import SummaryWriter

    handler, plan = tensorboard_trace_handler(str(path)), schedule(wait=1, warmup=1, active=1)
    with SummaryWriter(path) as writer, profile(schedule=plan, on_trace_ready=handler) as profiler:
        for epoch, losses, _, _ in epochs():
            writer.add_scalar("Loss/train", fmean(losses), epoch)
            profiler.step()
