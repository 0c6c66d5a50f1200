"""The catalogue of mistakes, a module a theme."""

from crystalball.mistakes import (  # noqa: F401  # each adds its mistakes to the catalogue
    accuracy,
    cadence,
    dashboards,
    detective,
    histograms,
    hparams,
    lifetime,
    means,
    ranks,
    rates,
    resume,
    runs,
    sprites,
    steps,
    stopping,
    sweeps,
    tags,
    training,
)
from crystalball.mistakes.catalogue import CATALOGUE, Aspect, Context, Mistake

__all__ = ["CATALOGUE", "Aspect", "Context", "Mistake"]
