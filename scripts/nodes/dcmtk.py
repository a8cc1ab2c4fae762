"""DCMTK's clients and its storage server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from nodes.process import LOOPBACK, Server, free_port, program

# Without it every response waits 40 ms for our acknowledgement.
ENVIRONMENT = {"TCP_NODELAY": "1"}
# Of getscu: explicit VR, JPEG 2000 without and with loss, JPEG-LS, RLE, JPEG baseline.
CODINGS = ("+xe", "+xv", "+xw", "+xt", "+xr", "+xy")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an application entity listens."""

    port: int
    ae_title: str
    host: str = LOOPBACK


def run(tool: str, *arguments: str | Path, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
    """Run a client to its end; its output is text, whatever bytes it printed."""
    return subprocess.run(
        [program(tool), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=timeout,
        check=False,
        env={**os.environ, **ENVIRONMENT},
    )


def _titles(address: Address, calling: str) -> tuple[str, ...]:
    return ("-aet", calling, "-aec", address.ae_title)


def echo(address: Address, calling: str) -> bool:
    """C-ECHO; False when the association or the echo failed."""
    done = run("echoscu", "-to", "2", *_titles(address, calling), address.host, str(address.port))
    return done.returncode == 0


def store(
    address: Address, calling: str, files: Iterable[Path], *options: str, timeout: float = 300.0
) -> subprocess.CompletedProcess[str]:
    """C-STORE every file over one association (storescu)."""
    where = (address.host, str(address.port))
    return run("storescu", "-v", *options, *_titles(address, calling), *where, *files, timeout=timeout)


def storage_profile(path: Path, contexts: Sequence[tuple[str, str]]) -> tuple[str, str, str]:
    """Write a profile that proposes exactly `contexts`; returns the options that use it.

    Parameters
    ----------
    contexts
        Pairs of SOP Class UID and Transfer Syntax UID, 128 at most.
    """
    lines = ["[[TransferSyntaxes]]"]
    for number, (_, transfer_syntax) in enumerate(contexts, 1):
        lines += [f"[Syntax{number}]", f"TransferSyntax1 = {transfer_syntax}"]
    lines += ["[[PresentationContexts]]", "[Contexts]"]
    lines += [f"PresentationContext{n} = {sop}\\Syntax{n}" for n, (sop, _) in enumerate(contexts, 1)]
    lines += ["[[Profiles]]", "[Sender]", "PresentationContexts = Contexts"]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return ("-xf", str(path), "Sender")


def _keys(keys: Mapping[str, str]) -> list[str]:
    return [part for name, value in keys.items() for part in ("-k", f"{name}={value}" if value else name)]


def find(
    address: Address, calling: str, keys: Mapping[str, str], *options: str
) -> subprocess.CompletedProcess[str]:
    """C-FIND in the Study Root (findscu)."""
    where = (address.host, str(address.port))
    return run("findscu", "-S", *options, *_titles(address, calling), *_keys(keys), *where)


def found(address: Address, calling: str, keys: Mapping[str, str], folder: Path) -> list[Dataset]:
    """C-FIND in the Study Root; the Identifiers of the responses, which `folder` keeps."""
    folder.mkdir(parents=True, exist_ok=True)
    done = find(address, calling, keys, "-v", "-X", "-od", str(folder))
    if done.returncode:
        raise RuntimeError(f"findscu ended with {done.returncode}")
    return [pydicom.dcmread(path, force=True) for path in sorted(folder.glob("rsp*.dcm"))]


def get(
    address: Address, calling: str, keys: Mapping[str, str], folder: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """C-GET in the Study Root (getscu) into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    where = (address.host, str(address.port))
    arguments = ("-v", "-S", "+B", "-od", folder, *options, *_titles(address, calling), *_keys(keys))
    return run("getscu", *arguments, *where)


def get_study(address: Address, calling: str, uid: str, count: int, folder: Path) -> list[Path]:
    """C-GET a study; getscu proposes one way of coding a call, so ask until all `count` are here."""
    keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": uid}
    for coding in CODINGS:
        done = get(address, calling, keys, folder, coding)
        with (folder.parent / f"{folder.name}.log").open("a", encoding="utf-8") as log:
            log.write(done.stdout)
        if len(list(folder.iterdir())) == count:
            break
    return sorted(folder.iterdir())


def move(
    address: Address, calling: str, destination: str, keys: Mapping[str, str], *options: str
) -> subprocess.CompletedProcess[str]:
    """C-MOVE in the Study Root (movescu) to a node that listens already."""
    where = (address.host, str(address.port))
    titles = (*_titles(address, calling), "-aem", destination)
    return run("movescu", "-v", "-S", *options, *titles, *_keys(keys), *where)


class StoreSCP(Server):
    """DCMTK's storescp: keeps every instance bit by bit as it came."""

    def __init__(self, folder: Path, ae_title: str = "ARCHIVE", port: int = 0) -> None:
        super().__init__("storescp", folder)
        self.address = Address(port or free_port(), ae_title)
        self.received = folder / "received"
        self.received.mkdir(exist_ok=True)

    def command(self) -> list[str]:
        """What to run."""
        options = ["-v", "-pm", "+xa", "+B", "-pdu", "131072", "-od", str(self.received)]
        return [program("storescp"), *options, "-aet", self.address.ae_title, str(self.address.port)]

    def environment(self) -> Mapping[str, str]:
        """What the environment has beyond ours."""
        return ENVIRONMENT

    def is_ready(self) -> bool:
        """Tell whether it answers already."""
        return echo(self.address, "SCANNER")

    def files(self) -> list[Path]:
        """Every file received."""
        return sorted(path for path in self.received.iterdir() if path.is_file())
