"""A reader without a jail, for whoever grades without one: under the limits alone that a system has."""

from __future__ import annotations

import contextlib

from crystalball.jail.inside.limits import READING
from crystalball.processes.inside import reader

if __name__ == "__main__":
    with contextlib.suppress(ImportError):  # Windows has no such limits
        READING.apply()
    reader.serve(0, 1)
