"""Trainers on torch that log to TensorBoard themselves."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from worlds import layout
from worlds.loops import EPOCHS, epochs, loaders, network


def _lightning(**logged: Any) -> Any:
    """A module of Lightning; `logged` is given to each `log` of the training loss."""
    import lightning as pl

    class Module(pl.LightningModule):
        example_input_array = torch.zeros(1, 4)

        def __init__(self, lr: float = 0.05, hidden: str = "tanh") -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = network()

        def forward(self, inputs: Tensor) -> Tensor:
            return self.net(inputs)

        def training_step(self, batch: list[Tensor], index: int) -> Tensor:
            loss = nn.functional.mse_loss(self(batch[0]), batch[1])
            self.log("train_loss", loss, **logged)
            return loss

        def validation_step(self, batch: list[Tensor], index: int) -> None:
            self.log("val_loss", nn.functional.mse_loss(self(batch[0]), batch[1]))

        def test_step(self, batch: list[Tensor], index: int) -> None:
            self.log("test_loss", nn.functional.mse_loss(self(batch[0]), batch[1]))

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])
            return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 4)]

    return Module()


def _trainer(path: Path, logger: Any = True, **options: Any) -> Any:
    import lightning as pl

    plain = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    steps = {"max_epochs": EPOCHS, "log_every_n_steps": 4}
    return pl.Trainer(default_root_dir=path, logger=logger, **plain | steps | options)


@layout("lightning")
def defaults(path: Path) -> None:
    _trainer(path).fit(_lightning(), *loaders())


@layout("lightning")
def steps_and_epochs(path: Path) -> None:
    _trainer(path).fit(_lightning(on_step=True, on_epoch=True), *loaders())


@layout("lightning")
def fit_validate_test(path: Path) -> None:
    module, trainer, (train, validation) = _lightning(), _trainer(path), loaders()
    trainer.fit(module, train, validation)
    trainer.validate(module, validation, verbose=False)
    trainer.test(module, validation, verbose=False)


@layout("lightning")
def three_versions(path: Path) -> None:
    for _ in range(3):
        _trainer(path, max_epochs=5).fit(_lightning(on_epoch=True, on_step=False), *loaders())


@layout("lightning")
def graph_and_metrics(path: Path) -> None:
    """A logger of one's own making: graph, hyperparameters with their metrics, names for folders."""
    from lightning.pytorch.loggers import TensorBoardLogger

    logger = TensorBoardLogger(
        path,
        name="experiment",
        version="baseline",
        sub_dir="events",
        log_graph=True,
        default_hp_metric=False,
    )
    module, trainer = _lightning(), _trainer(path, logger)
    logger.log_hyperparams(dict(module.hparams), {"hp/val_loss": 0.0})
    trainer.fit(module, *loaders())
    logger.log_metrics({"hp/val_loss": trainer.callback_metrics["val_loss"].item()}, trainer.global_step)
    logger.save()


@layout("lightning")
def monitors(path: Path) -> None:
    from lightning.pytorch.callbacks import LearningRateMonitor, Timer

    monitor = LearningRateMonitor(logging_interval="step", log_momentum=True, log_weight_decay=True)
    _trainer(path, callbacks=[monitor, Timer()]).fit(_lightning(), *loaders())


@layout("lightning")
def validated_within_epochs(path: Path) -> None:
    trainer = _trainer(path, val_check_interval=0.5, accumulate_grad_batches=2, gradient_clip_val=1.0)
    trainer.fit(_lightning(on_step=True, on_epoch=True), *loaders())


@layout("lightning")
def resumed_in_the_same_version(path: Path) -> None:
    """Fitted on from a checkpoint, into the folder of the first."""
    from lightning.pytorch.loggers import TensorBoardLogger

    for until in (6, 12):
        logger = TensorBoardLogger(path, name="experiment", version=0)
        last = path / "last.ckpt"
        trainer = _trainer(path, logger, max_epochs=until)
        trainer.fit(_lightning(), *loaders(), ckpt_path=last if last.exists() else None)
        trainer.save_checkpoint(last)


@layout("lightning")
def fabric(path: Path) -> None:
    from lightning.fabric import Fabric
    from lightning.fabric.loggers import TensorBoardLogger

    run = Fabric(accelerator="cpu", loggers=TensorBoardLogger(path, name="fabric"))
    run.launch()
    for epoch, losses, validation, right in epochs():
        run.log_dict({"loss/train": sum(losses) / 8, "loss/val": validation, "acc/val": right}, step=epoch)
    run.logger.finalize("success")


@layout("accelerate")
def tracker(path: Path) -> None:
    from accelerate import Accelerator

    accelerator = Accelerator(log_with="tensorboard", project_dir=path, cpu=True)
    accelerator.init_trackers("example_project", config={"lr": 0.1, "seed": 0})
    step = 0
    for epoch, losses, validation, right in epochs():
        for loss in losses:
            accelerator.log({"train_loss": loss}, step=(step := step + 1))
        accelerator.log({"val_loss": validation, "val_accuracy": right, "epoch": epoch}, step=step)
    accelerator.end_training()


@layout("accelerate")
def tracker_with_two_groups(path: Path) -> None:
    """Images and scalars of several groups, by the tracker itself."""
    from accelerate import Accelerator

    accelerator = Accelerator(log_with="tensorboard", project_dir=path, cpu=True)
    accelerator.init_trackers("project")
    for epoch, losses, validation, _ in epochs():
        accelerator.log({"train": sum(losses) / 8, "valid": validation}, step=epoch)
        images = torch.rand(2, 3, 8, 8).numpy()
        accelerator.get_tracker("tensorboard").log_images({"samples": images}, step=epoch)
    accelerator.end_training()


def _engines() -> Any:
    from ignite.engine import create_supervised_evaluator, create_supervised_trainer
    from ignite.metrics import Loss, MeanSquaredError

    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    trainer = create_supervised_trainer(model, optimizer, nn.functional.mse_loss)
    metrics = {"loss": Loss(nn.functional.mse_loss), "mse": MeanSquaredError()}
    return model, optimizer, trainer, [create_supervised_evaluator(model, metrics) for _ in range(2)]


@layout("ignite")
def output_handlers(path: Path) -> None:
    from ignite.engine import Events
    from ignite.handlers import TensorboardLogger, global_step_from_engine

    _, optimizer, trainer, evaluators = _engines()
    train, validation = loaders()
    with TensorboardLogger(log_dir=path) as logger:
        logger.attach_output_handler(
            trainer,
            Events.ITERATION_COMPLETED(every=4),
            tag="training",
            output_transform=lambda loss: {"batchloss": loss},
        )
        logger.attach_opt_params_handler(trainer, Events.ITERATION_STARTED(every=4), optimizer)
        for evaluator, tag in zip(evaluators, ("training", "validation"), strict=True):
            logger.attach_output_handler(
                evaluator,
                Events.EPOCH_COMPLETED,
                tag=tag,
                metric_names="all",
                global_step_transform=global_step_from_engine(trainer),
            )

        @trainer.on(Events.EPOCH_COMPLETED)
        def evaluate(_: object) -> None:
            for evaluator, data in zip(evaluators, (train, validation), strict=True):
                evaluator.run(data)

        trainer.run(train, EPOCHS)


@layout("ignite")
def weights_and_gradients(path: Path) -> None:
    from ignite.engine import Events
    from ignite.handlers.tensorboard_logger import (
        GradsHistHandler,
        GradsScalarHandler,
        TensorboardLogger,
        WeightsHistHandler,
        WeightsScalarHandler,
    )

    model, _, trainer, _ = _engines()
    with TensorboardLogger(log_dir=path / "run") as logger:
        for handler in (WeightsScalarHandler, WeightsHistHandler, GradsScalarHandler, GradsHistHandler):
            logger.attach(trainer, handler(model), Events.ITERATION_COMPLETED(every=8))
        trainer.run(loaders()[0], EPOCHS)


@layout("skorch")
def callback(path: Path) -> None:
    from skorch import NeuralNetRegressor
    from skorch.callbacks import TensorBoard
    from torch.utils.tensorboard import SummaryWriter

    inputs, targets = loaders()[0].dataset[:]
    logger = TensorBoard(SummaryWriter(path / "net"))
    net = NeuralNetRegressor(network(), max_epochs=EPOCHS, lr=0.05, callbacks=[logger], verbose=0)
    net.fit(inputs.numpy(), targets.numpy())


def _poutyne(path: Path, *, split: bool) -> None:
    from poutyne import Model, TensorBoardLogger
    from torch.utils.tensorboard import SummaryWriter

    train, validation = loaders(classes=3)
    net = network(3)
    model = Model(net, torch.optim.SGD(net.parameters(), lr=0.1), "cross_entropy", batch_metrics=["acc"])
    logger = TensorBoardLogger(SummaryWriter(path / "logs"), split_train_val=split)
    model.fit_generator(train, validation, epochs=EPOCHS, callbacks=[logger], verbose=False)


@layout("poutyne")
def split_sides(path: Path) -> None:
    _poutyne(path, split=True)


@layout("poutyne")
def both_sides_together(path: Path) -> None:
    _poutyne(path, split=False)


@layout("poutyne")
def gradients(path: Path) -> None:
    from poutyne import Model, TensorBoardGradientTracker
    from torch.utils.tensorboard import SummaryWriter

    net = network(3)
    model = Model(net, torch.optim.SGD(net.parameters(), lr=0.1), "cross_entropy")
    tracker = TensorBoardGradientTracker(SummaryWriter(path / "logs"))
    model.fit_generator(*loaders(classes=3), epochs=EPOCHS, callbacks=[tracker], verbose=False)


def _huggingface(path: Path, until: int, resume: bool = False, **options: Any) -> None:
    """A model of one's own in the `Trainer` of transformers."""
    from torch.utils.data import Dataset
    from transformers import Trainer, TrainingArguments

    class Rows(Dataset[dict[str, Tensor]]):
        def __init__(self, side: int) -> None:
            self.inputs, self.labels = loaders()[side].dataset[:]

        def __len__(self) -> int:
            return len(self.inputs)

        def __getitem__(self, index: int) -> dict[str, Tensor]:
            return {"inputs": self.inputs[index], "labels": self.labels[index]}

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = network()

        def forward(self, inputs: Tensor, labels: Tensor) -> dict[str, Tensor]:
            outputs = self.net(inputs)
            return {"loss": nn.functional.mse_loss(outputs, labels), "logits": outputs}

    os.environ["TENSORBOARD_LOGGING_DIR"] = str(path / "runs")
    arguments = TrainingArguments(
        output_dir=str(path / "out"),
        num_train_epochs=until,
        per_device_train_batch_size=32,
        learning_rate=0.02,
        logging_steps=5,
        save_strategy="epoch",
        report_to=["tensorboard"],
        use_cpu=True,
        disable_tqdm=True,
        **options,
    )
    trainer = Trainer(Model(), arguments, train_dataset=Rows(0), eval_dataset=Rows(1))
    trainer.train(resume_from_checkpoint=resume)


@layout("transformers")
def trainer(path: Path) -> None:
    _huggingface(path, EPOCHS, eval_strategy="epoch")


@layout("transformers")
def trainer_by_steps(path: Path) -> None:
    _huggingface(
        path, EPOCHS, eval_strategy="steps", eval_steps=20, logging_first_step=True, warmup_steps=10
    )


@layout("transformers")
def trainer_resumed(path: Path) -> None:
    """Begun again from its last checkpoint, as after a machine that was taken away."""
    _huggingface(path, 6, eval_strategy="epoch")
    _huggingface(path, 12, eval_strategy="epoch", resume=True)


@layout("mmengine")
def backend(path: Path) -> None:
    from mmengine.visualization import TensorboardVisBackend, Visualizer

    visualizer = Visualizer(save_dir=str(path), vis_backends=[TensorboardVisBackend(save_dir=str(path))])
    step = 0
    for epoch, losses, validation, right in epochs():
        for number, loss in enumerate(losses):
            scalars = {
                "lr": 0.1,
                "data_time": 0.01,
                "loss": loss,
                "time": 0.02,
                "epoch": epoch,
                "iter": number,
            }
            visualizer.add_scalars(scalars, step=(step := step + 1))
        visualizer.add_scalars({"val/loss": validation, "accuracy/top1": 100 * right}, step=epoch)
    visualizer.close()


@layout("torchtnt")
def logger(path: Path) -> None:
    from torchtnt.utils.loggers.tensorboard import TensorBoardLogger

    log = TensorBoardLogger(str(path / "tb"))
    for epoch, losses, validation, right in epochs():
        log.log_dict(
            {"train/loss": sum(losses) / 8, "eval/loss": validation, "eval/accuracy": right}, epoch
        )
    log.log_hparams({"lr": 0.1}, {"final/accuracy": right})
    log.close()
