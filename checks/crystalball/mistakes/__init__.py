"""The catalogue of mistakes, a module for each theme.

The truth of a case goes into each, and what a program with this mistake would leave comes out; `catalogue`
holds them, by their ids. None of them sees a log, but where it takes a name from it.
"""

from crystalball.mistakes import (  # noqa: F401  # each adds its mistakes to the catalogue
    batch_steps,
    cadence,
    checkpoints,
    clipping,
    dashboards,
    detective,
    drawn_epochs,
    ends_of_curves,
    filters,
    histograms,
    hparams,
    lengths,
    lifetime,
    metrics,
    names,
    points,
    ranks,
    rates,
    resume,
    runs,
    scores,
    sprites,
    steps,
    stopping,
    suffixes,
    sweeps,
    tags,
    training,
    values,
    weights,
    windows,
)
from crystalball.mistakes.catalogue import CATALOGUE, Aspect, Context, Mistake

__all__ = ["CATALOGUE", "Aspect", "Context", "Mistake"]
