"""`--cluster` and its TLS options, and the place where answers are judged with them or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from crystalball.cluster.options import LOCAL, ClusterOptions
from crystalball.curriculum.manifest import NotFound
from crystalball.grading.judges import Place
from crystalball.grading.slot_pool import this_machine


def cluster_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command, which is given them as `cluster`; `None` without an address.

    Args:
        command: the function below click's decorators.
    """

    @click.option(
        "--cluster",
        "address",
        metavar="ADDRESS",
        help=f"Judge on a Dask cluster; `{LOCAL}` starts one here.",
    )
    @click.option("--tls-ca-file", type=click.Path(path_type=Path), help="Whose certificates it trusts.")
    @click.option("--tls-cert", type=click.Path(path_type=Path), help="The certificate that we show to it.")
    @click.option("--tls-key", type=click.Path(path_type=Path), help="The key of that certificate.")
    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        address, *files = (kwargs.pop(name) for name in ("address", "tls_ca_file", "tls_cert", "tls_key"))
        if any(files) and not address:
            raise click.UsageError("--tls-ca-file, --tls-cert and --tls-key go with --cluster.")
        return command(*args, cluster=ClusterOptions(address, *files) if address else None, **kwargs)

    return wrapped


@contextmanager
def judging_place(
    cluster: ClusterOptions | None, root: Path, no_sandbox: bool, hidden: Sequence[Path]
) -> Iterator[Place]:
    """The place where answers are judged.

    Args:
        cluster: where that is, when not here.
        root: of the kit.
        no_sandbox: the instructor wants none.
        hidden: folders that no answer may read.

    Raises:
        NotFound: there is no such place; the message says what to do.
    """
    if cluster is None:
        yield this_machine(no_sandbox, hidden)
        return
    try:
        from crystalball.cluster.place import open_cluster
    except ModuleNotFoundError as error:
        raise NotFound(f'--cluster: {error}: install the extra, pip install -e ".[cluster]".') from None
    with open_cluster(cluster, root, no_sandbox, hidden) as place:
        for line in place.refused:
            click.echo(f"Not used: {line}", err=True)
        yield place
