import os
import queue
import resource
import socket
import struct
import sys
import threading
import time
import tracemalloc
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
)
from pynetdicom import AE, evt
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet

from gateway.association.peer import Peer, Role
from gateway.association.requestor import Timeouts
from gateway.association.storage_scu import StorageAssociation
from gateway.errors import NoPresentationContext, PeerUnreachable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nodes.dcmtk import StoreSCP
from nodes.process import missing

needs_dcmtk = pytest.mark.skipif(bool(missing("storescp", "echoscu")), reason="DCMTK is not installed")

CT, MR = str(CTImageStorage), str(MRImageStorage)
EXPLICIT, IMPLICIT = str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian)
QUICK = Timeouts(connect=2.0, associate=2.0, response=2.0, stall=2.0)


def part10(path, data_set, sop_class=CT, uid="2.25.7", syntax=EXPLICIT):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, uid
    meta.TransferSyntaxUID = syntax
    buffer = DicomBytesIO()
    write_file_meta_info(buffer, meta, enforce_standard=True)
    path.write_bytes(bytes(128) + b"DICM" + buffer.getvalue() + data_set)
    return path


def sparse(path, size):
    part10(path, b"")
    os.truncate(path, path.stat().st_size + size)
    return path


def peer(port, host="127.0.0.1"):
    return Peer(name="archive", roles=(Role.ARCHIVE,), ae_title="ARCHIVE", host=host, port=port)


class Archive:
    """A pynetdicom Storage SCP that answers as it is told."""

    def __init__(self, contexts=((CT, EXPLICIT),), answer=lambda event: 0x0000, **settings):
        self.requests = queue.Queue()
        self.associations = queue.Queue()
        self.released = threading.Event()
        entity = AE(ae_title="ARCHIVE")
        for abstract, transfer in contexts:
            entity.add_supported_context(abstract, transfer)
        for name, value in settings.items():
            setattr(entity, name, value)

        def store(event):
            self.requests.put((event.request, event.context, event.request.DataSet.getvalue()))
            return answer(event)

        handlers = [
            (evt.EVT_C_STORE, store),
            (evt.EVT_ESTABLISHED, lambda event: self.associations.put(event.assoc)),
            (evt.EVT_RELEASED, lambda event: self.released.set()),
        ]
        self._server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.port = self._server.server_address[1]

    def close(self):
        self._server.shutdown()


@pytest.fixture
def archive():
    with ExitStack() as stack:
        yield lambda *args, **kw: stack.enter_context(closing(Archive(*args, **kw)))


@contextmanager
def scripted(script):
    """A peer that runs `script(connection)`, once, in a thread."""
    failures = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run():
            connection, _ = listener.accept()
            with connection:
                try:
                    script(connection)
                except OSError:
                    pass
                except Exception as error:  # noqa: BLE001 - handed to the test's own thread
                    failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(20)
        assert not thread.is_alive()
    assert failures == []


def exactly(connection, count):
    received = bytearray()
    while len(received) < count:
        piece = connection.recv(min(count - len(received), 1 << 16))
        if not piece:
            raise OSError("closed")
        received += piece
    return bytes(received)


def read_pdu(connection):
    head = exactly(connection, 6)
    return head + exactly(connection, int.from_bytes(head[2:], "big"))


def accept(connection, maximum_length=16384):
    request = A_ASSOCIATE_RQ()
    request.decode(read_pdu(connection))
    primitive = request.to_primitive()
    primitive.result, primitive.result_source = 0, 1
    contexts = primitive.presentation_context_definition_list
    for context in contexts:
        context.result = 0
    primitive.presentation_context_definition_list = []
    primitive.presentation_context_definition_results_list = contexts
    primitive.maximum_length_received = maximum_length
    response = A_ASSOCIATE_AC()
    response.from_primitive(primitive)
    connection.sendall(response.encode())


def success(message_id, context_id=1):
    elements = b"".join(
        struct.pack("<HHIH", 0, number, 2, value)
        for number, value in ((0x0100, 0x8001), (0x0120, message_id), (0x0800, 0x0101), (0x0900, 0))
    )
    command = struct.pack("<HHII", 0, 0, 4, len(elements)) + elements
    item = struct.pack(">IBB", len(command) + 2, context_id, 3) + command
    return struct.pack(">BBI", 4, 0, len(item)) + item


def until_closed(connection):
    while connection.recv(1 << 16):
        pass


def eventually(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        tick.wait(0.01)


@pytest.mark.parametrize(
    "syntax", [EXPLICIT, IMPLICIT, str(JPEG2000Lossless), str(DeflatedExplicitVRLittleEndian)]
)
@pytest.mark.parametrize("size", [2, 16378, 16380, 700_000])
def test_the_data_set_arrives_as_the_file_holds_it(archive, tmp_path, syntax, size):
    data_set = os.urandom(size)
    file = part10(tmp_path / "a.dcm", data_set, syntax=syntax)
    scp = archive([(CT, syntax)])
    with StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, syntax)], timeouts=QUICK) as association:
        assert association.store(file, CT, "2.25.7", syntax) == 0
    request, context, received = scp.requests.get(timeout=10)
    assert received == data_set
    assert (request.AffectedSOPClassUID, request.AffectedSOPInstanceUID) == (CT, "2.25.7")
    assert context.transfer_syntax == syntax


@pytest.mark.parametrize("maximum", [0, 100, 4096, 16382, 131072, 1_000_000])
def test_the_peer_s_maximum_pdu_length_is_kept(archive, tmp_path, maximum):
    data_set = os.urandom(20_000)
    longest = []
    scp = archive(maximum_pdu_size=maximum)
    with StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK) as association:
        scp.associations.get(timeout=10).bind(
            evt.EVT_DATA_RECV, lambda event: longest.append(len(event.data) - 6)
        )
        assert association.store(part10(tmp_path / "a.dcm", data_set), CT, "2.25.7", EXPLICIT) == 0
    assert scp.requests.get(timeout=10)[2] == data_set
    assert max(longest) <= (maximum or 131072)


@pytest.mark.parametrize("status", [0x0000, 0x0110, 0xA700, 0xA900, 0xB000, 0xC000])
def test_the_status_is_returned_as_it_came(archive, tmp_path, status):
    scp = archive(answer=lambda event: status)
    with StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK) as association:
        file = part10(tmp_path / "a.dcm", b"12")
        assert association.store(file, CT, "2.25.7", EXPLICIT) == status
        assert association.usable
        assert association.store(file, CT, "2.25.7", EXPLICIT) == status


def test_message_ids_differ_and_the_move_originator_is_named(archive, tmp_path):
    scp = archive()
    file = part10(tmp_path / "a.dcm", b"12")
    with StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK) as association:
        association.store(file, CT, "2.25.7", EXPLICIT)
        association.store(file, CT, "2.25.7", EXPLICIT, move_originator=("LAB", 4711))
    first, second = scp.requests.get()[0], scp.requests.get()[0]
    assert first.MessageID != second.MessageID
    assert first.MoveOriginatorApplicationEntityTitle is None
    assert second.MoveOriginatorApplicationEntityTitle == "LAB"
    assert second.MoveOriginatorMessageID == 4711


def test_each_pair_is_decided_on_alone(archive, tmp_path):
    scp = archive([(CT, EXPLICIT), (CT, IMPLICIT), (MR, IMPLICIT)])
    pairs = [(CT, EXPLICIT), (CT, IMPLICIT), (MR, EXPLICIT)]
    with StorageAssociation.open(peer(scp.port), "GATEWAY", pairs, timeouts=QUICK) as association:
        assert [association.accepts(*pair) for pair in pairs] == [True, True, False]
        with pytest.raises(NoPresentationContext):
            association.store(part10(tmp_path / "a.dcm", b"12"), MR, "2.25.7", EXPLICIT)
        for syntax in (EXPLICIT, IMPLICIT):
            file = part10(tmp_path / "a.dcm", syntax.encode(), syntax=syntax)
            assert association.store(file, CT, "2.25.7", syntax) == 0
            assert scp.requests.get()[1].transfer_syntax == syntax


def test_128_contexts_can_be_proposed_and_no_more(archive):
    pairs = [(f"1.2.840.10008.5.1.4.1.1.{n}", EXPLICIT) for n in range(1, 130)]
    scp = archive(pairs[127:])
    with pytest.raises(ValueError, match="128"):
        StorageAssociation.open(peer(scp.port), "GATEWAY", pairs, timeouts=QUICK)
    with StorageAssociation.open(peer(scp.port), "GATEWAY", pairs[:128], timeouts=QUICK) as association:
        assert association.accepts(*pairs[127])


def test_an_association_without_an_accepted_context_is_not_an_unreachable_peer(archive):
    scp = archive([(MR, EXPLICIT)])
    with pytest.raises(NoPresentationContext):
        StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)


def test_a_rejected_association_is_an_unreachable_peer(archive):
    scp = archive(require_calling_aet=["SOMEONE"])
    with pytest.raises(PeerUnreachable, match="rejected"):
        StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)


def test_nobody_listening_is_an_unreachable_peer():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(PeerUnreachable):
            StorageAssociation.open(
                peer(closed.getsockname()[1]), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK
            )


def test_an_unknown_host_is_an_unreachable_peer():
    with pytest.raises(PeerUnreachable):
        StorageAssociation.open(peer(104, "archive.invalid"), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x02", b"\x02\0\0\0\0\x40\0", b"\x02\0\xff\xff\xff\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    ids=["silence", "a byte", "half a PDU", "4 GiB", "another protocol"],
)
def test_a_peer_that_does_not_answer_the_association_is_left_in_time(answer):
    def script(connection):
        read_pdu(connection)
        connection.sendall(answer)
        until_closed(connection)

    quick = Timeouts(connect=1.0, associate=0.3, response=1.0, stall=0.3)
    with scripted(script) as port:
        begun = time.monotonic()
        with pytest.raises(PeerUnreachable):
            StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=quick)
        assert time.monotonic() - begun < 5


def test_a_missing_response_ends_the_association(tmp_path):
    def script(connection):
        accept(connection)
        until_closed(connection)

    quick = Timeouts(response=0.3)
    with (
        scripted(script) as port,
        StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=quick) as association,
    ):
        with pytest.raises(PeerUnreachable, match="no response"):
            association.store(part10(tmp_path / "a.dcm", b"12"), CT, "2.25.7", EXPLICIT)
        assert not association.usable


def test_the_response_is_waited_for_from_the_last_byte_sent_on(tmp_path):
    size = 24 << 20
    seconds = 3.0

    def script(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        accept(connection, 0)
        read_pdu(connection)
        received, begun = 0, time.monotonic()
        while received < size:
            received += len(read_pdu(connection)) - 12
            while received / size > (time.monotonic() - begun) / seconds:
                time.sleep(0.01)  # the pace of a slow line
        connection.sendall(success(1))
        until_closed(connection)

    quick = Timeouts(associate=0.3, response=1.5, stall=2.0)
    with scripted(script) as port:
        association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=quick)
        begun = time.monotonic()
        assert association.store(sparse(tmp_path / "a.dcm", size), CT, "2.25.7", EXPLICIT) == 0
        assert time.monotonic() - begun > quick.response
        association.close()


def test_a_peer_that_stops_reading_is_left_and_costs_no_memory(tmp_path):
    done = threading.Event()

    def script(connection):
        accept(connection, 131072)
        done.wait(20)

    quick = Timeouts(stall=0.5)
    with scripted(script) as port:
        association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=quick)
        file = sparse(tmp_path / "a.dcm", 200 << 20)
        tracemalloc.start()
        try:
            with pytest.raises(PeerUnreachable):
                association.store(file, CT, "2.25.7", EXPLICIT)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            done.set()
        assert most < 4 << 20
        assert not association.usable
        association.close()


@pytest.mark.parametrize("size", [2, 40 << 20])
def test_an_abort_during_the_transfer_ends_it(tmp_path, size):
    def script(connection):
        accept(connection)
        read_pdu(connection)
        connection.sendall(b"\x07\0\0\0\0\x04\0\0\0\0")
        until_closed(connection)

    with scripted(script) as port:
        association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)
        with pytest.raises(PeerUnreachable):
            association.store(sparse(tmp_path / "a.dcm", size), CT, "2.25.7", EXPLICIT)
        association.close()


@pytest.mark.parametrize(
    "answer",
    [
        success(99),
        b"\x04\0\0\0\0\x07\0\0\0\x03\x01\x03\0",
        b"\x01\0\0\0\0\x02ab",
        b"\x05\0\0\0\0\x04\0\0\0\0",
    ],
    ids=["another message", "no command", "association request", "release"],
)
def test_an_answer_that_is_none_ends_the_association(tmp_path, answer):
    def script(connection):
        accept(connection)
        read_pdu(connection)
        read_pdu(connection)
        connection.sendall(answer)
        until_closed(connection)

    with scripted(script) as port:
        association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)
        with pytest.raises(PeerUnreachable):
            association.store(part10(tmp_path / "a.dcm", b"12"), CT, "2.25.7", EXPLICIT)
        association.close()


def test_a_transfer_can_be_interrupted_from_another_thread(tmp_path):
    begun = threading.Event()

    def script(connection):
        accept(connection)
        read_pdu(connection)
        begun.set()
        until_closed(connection)

    with scripted(script) as port:
        association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)])
        interrupting = threading.Thread(target=lambda: begun.wait(20) and association.interrupt())
        interrupting.start()
        with pytest.raises(PeerUnreachable):
            association.store(part10(tmp_path / "a.dcm", b"12"), CT, "2.25.7", EXPLICIT)
        interrupting.join()
        association.close()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, FileNotFoundError),
        (b"", ValueError),
        (bytes(132) + b"no prefix at all" * 4, ValueError),
        (bytes(128) + b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0", ValueError),
        (bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, 900), ValueError),
    ],
    ids=["missing", "empty", "no prefix", "no group length", "no data set"],
)
def test_a_file_that_cannot_be_sent_leaves_the_association_usable(archive, tmp_path, content, error):
    scp = archive()
    if content is not None:
        (tmp_path / "b.dcm").write_bytes(content)
    with StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK) as association:
        with pytest.raises(error):
            association.store(tmp_path / "b.dcm", CT, "2.25.7", EXPLICIT)
        assert association.store(part10(tmp_path / "a.dcm", b"12"), CT, "2.25.7", EXPLICIT) == 0


def test_a_file_that_shrinks_while_it_is_sent_is_not_sent_as_a_whole(tmp_path):
    shrunk = threading.Event()
    file = sparse(tmp_path / "a.dcm", 100 << 20)

    def script(connection):
        accept(connection)
        read_pdu(connection)
        os.truncate(file, 1000)
        shrunk.set()
        until_closed(connection)

    with scripted(script) as port:
        association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)
        with pytest.raises(OSError, match="shorter"):
            association.store(file, CT, "2.25.7", EXPLICIT)
        assert not association.usable
        association.close()


def test_a_peer_that_leaves_in_between_is_noticed(archive):
    scp = archive()
    association = StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)
    assert association.usable
    scp.associations.get(timeout=10).abort()
    eventually(lambda: not association.usable)
    association.close()


def test_a_peer_that_releases_in_between_gets_its_response():
    answers = queue.Queue()

    def script(connection):
        accept(connection)
        connection.sendall(b"\x05\0\0\0\0\x04\0\0\0\0")
        answers.put(read_pdu(connection)[0])

    with scripted(script) as port:
        association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)
        eventually(lambda: not association.usable)
        association.close()
    assert answers.get(timeout=10) == 0x06


def test_leaving_the_block_releases_the_association(archive):
    scp = archive()
    with StorageAssociation.open(peer(scp.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK):
        pass
    assert scp.released.wait(10)


def test_associations_leave_no_threads_and_no_descriptors(tmp_path):
    def script(connection):
        accept(connection)
        read_pdu(connection)

    def use():
        with scripted(script) as port:
            association = StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)
            with pytest.raises(PeerUnreachable):
                association.store(part10(tmp_path / "a.dcm", b"12"), CT, "2.25.7", EXPLICIT)
            association.close()
        with pytest.raises(PeerUnreachable):
            StorageAssociation.open(peer(port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK)

    use()
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(5):
        use()
    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


def test_sub_operations_of_a_c_get_go_over_the_requestor_s_association(tmp_path):
    files = [part10(tmp_path / f"{n}.dcm", os.urandom(300_000), uid=f"2.25.{n}") for n in range(5)]
    statuses, received, ids = [], [], []

    def get(event):
        sub = StorageAssociation.over(event.assoc, after_message_id=event.request.MessageID, timeouts=QUICK)
        for number, file in enumerate(files):
            statuses.append(sub.store(file, CT, f"2.25.{number}", EXPLICIT))
        sub.close()
        yield 0

    entity = AE(ae_title="GATEWAY")
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
    entity.add_supported_context(CT, EXPLICIT, scu_role=True, scp_role=True)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, get)])

    def store(event):
        received.append(event.request.DataSet.getvalue())
        ids.append(event.request.MessageID)
        return 0xB000 if event.request.AffectedSOPInstanceUID == "2.25.3" else 0x0000

    from pydicom.dataset import Dataset
    from pynetdicom import build_role

    researcher = AE(ae_title="LAB")
    researcher.add_requested_context(StudyRootQueryRetrieveInformationModelGet)
    researcher.add_requested_context(CT, EXPLICIT)
    association = researcher.associate(
        "127.0.0.1",
        server.server_address[1],
        ext_neg=[build_role(UID(CT), scp_role=True)],
        evt_handlers=[(evt.EVT_C_STORE, store)],
    )
    try:
        query = Dataset()
        query.QueryRetrieveLevel, query.StudyInstanceUID = "STUDY", "2.25.1"
        answers = [
            s.Status for s, _ in association.send_c_get(query, StudyRootQueryRetrieveInformationModelGet)
        ]
        association.release()
    finally:
        server.shutdown()
    assert answers == [0x0000]
    assert statuses == [0, 0, 0, 0xB000, 0]
    assert ids == [2, 3, 4, 5, 6]
    assert [file.read_bytes()[-300_000:] for file in files] == received


@needs_dcmtk
@pytest.mark.flow
def test_dcmtk_keeps_what_was_sent_and_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(StoreSCP, "environment", lambda self: {})  # with Nagle's algorithm
    count = 40
    with StoreSCP(tmp_path / "scp") as scp:
        files = [part10(tmp_path / f"{n}", os.urandom(50_000), uid=f"2.25.{n}") for n in range(count)]
        with StorageAssociation.open(
            peer(scp.address.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK
        ) as association:
            begun = time.monotonic()
            for number, file in enumerate(files):
                assert association.store(file, CT, f"2.25.{number}", EXPLICIT) == 0
            seconds = time.monotonic() - begun
        received = {path.read_bytes()[-50_000:] for path in scp.files()}
    assert received == {file.read_bytes()[-50_000:] for file in files}
    assert seconds < count * 0.04 * 0.8


@needs_dcmtk
@pytest.mark.flow
def test_more_than_1024_descriptors_are_no_obstacle(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.skip("the hard limit of descriptors is too low")
    with StoreSCP(tmp_path / "scp") as scp, ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
        for _ in range(1100):
            stack.enter_context(Path(os.devnull).open())
        with StorageAssociation.open(
            peer(scp.address.port), "GATEWAY", [(CT, EXPLICIT)], timeouts=QUICK
        ) as association:
            assert association.store(part10(tmp_path / "a", b"12"), CT, "2.25.7", EXPLICIT) == 0
