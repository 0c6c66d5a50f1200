"""Other tags for the curves of an outcome."""

from __future__ import annotations

from dataclasses import replace

from crystalball.outcomes.outcome import Outcome
from crystalball.reading.values import HPARAMS, Hparams, Value


def renamed(truth: Outcome, names: dict[str, str]) -> Outcome:
    """The truth with other tags; who waits for a tag that is gone sees no epoch in full.

    Args:
        truth: the truth.
        names: the other tag, for each that has one.
    """
    gone = names.keys() - set(names.values())
    views = (0,) * len(truth.views) if gone else truth.views
    renamed = replace(truth, views=views).map_runs(
        lambda run: replace(run, curves={names.get(t, t): c for t, c in run.curves.items()})
    )
    return renamed.map_points(lambda step, value: (step, _measured_by(value, names)), [HPARAMS])


def _measured_by(value: Value, names: dict[str, str]) -> Value:
    """The hyperparameters of a run whose metrics have other tags."""
    if not isinstance(value, Hparams):
        return value
    return Hparams(value.values, tuple(names.get(metric, metric) for metric in value.metrics))
