"""A standby process: warmed up in advance, used once. For systems that cannot fork safely."""

from __future__ import annotations

import importlib
import sys

from crystalball.processes.inside.warm_up import import_torch, train_a_step

if __name__ == "__main__":
    import_torch()
    if "training" in sys.argv:
        train_a_step()
    importlib.import_module(sys.argv[1]).serve(0, 1)
