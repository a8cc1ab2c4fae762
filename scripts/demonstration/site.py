"""The nodes of the demonstration: a gateway, and Orthanc or else storescp as its archive."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from nodes.dcmtk import StoreSCP
from nodes.gateway import RESEARCHER, ROOT, SCANNER, Gateway
from nodes.orthanc import Orthanc
from nodes.process import LOOPBACK, free_port, missing

from demonstration import show

PROFILE = ROOT / "config" / "profiles" / "research.toml"


class Site:
    """Everything that runs; used in a ``with`` block.

    Parameters
    ----------
    folder
        Everything written goes below it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tried = folder / "researcher" / "tried"
        """Where the lines to try put what they fetch."""
        self.pictures = folder / "pictures"
        self._stack = contextlib.ExitStack()
        self.orthanc = None if missing("Orthanc") else Orthanc(folder / "archive" / "orthanc")
        self.archive = self.orthanc or StoreSCP(folder / "archive" / "storescp")
        self.workstation_port = free_port()
        archives = {"archive": self.archive.address}
        # As config/gateway.toml has it; other uses of these nodes look at other things than pixels.
        default = {"profile": str(PROFILE), "unexamined_pixels": "refuse"}
        self.gateway = Gateway(
            folder / "gateway", archives, researcher_port=self.workstation_port, project=default
        )

    def __enter__(self) -> Self:
        with self._stack:
            self._stack.enter_context(self.archive)
            self._stack.enter_context(self.gateway)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def archive_name(self) -> str:
        """The program that is the archive."""
        return "DCMTK storescp" if self.orthanc is None else "Orthanc"

    def introduce(self) -> None:
        """Say who listens where, and what this configuration leaves undone."""
        gateway, archive = self.gateway.address, self.archive.address
        print(f"    gateway   {gateway.ae_title:<10} {LOOPBACK}:{gateway.port}")
        print(f"    archive   {archive.ae_title:<10} {LOOPBACK}:{archive.port}   ({self.archive_name})")
        print(f"    scanner   {SCANNER:<10} researcher {RESEARCHER}")
        print(f"    settings  {self.gateway.settings}\n")
        print(f"    profile   {PROFILE.stem}, the default: pictures are examined, and burned-in text goes,")
        print("              unless it is proved to be clinical (processes pixels-0, pixels-1, ...)")

    def shown(self, path: Path) -> str:
        """A path as somebody would type it here."""
        return os.path.relpath(path)

    def collect(self) -> list[Path]:
        """Copy what the archive holds into the folder, one file an instance."""
        folder = self.folder / "archive" / "instances"
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        if isinstance(self.archive, StoreSCP):
            for source in self.archive.files():
                paths.append(folder / f"{source.name}.dcm")
                paths[-1].write_bytes(source.read_bytes())
        elif self.orthanc is not None:
            for uid, identifier in self.orthanc.instances().items():
                paths.append(folder / f"{uid}.dcm")
                paths[-1].write_bytes(self.orthanc.file(identifier))
        return paths

    def show_archive(self) -> None:
        """Print patients, studies and series of the archive."""
        if self.orthanc is None:
            show.files(self.archive.files() if isinstance(self.archive, StoreSCP) else [])
            return
        for patient in self.orthanc.get("/patients?expand"):
            tags = patient["MainDicomTags"]
            born = tags.get("PatientBirthDate") or "-"
            print(f"    patient {tags.get('PatientID')}  {tags.get('PatientName')}  born {born}")
            for identifier in patient["Studies"]:
                self._show_study(identifier)

    def _show_study(self, identifier: str) -> None:
        assert self.orthanc is not None
        study = self.orthanc.get(f"/studies/{identifier}")["MainDicomTags"]
        print(f"      study {study.get('StudyDate') or '-'}  {study['StudyInstanceUID']}")
        for series in self.orthanc.get(f"/studies/{identifier}/series?expand"):
            tags = series["MainDicomTags"]
            number, modality = tags.get("SeriesNumber", "-"), tags.get("Modality", "-")
            maker, count = tags.get("Manufacturer") or "-", len(series["Instances"])
            print(f"        series {number:<3} {modality:<8}{maker:<28}{count} instance(s)")

    def lines_to_try(self, sent: Path, picture: Path, study: str) -> str:
        """Commands that work as they stand, as long as the site is up.

        Parameters
        ----------
        sent
            A file that the scanner sent.
        picture
            Another, with text in its picture.
        study
            Replacement UID of a study that the gateway holds.
        """
        self.tried.mkdir(parents=True, exist_ok=True)
        address = self.gateway.address
        titles = f"-aet {RESEARCHER} -aec {address.ae_title} {LOOPBACK} {address.port}"
        scanner = f"-aet {SCANNER} -aec {address.ae_title} {LOOPBACK} {address.port}"
        find = "-k QueryRetrieveLevel=STUDY -k PatientID -k StudyInstanceUID -k StudyDate"
        one = f"-k QueryRetrieveLevel=STUDY -k StudyInstanceUID={study} -od {self.tried}"
        program = os.path.relpath(Path(__file__).parents[2] / ".venv" / "bin" / "gateway")
        lines = [
            f"echoscu {scanner}",
            f"storescu {scanner} {sent}",
            f"findscu -S {find} {titles}",
            f"getscu -S {one} {titles}",
            f"movescu -S +xa +P {self.workstation_port} -aem {RESEARCHER} {one} {titles}",
            f"{program} status --settings {self.gateway.settings}",
            f"{program} explain {sent}",
            f"{program} deidentify {picture} {self.tried}/out --preview {self.tried}/preview",
        ]
        if self.orthanc is not None:
            lines.append(f"curl 'http://{LOOPBACK}:{self.orthanc.http_port}/studies?expand'")
        return "\n".join(lines)

    def what_is_where(self) -> str:
        """Name the folders that stay behind."""
        lines = [
            "sent/                  what the scanner sent: invented patients",
            "archive/instances/     what arrived at the archive: de-identified",
            "pictures/              the ultrasound images before and after",
            "researcher/find, get/  answers to C-FIND, and what C-GET brought",
            "gateway/gateway.toml   the settings; gateway.log the log; var/ the storage with its keys",
        ]
        return "\n".join(lines)
