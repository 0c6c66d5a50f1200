from pathlib import Path
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from crystalball.run_directory import new_log_dir


def log_plugin_data(writer, tag, **parts):
    content = plugin_data_pb2.HParamsPluginData(version=0, **parts).SerializeToString()
    about = SummaryMetadata()
    about.plugin_data.plugin_name = "hparams"
    about.plugin_data.content = content
    writer.file_writer.add_summary(Summary(value=[Summary.Value(tag=tag, metadata=about)]))


def train(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, ...]],
    loss_fn: nn.Module,
    optimizer: Optimizer,
    hparams: dict[str, Any],
    epochs: int,
    runs_dir: Path,
) -> Path:
    """Trains as in exercise 6, and logs what was chosen for the run and what came out of it."""
    log_dir = new_log_dir(runs_dir, optimizer.param_groups[0]["lr"])
    with SummaryWriter(log_dir) as writer:
        for epoch in range(1, epochs + 1):
            total, correct, samples = 0.0, 0, 0
            for inputs, targets in loader:
                optimizer.zero_grad()
                logits = model(inputs)
                loss = loss_fn(logits, targets)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
                correct += int((logits.argmax(dim=1) == targets).sum())
                samples += len(inputs)
            writer.add_scalar("Loss/Train", total / samples, global_step=epoch)
            writer.add_scalar("Accuracy/Train", correct / samples, global_step=epoch)
        session = plugin_data_pb2.SessionStartInfo()
        experiment = api_pb2.Experiment()
        for name, value in hparams.items():
            info = experiment.hparam_infos.add(name=name)
            if isinstance(value, bool):
                session.hparams[name].bool_value = value
                info.type = api_pb2.DATA_TYPE_BOOL
            elif isinstance(value, (int, float)):
                session.hparams[name].number_value = value
                info.type = api_pb2.DATA_TYPE_FLOAT64
            else:
                session.hparams[name].string_value = str(value)
                info.type = api_pb2.DATA_TYPE_STRING
        for tag, value in [("Final/Accuracy", correct / samples), ("Final/Loss", total / samples)]:
            experiment.metric_infos.add().name.tag = tag
            writer.add_scalar(tag, value, epochs, new_style=True)
        finished = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS)
        log_plugin_data(writer, metadata.EXPERIMENT_TAG, experiment=experiment)
        log_plugin_data(writer, metadata.SESSION_START_INFO_TAG, session_start_info=session)
        log_plugin_data(writer, metadata.SESSION_END_INFO_TAG, session_end_info=finished)
    return log_dir
