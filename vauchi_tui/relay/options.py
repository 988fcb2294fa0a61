"""What a relay is started with, and the command line for it."""

import ssl
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.listen import DEFAULT_PORT, CannotServe, Listen


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """`store`: the SQLite file. `behind_proxy`: something in front does TLS, so any address will do."""

    store: Path
    listen: Listen
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    limits: Limits = field(default_factory=Limits)

    def tls(self) -> ssl.SSLContext | None:
        """The TLS side, or None. Raises CannotServe for files that do not work and public addresses without TLS."""
        if self.tls_cert is None and self.tls_key is None:
            if not self.behind_proxy:
                self.listen.require_private()
            return None
        if self.tls_cert is None or self.tls_key is None:
            raise CannotServe("TLS needs a certificate and its key.", "Give both --tls-cert and --tls-key.")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.tls_cert, self.tls_key)
        except (OSError, ssl.SSLError) as error:
            raise CannotServe(
                f"The certificate {self.tls_cert} or its key cannot be used: {error.strerror or error}.",
                "Both must be PEM files that belong together and may be read by this user.",
            ) from error
        return context


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `vauchi relay`."""
    parser.add_argument("--listen", metavar="HOST:PORT", default=f"127.0.0.1:{DEFAULT_PORT}", help="where to listen")
    parser.add_argument("--store", metavar="FILE", type=Path, default=default_store(), help="the file of the mailboxes")
    parser.add_argument("--tls-cert", metavar="FILE", type=Path, help="certificate chain, PEM")
    parser.add_argument("--tls-key", metavar="FILE", type=Path, help="its private key, PEM")
    parser.add_argument("--behind-proxy", action="store_true", help="a proxy in front does TLS")


def options_from(arguments: Namespace) -> RelayOptions:
    """The options that `add_arguments` declared. Raises CannotServe."""
    return RelayOptions(
        store=arguments.store,
        listen=Listen.parse(arguments.listen),
        tls_cert=arguments.tls_cert,
        tls_key=arguments.tls_key,
        behind_proxy=arguments.behind_proxy,
    )


def default_store() -> Path:
    """Where a relay keeps its mailboxes unless told otherwise: apart from any profile."""
    return user_data_path("vauchi-relay") / "mailboxes.sqlite3"
