"""The gateway's own de-identifier, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from nodes.untouched import Untouched

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.part10 import instance_of
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import Refused
from redteam_peers.tool import Answer

RESEARCH = (Path(__file__).resolve().parents[2] / "config/profiles/research.toml").read_text(encoding="utf-8")
"""The shipped profile with the options that keep most, and so have most to hide."""


class Gateway:
    """The core that the receiver runs, with a profile."""

    name = "gateway"

    def __init__(self, profile: str, file_name: str) -> None:
        self._core = Deidentifier(
            Profile.load(profile, file_name),
            PseudonymKey(bytes(range(32))),
            unexamined_pixels="pass",
            pixels=Untouched(),
        )

    def answers(self, files: Sequence[bytes]) -> Iterator[Answer]:
        """Yield what the core makes of each file."""
        for file in files:
            try:
                yield Answer(b"".join(self._core.deidentify(instance_of(file)).buffers))
            except Refused as refused:
                yield Answer(None, str(refused))
            except Exception as error:  # noqa: BLE001 - the very thing that is counted
                yield Answer(None, f"{type(error).__name__}: {error}", crashed=True)
