"""Who is calling, and for which project: the first decision about an association."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from typing import Final

from gateway.association.certificate import Certificate
from gateway.association.peer import Peer
from gateway.association.project import Project
from gateway.errors import AssociationError

REJECTED_PERMANENT: Final = 1
REJECTED_TRANSIENT: Final = 2
SERVICE_USER: Final = 1
PRESENTATION_PROVIDER: Final = 3
CALLING_AE_TITLE_NOT_RECOGNIZED: Final = 3
CALLED_AE_TITLE_NOT_RECOGNIZED: Final = 7
LOCAL_LIMIT_EXCEEDED: Final = 2

_RESOLVE_AGAIN_AFTER: Final = 60.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Rejected(AssociationError):
    """An association is rejected with the fields of an A-ASSOCIATE-RJ PDU (PS3.8 Table 9-21).

    Parameters
    ----------
    result
        1 permanent, 2 transient.
    source
        1 service user, 3 service provider (presentation).
    reason
        3 calling, 7 called AE title not recognized; of source 3: 2 local limit exceeded.
    """

    def __init__(self, result: int, source: int, reason: int) -> None:
        self.result, self.source, self.reason = result, source, reason
        super().__init__(f"rejected: result {result}, source {source}, reason {reason}")


class Directory:
    """The peers and projects of the settings, found by what an A-ASSOCIATE-RQ says.

    Leading and trailing spaces of AE titles do not count (PS3.8 Table 9-11); case does.

    Parameters
    ----------
    peers, projects
        As in the settings.
    resolve
        Gives the addresses of a host name; raises OSError when there are none.
    own_title
        Under which archives are called, and call back to report what they commit to.
    """

    def __init__(
        self,
        peers: Iterable[Peer],
        projects: Iterable[Project],
        *,
        resolve: Callable[[str], frozenset[Address]] | None = None,
        own_title: str = "",
    ) -> None:
        self._peers: dict[str, list[Peer]] = {}
        for peer in peers:
            for title in peer.titles:
                self._peers.setdefault(title.strip(), []).append(peer)
        self._projects = {project.ae_title.strip(): project for project in projects}
        self._own_title = own_title.strip()
        self._resolve = resolve or _addresses_of
        self._resolved: dict[str, tuple[float, frozenset[Address]]] = {}

    def identify(
        self, calling: str, called: str, address: str, certificate: Certificate | None = None
    ) -> tuple[Peer, Project]:
        """Find the peer and the project of an association request.

        Parameters
        ----------
        calling, called
            AE titles of the request.
        address
            Where the connection came from, an IP address.
        certificate
            What the peer showed in the TLS handshake; None without TLS.

        Raises
        ------
        Rejected
            Calling AE title unknown, not from this address, or not with this certificate; called
            AE title unknown, or of a project that the peer's entry does not name.
        """
        origin = _parsed(address)
        known = self._peers.get(calling.strip(), ())
        peer = next(
            (one for one in known if self._admits(one, origin) and _is_proved(one, certificate)), None
        )
        if peer is None:
            raise Rejected(REJECTED_PERMANENT, SERVICE_USER, CALLING_AE_TITLE_NOT_RECOGNIZED)
        project = self._called(called.strip(), peer)
        if project is None or (peer.projects and project.name not in peer.projects):
            raise Rejected(REJECTED_PERMANENT, SERVICE_USER, CALLED_AE_TITLE_NOT_RECOGNIZED)
        return peer, project

    def _called(self, called: str, peer: Peer) -> Project | None:
        project = self._projects.get(called)
        if project is None and called == self._own_title and peer.reports_commitment:
            # A report belongs to no project: any that the archive serves lets it in.
            served = (one for one in self._projects.values() if peer.name in one.destinations)
            return next((one for one in served if not peer.projects or one.name in peer.projects), None)
        return project

    def _admits(self, peer: Peer, origin: Address | None) -> bool:
        if not peer.addresses:
            return True
        return origin is not None and any(self._covers(entry, origin) for entry in peer.addresses)

    def _covers(self, entry: str, origin: Address) -> bool:
        try:
            return origin in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return origin in self._addresses(entry)

    def _addresses(self, host: str) -> frozenset[Address]:
        now = time.monotonic()
        known = self._resolved.get(host)
        if known is None or now >= known[0]:
            try:
                found = self._resolve(host)
            except OSError:  # no answer admits nobody
                found = frozenset()
            known = self._resolved[host] = (now + _RESOLVE_AGAIN_AFTER, found)
        return known[1]


def _is_proved(peer: Peer, certificate: Certificate | None) -> bool:
    if not peer.tls:
        return True
    return certificate is not None and certificate.is_one_of(peer.certificates)


def _parsed(address: str) -> Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def _addresses_of(host: str) -> frozenset[Address]:
    entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return frozenset(found for entry in entries if (found := _parsed(str(entry[4][0]))) is not None)
