"""Orthanc's anonymization, over REST, in a process of its own."""

from __future__ import annotations

import json
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from nodes.orthanc import Orthanc
from nodes.process import LOOPBACK, missing

from redteam_peers.tool import Answer, NotAvailableError

_SECONDS: Final = 120


class Archive:
    """An Orthanc that is asked to anonymize patient after patient, so that its UIDs agree."""

    name = "Orthanc"

    def answers(self, files: Sequence[bytes]) -> Iterator[Answer]:
        """Yield what Orthanc makes of each file."""
        if missing("Orthanc"):
            raise NotAvailableError("Orthanc is not installed")
        with tempfile.TemporaryDirectory(prefix="redteam-") as folder, Orthanc(Path(folder)) as server:
            self.name = f"Orthanc {server.get('/system')['Version']}"
            sent = [_store(server, file) for file in files]
            problems = _anonymize_patients(server)
            made = _results(server)
            for answer in sent:
                if answer.problem:
                    yield answer
                elif answer.file is not None and answer.file.decode() in made:
                    yield Answer(server.file(made[answer.file.decode()]))
                else:
                    yield Answer(None, problems or "no output", crashed=True)


def _post(server: Orthanc, path: str, body: bytes, kind: str) -> Any:
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{server.http_port}{path}", data=body, headers={"Content-Type": kind}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_SECONDS) as answer:
        return json.loads(answer.read())


def _store(server: Orthanc, file: bytes) -> Answer:
    """Return an answer that holds Orthanc's identifier, or the problem."""
    try:
        return Answer(_post(server, "/instances", file, "application/dicom")["ID"].encode())
    except (urllib.error.URLError, OSError, KeyError, TypeError) as error:
        return Answer(None, f"not stored: {error}", crashed=True)


def _anonymize_patients(server: Orthanc) -> str:
    """Anonymize whole patients: what belongs together then gets the same UIDs and the same name."""
    problems = ""
    for patient in server.get("/patients"):
        try:
            _post(server, f"/patients/{patient}/anonymize", b'{"KeepSource": true}', "application/json")
        except (urllib.error.URLError, OSError) as error:
            problems = f"not anonymized: {error}"
    return problems


def _results(server: Orthanc) -> dict[str, str]:
    """Return which instance was made of which."""
    found = {}
    for instance in server.get("/instances"):
        try:
            found[server.content(f"/instances/{instance}/metadata/AnonymizedFrom").decode()] = instance
        except urllib.error.HTTPError:
            continue
    return found
