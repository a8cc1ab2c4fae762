"""Orthanc as the archive downstream."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodes.dcmtk import Address
from nodes.process import LOOPBACK, Server, free_port, program


class Orthanc(Server):
    """An Orthanc of its own: own ports, own folder, answers only on loopback."""

    def __init__(
        self,
        folder: Path,
        ae_title: str = "ARCHIVE",
        port: int = 0,
        further: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__("orthanc", folder)
        self._further = dict(further or {})
        self.address = Address(port or free_port(), ae_title)
        self.http_port = free_port()
        while self.http_port == self.address.port:
            self.http_port = free_port()
        self._write_settings()

    def _write_settings(self) -> None:
        settings = {
            "Name": self.address.ae_title,
            "DicomAet": self.address.ae_title,
            "DicomPort": self.address.port,
            "HttpPort": self.http_port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "StorageDirectory": str(self.folder / "storage"),
            "IndexDirectory": str(self.folder / "storage"),
            "Plugins": [],
            "UnknownSopClassAccepted": True,
            "DicomAlwaysAllowStore": True,
            "DicomCheckCalledAet": False,
            "MaximumPduLength": 131072,
            "SaveJobs": False,
            "SyncStorageArea": False,
            "StableAge": 1,
            **self._further,
        }
        (self.folder / "orthanc.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")

    def command(self) -> list[str]:
        """What to run."""
        return [program("Orthanc"), str(self.folder / "orthanc.json")]

    def is_ready(self) -> bool:
        """Tell whether it answers already."""
        try:
            self.get("/system")
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def content(self, path: str) -> bytes:
        """Answer of the REST interface, as bytes."""
        url = f"http://{LOOPBACK}:{self.http_port}{path}"
        # A proxy of the environment must not come between two processes on loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=30) as answer:
            return bytes(answer.read())

    def get(self, path: str) -> Any:
        """Answer of the REST interface, decoded."""
        return json.loads(self.content(path))

    def instances(self) -> dict[str, str]:
        """SOP Instance UID to Orthanc's own identifier."""
        return {
            row["MainDicomTags"]["SOPInstanceUID"]: row["ID"]
            for row in self.get("/instances?expand")
            if "SOPInstanceUID" in row["MainDicomTags"]
        }

    def file(self, identifier: str) -> bytes:
        """The Part 10 file of an instance, as it was received."""
        return self.content(f"/instances/{identifier}/file")
