"""Boosted trees, searches and other learners that are no networks."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worlds import layout


def _rows(count: int = 400) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((count, 5))
    return inputs, (
        inputs[:, 0] * inputs[:, 1] + inputs[:, 2] + 0.3 * rng.standard_normal(count) > 0
    ).astype(int)


@layout("catboost")
def own_writer(path: Path) -> None:
    """CatBoost writes event files itself, in C++: `learn/` and `test/`."""
    from catboost import CatBoostClassifier

    inputs, targets = _rows()
    model = CatBoostClassifier(
        iterations=60,
        depth=3,
        learning_rate=0.1,
        train_dir=str(path),
        custom_metric=["AUC", "Accuracy"],
        verbose=0,
    )
    model.fit(inputs[:300], targets[:300], eval_set=(inputs[300:], targets[300:]))


@layout("catboost")
def own_writer_without_validation(path: Path) -> None:
    from catboost import CatBoostRegressor

    inputs, targets = _rows()
    CatBoostRegressor(iterations=60, depth=3, train_dir=str(path), verbose=0).fit(inputs, targets)


@layout("xgboost")
def callback(path: Path) -> None:
    """A callback as the documentation shows how to write one: a writer a data set, a point a round."""
    import xgboost
    from torch.utils.tensorboard import SummaryWriter

    class Logger(xgboost.callback.TrainingCallback):
        def __init__(self) -> None:
            self.writers: dict[str, SummaryWriter] = {}

        def after_iteration(
            self, model: Any, epoch: int, evals_log: dict[str, dict[str, list[float]]]
        ) -> bool:
            for data, metrics in evals_log.items():
                writer = self.writers.setdefault(data, SummaryWriter(path / data))
                for metric, values in metrics.items():
                    writer.add_scalar(metric, values[-1], epoch)
            return False

        def after_training(self, model: Any) -> Any:
            for writer in self.writers.values():
                writer.close()
            return model

    inputs, targets = _rows()
    train = xgboost.DMatrix(inputs[:300], targets[:300])
    validation = xgboost.DMatrix(inputs[300:], targets[300:])
    wanted = {
        "max_depth": 2,
        "eta": 0.1,
        "objective": "binary:logistic",
        "eval_metric": ["logloss", "error", "auc"],
    }
    evals = [(train, "train"), (validation, "validation")]
    xgboost.train(wanted, train, 40, evals=evals, callbacks=[Logger()], verbose_eval=False)


@layout("optuna")
def trials(path: Path) -> None:
    """A run for each trial, those that were pruned shorter."""
    import optuna
    from torch.utils.tensorboard import SummaryWriter

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("lr", 1e-3, 0.3, log=True)
        value = 2.0
        with SummaryWriter(path / f"trial_{trial.number:03}") as writer:
            for step in range(1, 11):
                value *= 1 - rate
                writer.add_scalar("objective", value, step)
                trial.report(value, step)
                if trial.should_prune():
                    raise optuna.TrialPruned
            writer.add_hparams(trial.params, {"best/objective": value}, run_name=".")
        return value

    sampler = optuna.samplers.RandomSampler(seed=0)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=3)
    optuna.create_study(sampler=sampler, pruner=pruner).optimize(objective, n_trials=10)
