import statistics
from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


def log_losses(losses: Sequence[float], log_dir: Path) -> None:
    end = object()
    points = iter(losses)
    seen = []
    with SummaryWriter(log_dir) as writer:
        writer.add_text("Note", f"{len(losses)} epochs", 0)
        loss = next(points, end)
        while loss is not end:
            seen.append(loss)
            writer.add_scalar("Loss/Train", loss, len(seen))
            writer.add_scalar("Loss/Best", min(seen), len(seen))
            writer.add_scalar("Loss/Mean", statistics.fmean(seen), len(seen))
            writer.flush()
            print(f"epoch {len(seen)}: {loss:.4f}")
            loss = next(points, end)
