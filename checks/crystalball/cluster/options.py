"""Where a cluster is, as it is typed; Dask itself is not imported for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crystalball.curriculum.manifest import NotFound

LOCAL = "local"
"""The address of a cluster that is started on this machine, and ends with the grading."""


@dataclass(frozen=True)
class ClusterOptions:
    """Where a cluster is, and what it is talked to with.

    Attributes:
        address: of its scheduler, or `LOCAL`.
        authority: a file with the certificate of who signed its certificates; `None` for no TLS.
        certificate: a file with our own certificate.
        key: a file with the key of that.
    """

    address: str
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def tls_files(self) -> dict[str, str]:
        """The files by the names that Dask has for them; none where there is no TLS.

        Raises:
            NotFound: some are missing.
        """
        given = {
            "tls_ca_file": self.authority,
            "tls_client_cert": self.certificate,
            "tls_client_key": self.key,
        }
        named = {name: path for name, path in given.items() if path is not None}
        if named and len(named) < len(given):
            raise NotFound("--cluster: TLS takes all three: --tls-ca-file, --tls-cert and --tls-key.")
        for path in named.values():
            if not path.is_file():
                raise NotFound(f"--cluster: there is no file {path}.")
        return {name: str(path) for name, path in named.items()}
