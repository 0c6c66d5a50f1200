"""Programs of TensorFlow: its own summaries, and Keras."""

from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from worlds import layout


def _classes() -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((320, 4)).astype("float32")
    targets = (inputs @ np.array([1.0, -2.0, 0.5, 3.0]) > 0).astype("int32")
    return inputs[:256], targets[:256], inputs[256:], targets[256:]


def _model(width: int = 8) -> Any:
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(width, activation="tanh"), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _fit(epochs: int, *callbacks: Any, model: Any = None, **options: int) -> None:
    inputs, targets, *validation = _classes()
    known = {"epochs": epochs, "validation_data": tuple(validation), "callbacks": list(callbacks)}
    (model or _model()).fit(inputs, targets, verbose=0, **known, **options)


def _board(path: Path, **options: Any) -> Any:
    import keras

    return keras.callbacks.TensorBoard(log_dir=str(path), **options)


@layout("keras")
def defaults(path: Path) -> None:
    _fit(10, _board(path))


@layout("keras")
def by_batch(path: Path) -> None:
    _fit(10, _board(path, update_freq="batch"))


@layout("keras")
def every_three_batches(path: Path) -> None:
    _fit(10, _board(path, update_freq=3, write_graph=False, write_steps_per_second=True))


@layout("keras")
def histograms_and_images(path: Path) -> None:
    _fit(10, _board(path, histogram_freq=1, write_images=True))


@layout("keras")
def with_schedule(path: Path) -> None:
    """A schedule, and its rate logged by hand beside the callback's."""
    import keras
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(path / "metrics"))

    def schedule(epoch: int, rate: float) -> float:
        rate = 0.1 * 0.5 ** (epoch // 4)
        with writer.as_default():
            tf.summary.scalar("learning rate", data=rate, step=epoch)
        return rate

    _fit(10, keras.callbacks.LearningRateScheduler(schedule), _board(path))
    writer.close()


@layout("keras")
def went_on(path: Path) -> None:
    """Fitted twice into one folder, the second time from the tenth epoch on."""
    model = _model()
    _fit(10, _board(path), model=model)
    _fit(20, _board(path), model=model, initial_epoch=10)


@layout("keras")
def search(path: Path) -> None:
    """The tutorial on hyperparameters: a run for each choice."""
    import tensorflow as tf
    from tensorboard.plugins.hparams import api as hp

    units = hp.HParam("num_units", hp.Discrete([4, 8, 16]))
    with tf.summary.create_file_writer(str(path)).as_default():
        hp.hparams_config(hparams=[units], metrics=[hp.Metric("accuracy", display_name="Accuracy")])
    for number, width in enumerate((4, 8, 16)):
        with tf.summary.create_file_writer(str(path / f"run-{number}")).as_default():
            hp.hparams({units: width})
            tf.summary.scalar("accuracy", 0.8 + width / 100, step=1)


@layout("keras")
def search_with_callbacks(path: Path) -> None:
    from tensorboard.plugins.hparams import api as hp

    for width in (4, 8):
        folder = str(path / f"width{width}")
        _fit(8, _board(Path(folder)), hp.KerasCallback(folder, {"width": width}), model=_model(width))


@layout("tensorflow")
def custom_loop(path: Path) -> None:
    """Two writers, for training and test."""
    import tensorflow as tf

    train, test = (tf.summary.create_file_writer(str(path / side)) for side in ("train", "test"))
    for epoch, losses in enumerate(losses_of_epochs()):
        with train.as_default():
            tf.summary.scalar("loss", fmean(losses), step=epoch)
        with test.as_default():
            tf.summary.scalar("loss", fmean(losses) * 1.1, step=epoch)
            tf.summary.scalar("accuracy", 1 - fmean(losses) / 3, step=epoch)


@layout("tensorflow")
def scopes_and_kinds(path: Path) -> None:
    import tensorflow as tf

    with tf.summary.create_file_writer(str(path)).as_default():
        for epoch, losses in enumerate(losses_of_epochs()):
            with tf.name_scope("training"):
                tf.summary.scalar("loss", fmean(losses), step=epoch)
                tf.summary.histogram("losses", losses, step=epoch)
            tf.summary.image("pictures", np.random.default_rng(0).random((2, 8, 8, 3)), step=epoch)
            tf.summary.text("note", f"epoch {epoch}", step=epoch)


@layout("tensorflow")
def default_step(path: Path) -> None:
    import tensorflow as tf

    with tf.summary.create_file_writer(str(path)).as_default():
        for batch, loss in enumerate(loss for losses in losses_of_epochs() for loss in losses):
            tf.summary.experimental.set_step(batch)
            tf.summary.scalar("batch_loss", loss)
            if batch % 8 == 0:
                tf.summary.scalar("learning_rate", 0.1 * 0.99**batch)


@layout("optuna")
def tensorboard_callback(path: Path) -> None:
    import optuna
    from optuna_integration import TensorBoardCallback

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    callback = TensorBoardCallback(str(path), metric_name="quadratic")
    study.optimize(lambda trial: trial.suggest_float("x", -3, 3) ** 2, n_trials=8, callbacks=[callback])


@layout("torch")
def with_tensorflow_beside(path: Path) -> None:
    """torch's writer where TensorFlow is installed, whose file system it then writes by."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(path / "run") as writer:
        for epoch, losses in enumerate(losses_of_epochs(), start=1):
            writer.add_scalar("Loss/train", fmean(losses), epoch)
            writer.add_scalar("Loss/val", fmean(losses) * 1.1, epoch)


def losses_of_epochs() -> list[list[float]]:
    """The losses of the batches of each epoch, of a logistic regression."""
    inputs, targets, *_ = _classes()
    weights, found = np.zeros(4), []
    for _ in range(12):
        losses = []
        for start in range(0, 256, 32):
            rows, wanted = inputs[start : start + 32], targets[start : start + 32]
            share = 1 / (1 + np.exp(-rows @ weights))
            losses.append(float(-np.log(np.where(wanted, share, 1 - share)).mean()))
            weights += 0.3 * (wanted - share) @ rows / 32
        found.append(losses)
    return found
