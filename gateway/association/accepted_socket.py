"""Accepted connections that say when they are closed, whoever closes them, and why ever."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable


class AcceptedSocket(socket.socket):
    """A connection in clear.

    Parameters
    ----------
    descriptor
        Of the accepted connection; it becomes this object's own.
    closed
        Called once.
    """

    def __init__(self, descriptor: int, closed: Callable[[], None]) -> None:
        super().__init__(fileno=descriptor)
        self.when_closed: Callable[[], None] | None = closed

    def close(self) -> None:
        """Close the connection."""
        super().close()
        _tell(self)


class SecureSocket(ssl.SSLSocket):
    """A connection under TLS, made by a context that has this for its ``sslsocket_class``."""

    when_closed: Callable[[], None] | None = None

    def close(self) -> None:
        """Close the connection."""
        super().close()
        _tell(self)


def secured(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Put an accepted connection under TLS; the handshake is still to come.

    Parameters
    ----------
    connection
        Is of no use afterwards; whom it would have told is told by the result.

    Raises
    ------
    OSError
        The peer is gone already; the connection is closed.
    """
    try:
        wrapped = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    except (OSError, ValueError) as error:
        connection.close()
        raise OSError("the connection cannot be put under TLS") from error
    if isinstance(connection, AcceptedSocket) and isinstance(wrapped, SecureSocket):
        wrapped.when_closed, connection.when_closed = connection.when_closed, None
    return wrapped


def _tell(connection: AcceptedSocket | SecureSocket) -> None:
    closed, connection.when_closed = connection.when_closed, None
    if closed is not None:
        closed()
