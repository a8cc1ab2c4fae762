"""The archive: answers Success to everything, and remembers what it was sent."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from typing import Final

from nodes.dcmtk import Address
from nodes.process import LOOPBACK

from campaigning import upper_layer as ul

_INSTANCE_NUMBER: Final = re.compile(rb"\x20\x00\x13\x00IS..(\d+)", re.DOTALL)
_SOP_INSTANCE_UID: Final = re.compile(rb"\x08\x00\x18\x00UI..([0-9.]+)", re.DOTALL)


class Archive:
    """A Storage SCP in this process.

    Attributes
    ----------
    instances
        SOP Instance UID by Instance Number.
    arrivals
        Instances on the wire; those that came again count again.
    contradictions
        What ought not to be, as phrases: two contents of one UID, two UIDs of one original.
    """

    def __init__(self) -> None:
        self.instances: dict[int, bytes] = {}
        self.arrivals = 0
        self.contradictions: list[str] = []
        self._digests: dict[bytes, bytes] = {}
        self._lock = threading.Lock()
        self._connections: set[ul.Connection] = set()
        self._listener = socket.create_server((LOOPBACK, 0))
        self.address = Address(self._listener.getsockname()[1], "ARCHIVE")
        self._thread = threading.Thread(target=self._accept, name="archive", daemon=True)
        self._thread.start()

    def keep(self, data_set: bytes) -> None:
        """Note what a data set is; called for each that arrives."""
        found, named = _INSTANCE_NUMBER.search(data_set), _SOP_INSTANCE_UID.search(data_set)
        with self._lock:
            self.arrivals += 1
            if found is None or named is None:
                self.contradictions.append("an instance arrived that is none of ours")
                return
            number, uid = int(found[1]), named[1]
            if self.instances.setdefault(number, uid) != uid:
                self.contradictions.append(f"original {number} arrived under two SOP Instance UIDs")
            digest = hashlib.sha256(data_set).digest()
            if self._digests.setdefault(uid, digest) != digest:
                self.contradictions.append(f"original {number} arrived twice with different bytes")

    def close(self) -> None:
        """Stop, and wait for all threads."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in list(self._connections):
            connection.cut()
        for thread in threading.enumerate():
            if thread.name == f"archive-{self.address.port}":
                thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serve, args=(connected,), name=f"archive-{self.address.port}", daemon=True
            ).start()

    def _serve(self, connected: socket.socket) -> None:
        connection = ul.Connection(connected)
        self._connections.add(connection)
        try:
            kind, request = connection.receive()
            if kind == ul.ASSOCIATE_RQ:
                connection.send(ul.associate_ac(request))
                self._store_all(connection)
        except OSError:  # whoever sent was killed
            pass
        finally:
            self._connections.discard(connection)
            connection.close()

    def _store_all(self, connection: ul.Connection) -> None:
        while (message := connection.message()) is not None:
            request, data_set = message
            self.keep(data_set)
            response = ul.store_rsp(request, 0)
            pdus = ul.fragments(response, is_command=True, context_id=connection.context_id)
            connection.send(b"".join(pdus))
        connection.send(ul.pdu(ul.RELEASE_RP, bytes(4)))
