"""The programs that processes run: their modules, by name, and their environment."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum

WARM_PARENT = "crystalball.processes.inside.warm_parent"
STANDBY = "crystalball.processes.inside.standby"
JAILED_WARM_PARENT = "crystalball.jail.inside.jailed"


class Role(StrEnum):
    """What a process is for: the module whose `serve` it runs. By name, since none is imported here."""

    WORKER = "crystalball.processes.inside.child"
    ORACLE = "crystalball.oracle.serve"


UNJAILED_READER = "crystalball.jail.inside.unjailed"
"""What a reader runs where there is no jail."""

ZONE = "<+0545>-05:45"
"""The time zone of every worker: nobody's UTC, so that UTC taken for local time always shows."""

ZONE_SECONDS = (5 * 60 + 45) * 60
"""Seconds by which the workers' local time is ahead of UTC."""

ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {
    "TZ": ZONE,
    "PYTHONHASHSEED": "0",
}
"""What the environment of every process of torch's has."""


def python(module: str, arguments: Iterable[object] = ()) -> list[str]:
    """The command that runs a module in this Python.

    Args:
        module: its name.
        arguments: of the module.
    """
    return [sys.executable, "-P", "-m", module, *map(str, arguments)]
