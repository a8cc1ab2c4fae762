import threading
from io import BytesIO

import pytest
from benchmark.passing import BESIDE, Passage, measure
from nodes.gateway import SCANNER
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from gateway.association.peer import Peer, Role
from gateway.association.storage_scu import StorageAssociation
from gateway.deidentify.part10 import instance_of
from gateway.standard.status import Status

MIB = 1 << 20


class HeldUp:
    """Makes of a data set one that is read to its half, and on when it is let go."""

    def __init__(self):
        self.is_reached, self.let_go = threading.Event(), threading.Event()

    def __call__(self, data_set):
        self._rest, self._half = data_set, len(data_set) // 2
        return self

    def read(self, size):
        if len(self._rest) <= self._half:
            self.is_reached.set()
            assert self.let_go.wait(60)
        taken, self._rest = bytes(self._rest[:size]), self._rest[size:]
        return taken


class Sender:
    """Sends instances over one association."""

    def __init__(self, gateway, make):
        address = gateway.address
        peer = Peer(
            name="gateway",
            roles=(Role.ARCHIVE,),
            ae_title=address.ae_title,
            host=address.host,
            port=address.port,
        )
        self._make, self._pair = make, (MRImageStorage, ExplicitVRLittleEndian)
        self._association = StorageAssociation.open(peer, SCANNER, [self._pair])

    def encoded(self, number, mebibytes):
        data_set = self._make(number)
        data_set.Rows, data_set.Columns = 1024, 1024
        data_set.NumberOfFrames = mebibytes
        data_set.PixelData = bytes(mebibytes * MIB)
        file = BytesIO()
        data_set.save_as(file, enforce_file_format=True)
        return instance_of(file.getvalue())

    def send(self, number, mebibytes, through=None):
        instance = self.encoded(number, mebibytes)
        names = (instance.sop_class_uid, instance.sop_instance_uid)
        if through is None:
            return self._association.store_pieces([instance.data_set], *names, self._pair[1])
        context, held_up = self._association._context(*self._pair), through(instance.data_set)
        return self._association._store(context, names, held_up, len(instance.data_set), None)

    def close(self):
        self._association.close()


@pytest.fixture
def sender(make):
    opened = []

    def connect(gateway):
        opened.append(Sender(gateway, make))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def test_what_does_not_fit_into_memory_beside_others_is_told_a700_and_passes_later(start, sender):
    gateway = start({}, storage={"max_instance_mib": 4, "memory_mib": 4}, server={"processes": 2})
    slow, other, third = (sender(gateway) for _ in range(3))
    half, statuses = HeldUp(), []
    first = threading.Thread(target=lambda: statuses.append(slow.send(1, 3, half)))
    first.start()
    assert half.is_reached.wait(60)
    # Not waiting for the first, which would wait for it as well, each holding a part of itself.
    assert other.send(2, 3) == Status.OUT_OF_RESOURCES
    # What was kept of it is given back.
    assert third.send(3, 1) == 0
    half.let_go.set()
    first.join(60)
    assert statuses == [0]
    assert other.send(2, 3) == 0
    assert third.send(4, 4) == Status.TOO_LARGE
    assert gateway.numbers_kept() == [1, 2, 3]
    (total,) = gateway.status()["sums"]
    assert (total["answered"], total["stored"]) == (3, 3)


@pytest.mark.slow
@pytest.mark.flow
def test_a_large_instance_passes_in_bounded_memory(tmp_path):
    passage = measure(tmp_path, 1, 384, budget=384, retrieve=True)
    assert passage.held, passage
    assert passage.retrieved == (1, 1)
    assert passage.told_to_wait == 0


def test_a_peak_above_its_bound_is_seen():
    before = {"ledger": 70 * MIB, "receiver-0": 80 * MIB, "receiver-1": 80 * MIB}
    passage = Passage(1, 100, budget=200, before=before, peak=dict(before), together=160 * MIB)
    assert passage.held
    passage.peak["receiver-0"] += 100 * MIB + BESIDE
    passage.together += 100 * MIB + 2 * BESIDE
    assert passage.held
    passage.together += 1
    assert not passage.held
    passage.together -= 1
    passage.peak["ledger"] += BESIDE + 1
    assert not passage.held
    passage.peak["ledger"] -= 1
    passage.peak["receiver-0"] += 1
    assert not passage.held
