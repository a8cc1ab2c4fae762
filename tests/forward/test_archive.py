import sys
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    MRImageStorage,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nodes.dcmtk import ENVIRONMENT, StoreSCP
from nodes.orthanc import Orthanc
from nodes.process import missing

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(bool(missing("storescp", "echoscu", "Orthanc")), reason="DCMTK or Orthanc is missing"),
]

CT, MR = str(CTImageStorage), str(MRImageStorage)
EXPLICIT, IMPLICIT, J2K = (
    str(uid) for uid in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless)
)


class Dcmtk(StoreSCP):
    """DCMTK's storescp with options of the test's choice."""

    def __init__(self, folder, *options, port=0, prompt=True):
        super().__init__(folder, port=port)
        self._options, self._prompt = options, prompt

    def command(self):
        *before, port = super().command()
        return [*before, *self._options, port]

    def environment(self):
        return ENVIRONMENT if self._prompt else {}

    def is_ready(self):
        return "--refuse" in self._options or super().is_ready()


def received(scp, store):
    """Data set by SOP Instance UID, as the archive keeps it."""
    kept = {}
    for path in scp.files():
        uid = str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
        kept[uid] = store.data_set_of(path.read_bytes())
    return kept


@pytest.mark.parametrize("prompt", [True, False], ids=["without Nagle", "with Nagle"])
def test_dcmtk_gets_every_pair_as_the_files_hold_it(store, forward, peer_at, tmp_path, prompt):
    pairs = [(sop_class, syntax) for sop_class in (CT, MR) for syntax in (EXPLICIT, IMPLICIT, J2K)]
    uids = [
        store.add(n, f"2.25.{n % 4}", sop_class=pairs[n % 6][0], syntax=pairs[n % 6][1], size=1000 + 7777 * n)
        for n in range(24)
    ]
    with Dcmtk(tmp_path / "scp", prompt=prompt) as scp:
        forward(peer_at("archive", scp.address.port))
        store.until_sums(24, 0, 0)
        assert received(scp, store) == {uid: store.data_set(uid) for uid in uids}


def test_dcmtk_that_prefers_one_syntax_gets_that_and_the_uncompressed_ones(store, forward, peer_at, tmp_path):
    delivered = {store.add(1, syntax=str(JPEGLosslessSV1)), store.add(2, syntax=EXPLICIT)}
    held = {store.add(3, syntax=J2K), store.add(4, syntax=str(DeflatedExplicitVRLittleEndian))}
    with Dcmtk(tmp_path / "scp", "+xs") as scp:
        forward(peer_at("archive", scp.address.port))
        store.until_sums(2, 0, 2)
        assert set(received(scp, store)) == delivered
    assert set(store.errors()) == held


def test_dcmtk_that_refuses_gets_everything_once_it_does_not(store, forward, peer_at, tmp_path):
    for n in range(10):
        store.add(n)
    with Dcmtk(tmp_path / "refusing", "--refuse") as refusing:
        port = refusing.address.port
        forward(peer_at("archive", port))
        store.until(lambda: refusing.log.read_text().count("Refusing Association") >= 3)
    assert store.attempts() == [0] * 10
    with Dcmtk(tmp_path / "scp", port=port) as scp:
        store.until_sums(10, 0, 0)
        assert len(scp.files()) == 10


@pytest.mark.parametrize("option", ["--abort-during", "--abort-after"])
def test_dcmtk_that_aborts_gets_everything_once_it_does_not(store, forward, peer_at, tmp_path, option):
    for n in range(6):
        store.add(n, f"2.25.{n % 2}", size=300_000)
    with Dcmtk(tmp_path / "aborting", option) as aborting:
        port = aborting.address.port
        forward(peer_at("archive", port))
        store.until(lambda: max(store.attempts()) >= 2)
    with Dcmtk(tmp_path / "scp", port=port) as scp:
        store.until_sums(6, 0, 0)
        assert len(scp.files()) == 6


def test_dcmtk_killed_in_the_middle_gets_the_rest_when_it_is_back(store, forward, peer_at, tmp_path):
    uids = [store.add(n, f"2.25.{n % 3}", size=200_000) for n in range(150)]
    scp = Dcmtk(tmp_path / "scp")
    scp.start()
    port = scp.address.port
    try:
        forward(peer_at("archive", port))
        store.until(lambda: store.sums()[0] >= 10)
        scp.kill()
        forwarded, _, held = store.sums()
        assert forwarded < 150
        assert held == 0
        again = Dcmtk(tmp_path / "scp", port=port)
        with again:
            store.until_sums(150, 0, 0, seconds=60)
            assert received(again, store) == {uid: store.data_set(uid) for uid in uids}
    finally:
        scp.kill()


def test_orthanc_gets_everything_over_a_restart(store, forward, peer_at, tmp_path, pace):
    uids = [store.add(n, f"2.25.{n % 3}", syntax=(EXPLICIT, IMPLICIT)[n % 2], size=50_000) for n in range(30)]
    with Orthanc(tmp_path / "orthanc") as orthanc:
        forward(
            peer_at("archive", orthanc.address.port),
            pace=replace(pace, timeouts=replace(pace.timeouts, response=20.0)),
        )
        store.until_sums(30, 0, 0, seconds=60)
        orthanc.stop()
        uids += [store.add(n, f"2.25.{n % 3}", size=50_000) for n in range(30, 40)]
        orthanc.start()
        store.until_sums(40, 0, 0, seconds=60)
        identifiers = orthanc.instances()
        kept = {uid: store.data_set_of(orthanc.file(identifiers[uid])) for uid in uids}
    assert kept == {uid: store.data_set(uid) for uid in uids}
