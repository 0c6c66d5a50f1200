"""Keeps pytest out of what it must never import: programs that are judged, wrong and hostile ones."""

from pathlib import Path

import pytest

KIT = Path(__file__).parent / "kit"
NEVER = tuple(KIT / name for name in ("mistakes", "variants", "attacks", "bench"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out the judged programs always, and the kit's own tests unless an argument names them."""
    if any(collection_path.is_relative_to(folder) for folder in NEVER):
        return True
    if collection_path.is_relative_to(KIT):
        named = (config.invocation_params.dir / arg.partition("::")[0] for arg in config.args)
        if not any(path.resolve().is_relative_to(KIT) for path in named):
            return True
    return None
