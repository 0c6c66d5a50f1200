"""A standby process: warmed up in advance, used once. For systems that cannot fork safely."""

from __future__ import annotations

import importlib
import sys

from crystalball.processes.inside import child

if __name__ == "__main__":
    child.prepare()
    if "training" in sys.argv:
        child.prepare_training()
    importlib.import_module(sys.argv[1]).serve(0, 1)
