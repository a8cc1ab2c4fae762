"""What the values of a settings file owe to each other and to the Standard."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.settings.shape import Settings

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_HOST: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_-]{1,63})*\.?")
_UID: Final = re.compile(r"(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+")
_RESERVED: Final = "tmp"
"""A folder of the spool beside the projects' folders."""
_CERTIFICATE: Final = re.compile(
    r"sha256:(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}|(?!sha256:)[\w.:*-]{1,253}", re.ASCII
)
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]{0,16}")
_AE_TITLE: Final = "1 to 16 printable characters without a backslash, not only spaces (PS3.5 6.2, VR AE)"
_HOST_OR_ADDRESS: Final = "a host name or IP address"
_NAMING: Final = "1 to 64 letters, digits, - or _, the first a letter or digit"

Fault = tuple[str, str]
_Entry = TypeVar("_Entry", Project, Peer)


def faults(settings: Settings) -> Iterator[Fault]:
    """Dotted key and expectation of everything that is wrong."""
    if not _is_ae_title(settings.server.ae_title):
        yield "server.ae_title", _AE_TITLE
    if not _is_host(settings.server.host):
        yield "server.host", f"{_HOST_OR_ADDRESS}; 0.0.0.0 or :: for every interface"
    if settings.storage.memory_mib < settings.storage.max_instance_mib:
        yield "storage.memory_mib", "at least storage.max_instance_mib, or the largest instance never fits"
    yield from _tls_faults(settings)
    yield from _pixels_faults(settings)
    if not settings.project:
        yield "project", "at least one [[project]]"
    yield from _repeated("project", "name", settings.project, lambda project: (project.name,))
    yield from _repeated("project", "ae_title", settings.project, lambda project: (project.ae_title.strip(),))
    yield from _repeated("peer", "name", settings.peer, lambda peer: (peer.name,))
    yield from _repeated("peer", "ae_title", settings.peer, lambda peer: map(str.strip, peer.titles))
    for project in settings.project:
        yield from _project_faults(f"project.{project.name}", project, settings)
    for peer in settings.peer:
        yield from _peer_faults(f"peer.{peer.name}", peer, settings)


def _tls_faults(settings: Settings) -> Iterator[Fault]:
    tls = settings.tls
    for key in ("certificate_file", "key_file", "ca_file"):
        if not getattr(tls, key) and (tls.is_set or tls.port):
            yield f"tls.{key}", "a PEM file: certificate_file, key_file and ca_file go together"
    if tls.only and not tls.port:
        yield "tls.port", "the port of the only listener, 2762 by convention"
    if tls.port and tls.port == settings.server.port and not tls.only:
        yield "tls.port", "another port than server.port"


def _pixels_faults(settings: Settings) -> Iterator[Fault]:
    pixels = settings.pixels
    if pixels.second_engine == "pytesseract" and not pixels.private_tmpfs:
        yield "pixels.private_tmpfs", "a folder in memory (tmpfs): pytesseract writes its pictures to files"
    if len(set(pixels.plug_ins)) != len(pixels.plug_ins) or not all(pixels.plug_ins):
        yield "pixels.plug_ins", "names of installed plug-ins, each once"
    if pixels.plug_in_model and not pixels.plug_ins:
        yield "pixels.plug_ins", "a plug-in: there is a model for one"


def _repeated(
    table: str, key: str, entries: Iterable[_Entry], values: Callable[[_Entry], Iterable[str]]
) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for entry in entries:
        for value in values(entry):
            if value in seen:
                yield f"{table}.{entry.name}.{key}", f"a value of its own ({table} {seen[value]} has it too)"
            seen[value] = entry.name


def _project_faults(key: str, project: Project, settings: Settings) -> Iterator[Fault]:
    archives = {peer.name for peer in settings.peer if peer.has(Role.ARCHIVE)}
    if not _NAME.fullmatch(project.name) or project.name.lower() == _RESERVED:
        yield "project.name", f"{_NAMING}; not {_RESERVED}"
    if not _is_ae_title(project.ae_title):
        yield f"{key}.ae_title", _AE_TITLE
    if not project.profile:
        yield f"{key}.profile", "the name of a profile"
    if unknown := set(project.destinations) - archives:
        yield f"{key}.destinations", f"names of peers with the role archive; {_listed(unknown)} is none"
    if len(set(project.destinations)) != len(project.destinations):
        yield f"{key}.destinations", "each destination once"
    if project.keep_days is not None and project.keep_days < 1 and not project.destinations:
        yield f"{key}.keep_days", "1 or more: nobody else has what a project without destinations keeps"
    if not _PREFIX.fullmatch(project.pseudonym_prefix):
        yield f"{key}.pseudonym_prefix", "at most 16 letters, digits, - or _"
    if not all(map(_UID.fullmatch, project.private_sop_classes)):
        yield f"{key}.private_sop_classes", "UIDs of SOP classes (PS3.5 9.1)"
    if not all(map(_UID.fullmatch, project.refused_sop_classes or ())):
        yield f"{key}.refused_sop_classes", "UIDs of SOP classes (PS3.5 9.1)"


def _peer_faults(key: str, peer: Peer, settings: Settings) -> Iterator[Fault]:
    if not _NAME.fullmatch(peer.name):
        yield "peer.name", _NAMING
    if not peer.roles:
        yield f"{key}.roles", f"one or more of {', '.join(Role)}"
    if not peer.titles:
        yield f"{key}.ae_title", f"ae_title or ae_titles: {_AE_TITLE}"
    if not all(map(_is_ae_title, peer.titles)):
        yield f"{key}.ae_title", _AE_TITLE
    if unknown := set(peer.projects) - {project.name for project in settings.project}:
        yield f"{key}.projects", f"names of projects; {_listed(unknown)} is none"
    for address in peer.addresses:
        if not _is_address(address):
            yield f"{key}.addresses", f"networks in CIDR form, IP addresses or host names; {address} is none"
    yield from _reach_faults(key, peer)
    yield from _proof_faults(key, peer, settings)
    yield from _right_faults(key, peer)
    yield from _commitment_faults(key, peer)


def _reach_faults(key: str, peer: Peer) -> Iterator[Fault]:
    """What is needed, and only then, to open an association to the peer."""
    if peer.has(Role.ARCHIVE) and not peer.ae_title:
        yield f"{key}.ae_title", "the AE title to call: the peer is an archive"
    if (peer.has(Role.ARCHIVE) or peer.port) and not peer.host:
        yield f"{key}.host", "the host name or IP address to connect to"
    if peer.host and not _is_host(peer.host):
        yield f"{key}.host", _HOST_OR_ADDRESS
    if (peer.host or peer.port) and not 1 <= peer.port <= 65535:
        yield f"{key}.port", "a port from 1 to 65535"


def _proof_faults(key: str, peer: Peer, settings: Settings) -> Iterator[Fault]:
    """What mutual TLS with the peer takes."""
    if peer.tls and not settings.tls.is_set:
        yield f"{key}.tls", "false, or the gateway's own certificate in [tls]"
    if peer.tls and not peer.certificates and not set(peer.roles) <= {Role.ARCHIVE}:
        yield f"{key}.certificates", "what proves who calls: a DNS name, or sha256: and a fingerprint"
    if peer.certificates and not peer.tls:
        yield f"{key}.tls", "true: certificates are shown in TLS only"
    if not all(map(_CERTIFICATE.fullmatch, peer.certificates)):
        yield f"{key}.certificates", "DNS names, IP addresses, or sha256: and 64 hexadecimal digits"


def _right_faults(key: str, peer: Peer) -> Iterator[Fault]:
    if peer.has(Role.RESEARCHER) and not peer.projects:
        yield f"{key}.projects", "the names of the projects that the researcher may query"
    if peer.query_by_original and not peer.has(Role.RESEARCHER):
        yield f"{key}.query_by_original", "false: only a peer with the role researcher may query"
    if peer.query_by_original and not (peer.tls or peer.insecure_peer):
        yield (
            f"{key}.query_by_original",
            "mutual TLS, or insecure_peer = true: an AE title proves no identity",
        )
    if peer.character_set and not _is_character_set(peer.character_set):
        yield (
            f"{key}.character_set",
            "defined terms of Specific Character Set (0008,0005), such as ISO_IR 100",
        )


def _commitment_faults(key: str, peer: Peer) -> Iterator[Fault]:
    if not peer.storage_commitment:
        return
    if not (peer.has(Role.ARCHIVE) or peer.has(Role.MODALITY)):
        yield f"{key}.storage_commitment", "false: the peer is neither an archive nor a modality"
    if peer.requests_commitment and not (peer.tls or peer.insecure_peer or _is_placed(peer)):
        yield (
            f"{key}.storage_commitment",
            "tls, addresses, or insecure_peer = true: an AE title proves no identity",
        )
    if peer.requests_commitment and not (peer.ae_title and peer.host):
        yield f"{key}.host", "ae_title, host and port: the modality is called to report commitment"
    if peer.tls and not peer.certificates:
        yield f"{key}.certificates", "what proves who calls: the archive does, to report commitment"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _is_ae_title(text: str) -> bool:
    return bool(text.strip()) and len(text) <= 16 and "\\" not in text and text.isprintable()


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return bool(_HOST.fullmatch(text))
    return True


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_address(text: str) -> bool:
    return bool(_is_network(text) if re.fullmatch(r"[0-9./]*|.*[:/].*", text) else _HOST.fullmatch(text))


def _is_placed(peer: Peer) -> bool:
    """Tell whether the peer can call from some addresses only."""
    return bool(peer.addresses) and not any(map(_is_anywhere, peer.addresses))


def _is_anywhere(address: str) -> bool:
    return _is_network(address) and not ipaddress.ip_network(address).prefixlen


def _is_character_set(text: str) -> bool:
    from pydicom.charset import python_encoding

    return all(term in python_encoding for term in text.split("\\"))
