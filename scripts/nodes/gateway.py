"""The gateway as an operator runs it: a settings file and ``gateway serve``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nodes.dcmtk import Address, echo
from nodes.process import LOOPBACK, Server, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / "config" / "profiles" / "basic_dates.toml"
SCANNER, RESEARCHER = "SCANNER", "RESEARCHER"


def toml(tables: Iterable[tuple[str, Mapping[str, object]]]) -> str:
    """Write tables; JSON's strings, numbers, booleans and flat arrays are TOML's as well."""
    text = []
    for heading, values in tables:
        text += [heading, *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]
    return "\n".join(text)


class Gateway(Server):
    """A gateway on a free loopback port.

    Parameters
    ----------
    folder
        Gets the settings file, the log and the storage directory ``var``.
    archives
        Destinations of the projects by name; none makes the gateway its own archive.
    titles
        AE titles of its projects; each project is called like its title, in lower case.
    researcher_port
        Where the researcher listens for C-MOVE.
    project, server, storage, forward, tls, pixels
        Further keys of these tables.
    peers
        Further keys of peers by name: of the archives, ``scanner`` and ``researcher``.
    """

    def __init__(
        self,
        folder: Path,
        archives: Mapping[str, Address],
        *,
        titles: Sequence[str] = ("GATEWAY",),
        researcher_port: int = 0,
        project: Mapping[str, object] | None = None,
        server: Mapping[str, object] | None = None,
        storage: Mapping[str, object] | None = None,
        forward: Mapping[str, object] | None = None,
        tls: Mapping[str, object] | None = None,
        pixels: Mapping[str, object] | None = None,
        peers: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        super().__init__("gateway", folder)
        self.address = Address(free_port(), titles[0])
        self.storage = folder / "var"
        self.settings = folder / "gateway.toml"
        tables: list[tuple[str, Mapping[str, object]]] = [
            ("[server]", {"host": LOOPBACK, "port": self.address.port, **(server or {})}),
            ("[storage]", {"directory": str(self.storage), "min_free_gib": 0.1, **(storage or {})}),
            ("[forward]", forward or {}),
            ("[tls]", tls or {}),
            ("[pixels]", pixels or {}),
        ]
        common = {"profile": str(PROFILE), "destinations": list(archives), "unexamined_pixels": "pass"}
        for title in titles:
            named = {"name": title.lower(), "ae_title": title}
            tables.append(("[[project]]", {**named, **common, **(project or {})}))
        more = peers or {}
        for name, entry in _peers(archives, titles, researcher_port).items():
            tables.append(("[[peer]]", {"name": name, **entry, **more.get(name, {})}))
        self.settings.write_text(toml(tables), encoding="utf-8")

    def command(self) -> list[str]:
        """What to run."""
        return [sys.executable, "-m", "gateway", "serve", "--settings", str(self.settings)]

    def environment(self) -> Mapping[str, str]:
        """What the environment has beyond ours."""
        return {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}

    def is_ready(self) -> bool:
        """Tell whether it answers already."""
        return echo(self.address, RESEARCHER)  # in clear, whatever the scanner speaks

    def run(self, *arguments: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run another command of the gateway with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, **self.environment()},
        )

    def status(self) -> Any:
        """``gateway status --json``."""
        done = self.run("status", "--settings", str(self.settings), "--json")
        if done.returncode not in (0, 1):  # 1: the sums do not add up, which they say themselves
            raise RuntimeError(f"gateway status ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def record(self, sop_instance_uid: str) -> Any:
        """``gateway record --json`` of the instance under a replacement UID."""
        done = self.run("record", sop_instance_uid, "--settings", str(self.settings), "--json")
        if done.returncode:
            raise RuntimeError(f"gateway record ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)[0]

    def wait_until_forwarded(self, instances: int, seconds: float = 90.0) -> None:
        """Return when every destination has so many instances and none waits."""

        def is_forwarded() -> bool:
            sums = self.status()["sums"]
            done = all(total["forwarded"] >= instances and not total["waiting"] for total in sums)
            return bool(sums) and done

        wait_until(is_forwarded, seconds, f"{instances} instances forwarded")

    def events(self) -> list[dict[str, Any]]:
        """Every line of the log that is an event."""
        found = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                found.append(event)
        return found


def _peers(
    archives: Mapping[str, Address], titles: Iterable[str], researcher_port: int
) -> dict[str, dict[str, object]]:
    peers: dict[str, dict[str, object]] = {}
    for name, address in archives.items():
        peers[name] = {"roles": ["archive"], **_reached(address.ae_title, address.port), "host": address.host}
    peers["scanner"] = {"roles": ["modality"], "ae_titles": [SCANNER], "addresses": ["127.0.0.0/8"]}
    listening = _reached(RESEARCHER, researcher_port) if researcher_port else {"ae_title": RESEARCHER}
    peers["researcher"] = {
        "roles": ["researcher"],
        **listening,
        "projects": [title.lower() for title in titles],
    }
    return peers


def _reached(ae_title: str, port: int) -> dict[str, object]:
    return {"ae_title": ae_title, "host": LOOPBACK, "port": port}
