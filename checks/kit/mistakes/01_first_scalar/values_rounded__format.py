from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from crystalball import scripts


def log_losses(losses, log_dir):
    texts = [f"{loss:.3f}" for loss in losses]
    with SummaryWriter(log_dir=str(log_dir)) as writer:
        for i, text in enumerate(texts):
            print("epoch", i + 1, "loss", text)
            writer.add_scalar("Loss/Train", float(text), i + 1)
