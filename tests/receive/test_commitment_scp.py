import json
import socket
import threading
import time
from contextlib import ExitStack, closing

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from structlog.testing import capture_logs

from gateway.association.acceptor import Acceptor
from gateway.association.byte_budget import ByteBudget
from gateway.association.directory import Directory
from gateway.association.peer import Peer, Role
from gateway.association.presentation_context import Service
from gateway.association.project import Project
from gateway.errors import LedgerUnavailable
from gateway.ledger.commitment_message import AskForCommitment, CommitmentState
from gateway.ledger.commitment_reader import CommitmentReader
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance, TaskOutcome, TaskState
from gateway.ledger.store import Rejected
from gateway.receive import commitment_scp
from gateway.receive.commitment_answer import Assessor
from gateway.receive.commitment_scp import FIRST_LOOK_S, CommitmentSCP
from gateway.standard.storage_commitment import SOP_CLASS, SOP_INSTANCE

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
SECRET = "1.2.276.0.7230010.3"
"""Root of the original UIDs."""
TITLE = "TRIAL"
PEERS = (
    Peer(name="ct", roles=(Role.MODALITY,), ae_title="CT", host="h", port=1, storage_commitment=True),
    Peer(name="mr", roles=(Role.MODALITY,), ae_title="MR"),
    Peer(name="pacs", roles=(Role.ARCHIVE,), ae_title="PACS", storage_commitment=True),
    Peer(name="vna", roles=(Role.ARCHIVE,), ae_title="VNA", storage_commitment=True),
    Peer(name="plain", roles=(Role.ARCHIVE,), ae_title="PLAIN"),
)
PROJECT = Project(name="trial", ae_title=TITLE, destinations=("pacs", "vna"))


class World:
    """A ledger without processes, and everything else that the SCP works with."""

    def __init__(self, directory):
        self._store = LedgerStore(directory / "ledger.sqlite")
        self._lock = threading.Lock()
        self.reader = CommitmentReader(directory / "ledger.sqlite")
        self.path = directory / "ledger.sqlite"
        self.is_available = True
        self.files = set()
        self.budget = ByteBudget(64 << 20)
        self.own_archives = set()
        self.disk_is_full = False

    def is_low(self):
        return self.disk_is_full

    def call(self, message):
        if not self.is_available:
            raise LedgerUnavailable("gone")
        with self._lock:
            self._store.begin()
            reply = self._store.apply(message)
            self._store.commit()
        assert not isinstance(reply, Rejected), reply
        return reply

    def digest(self, project, peer, transaction_uid):
        return f"{project}-{peer}-{hash(transaction_uid)}"

    def seal(self, project, peer, information):
        return b"sealed"

    def replacement(self, project, uid):
        return uid.replace(SECRET, "2.25")

    def store(self, number, *states, sop_class=CT, content="", destinations=("pacs", "vna")):
        """Have an instance received, with the outcome at each destination."""
        uid = f"2.25.{number}"
        name = f"{number}{content}"
        self.files.add(f"{name}.dcm")
        self.call(
            RecordInstance(
                project="trial",
                input_digest=name.encode(),
                output_digest=name,
                path=f"{name}.dcm",
                size=1,
                sop_class_uid=sop_class,
                sop_instance_uid=uid,
                series_instance_uid="2.25.1",
                study_instance_uid="2.25.2",
                transfer_syntax_uid=EXPLICIT,
                attributes={"PatientID": "P"},
                destinations=list(destinations),
                peer="ct",
            )
        )
        for destination, state in zip(destinations, states, strict=False):
            self.settle(number, destination, state)
        return f"{SECRET}.{number}"

    def settle(self, number, destination, state):
        self.call(TaskOutcome(self.task(number, destination), state))

    def task(self, number, destination):
        query = (
            "SELECT t.id FROM forwardtask t JOIN instance i ON t.instance_id = i.id"
            ' WHERE i."SOPInstanceUID" = ? AND destination = ? ORDER BY t.id DESC'
        )
        with self._lock:
            return self._store.database.execute_sql(query, (f"2.25.{number}", destination)).fetchone()[0]

    def rows(self, text):
        with self._lock:
            return self._store.database.execute_sql(text).fetchall()

    def audit(self):
        return [
            (kind, json.loads(detail)) for kind, detail in self.rows("SELECT kind, detail FROM auditentry")
        ]

    def close(self):
        self.reader.close()
        self._store.close()


@pytest.fixture
def world(tmp_path):
    with closing(World(tmp_path)) as made:
        yield made


@pytest.fixture
def port(world):
    """Serve until the end of the test."""
    assessor = Assessor(world.reader, world, world.files.__contains__, world.own_archives)
    scp = CommitmentSCP(world, world, assessor, world.is_low, wait=60.0, resend_after=60.0)
    acceptor = Acceptor(
        Directory(PEERS, [PROJECT], own_title="GATEWAY"),
        budget=world.budget,
        service_classes={Service.STORAGE_COMMITMENT: scp.service_class()},
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)

    def accept():
        while True:
            try:
                acceptor.handle(*listener.accept())
            except OSError:
                return

    thread = threading.Thread(target=accept)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    acceptor.stop(0)


class Node:
    """A peer that is connected, and keeps the reports that come over its association."""

    def __init__(self, port, title, called=TITLE, roles=(), syntax=IMPLICIT):
        entity = AE(ae_title=title)
        entity.add_requested_context(SOP_CLASS, syntax)
        self.reports = []
        self.came = threading.Event()
        self.association = entity.associate(
            "127.0.0.1",
            port,
            ae_title=called,
            ext_neg=list(roles),
            evt_handlers=[(evt.EVT_N_EVENT_REPORT, self._reported)],
        )

    def _reported(self, event):
        self.reports.append((event.event_type, event.event_information))
        self.came.set()
        return 0x0000, None

    def ask(self, *references, transaction="1.2.3.4", action=1, instance=SOP_INSTANCE):
        """Return the status of the answer."""
        asked = Dataset()
        asked.TransactionUID = transaction
        asked.ReferencedSOPSequence = [item(*one) for one in references]
        status, _ = self.association.send_n_action(asked, action, SOP_CLASS, instance)
        return status.get("Status")

    def report(self, transaction, committed=(), failed=(), event=1, instance=SOP_INSTANCE):
        """Return the status of the answer."""
        told = Dataset()
        told.TransactionUID = transaction
        if committed:
            told.ReferencedSOPSequence = [item(CT, uid) for uid in committed]
        if failed:
            told.FailedSOPSequence = [item(CT, uid, reason) for uid, reason in failed]
        status, _ = self.association.send_n_event_report(told, event, SOP_CLASS, instance)
        return status.get("Status")


def item(sop_class, uid, reason=None):
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = sop_class, uid
    if reason is not None:
        made.FailureReason = reason
    return made


@pytest.fixture
def connect(port):
    with ExitStack() as stack:

        def start(title="CT", **options):
            node = Node(port, title, **options)
            stack.callback(node.association.release)
            return node

        yield start


def pending(world, after=FIRST_LOOK_S + 1):
    return world.reader.pending(time.time() + after, 10, 3600.0)


FORWARDED, SENT, WAITING, HELD, DROPPED = (
    TaskState.FORWARDED,
    TaskState.SENT,
    TaskState.WAITING,
    TaskState.HELD,
    TaskState.DROPPED,
)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.2"])
def test_what_every_destination_has_is_committed_to_over_the_same_association(world, connect, syntax):
    uid = world.store(1, FORWARDED, FORWARDED)
    node = connect(syntax=syntax)
    assert node.ask((CT, uid)) == 0x0000
    assert node.came.wait(10)
    ((event, told),) = node.reports
    assert (event, told.TransactionUID) == (1, "1.2.3.4")
    assert [
        (one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID) for one in told.ReferencedSOPSequence
    ] == [(CT, uid)]
    assert "FailedSOPSequence" not in told
    assert "RetrieveAETitle" not in told
    node.association.release()
    deadline = time.monotonic() + 10
    while not world.rows("SELECT 1 FROM commitment WHERE state = 'reported' AND length(content) = 0"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not pending(world)


def test_each_failure_has_its_reason(world, connect):
    good = world.store(1, FORWARDED, FORWARDED)
    held, dropped = world.store(2, FORWARDED, HELD), world.store(3, DROPPED, FORWARDED)
    other = world.store(4, FORWARDED, FORWARDED, sop_class=MR)
    twice = world.store(5, FORWARDED, FORWARDED)
    world.store(5, FORWARDED, FORWARDED, content="changed")
    node = connect()
    never = f"{SECRET}.99"
    with capture_logs() as logs:
        assert node.ask(*((CT, uid) for uid in (good, held, dropped, other, twice, never))) == 0x0000
        assert node.came.wait(10)
    ((event, told),) = node.reports
    assert event == 2
    assert [one.ReferencedSOPInstanceUID for one in told.ReferencedSOPSequence] == [good]
    assert {one.ReferencedSOPInstanceUID: one.FailureReason for one in told.FailedSOPSequence} == {
        held: 0x0110,
        dropped: 0x0110,
        other: 0x0119,
        twice: 0x0110,
        never: 0x0112,
    }
    assert SECRET not in repr(logs) + repr(world.audit())


@pytest.mark.parametrize(
    ("is_own_archive", "is_there", "reason"),
    [(True, True, None), (True, False, 0x0110), (False, True, 0x0110)],
)
def test_a_project_without_destinations_commits_if_it_never_prunes(
    world, connect, is_own_archive, is_there, reason
):
    uid = world.store(1, destinations=())
    if is_own_archive:
        world.own_archives.add("trial")
    if not is_there:
        world.files.clear()
    node = connect()
    assert node.ask((CT, uid)) == 0x0000
    assert node.came.wait(10)
    failed = node.reports[0][1].get("FailedSOPSequence", [])
    assert [one.FailureReason for one in failed] == ([reason] if reason else [])


@pytest.mark.parametrize("state", [WAITING, SENT])
def test_what_is_on_its_way_is_left_to_the_steward(world, connect, state):
    uid = world.store(1, FORWARDED, state)
    node = connect()
    assert node.ask((CT, uid)) == 0x0000
    assert not node.came.wait(1.3)
    (request,) = pending(world)
    assert (request.peer, request.project, request.content) == ("ct", "trial", b"sealed")
    assert request.deadline - request.requested_at == pytest.approx(60.0, abs=1)


def test_what_is_decided_within_a_moment_is_reported_over_the_same_association(world, connect):
    uid = world.store(1, FORWARDED, WAITING)
    node = connect()
    assert node.ask((CT, uid)) == 0x0000
    time.sleep(0.4)
    world.settle(1, "vna", FORWARDED)
    assert node.came.wait(10)
    assert node.reports[0][0] == 1


def test_a_modality_that_goes_is_called_later(world, connect):
    uid = world.store(1, FORWARDED, FORWARDED)
    node = connect()
    assert node.ask((CT, uid)) == 0x0000
    node.association.release()
    assert node.association.is_released
    assert len(pending(world)) == 1
    assert node.reports == []


def test_a_transaction_that_is_pending_is_not_taken_twice(world, connect):
    uid = world.store(1, FORWARDED, WAITING)
    first = connect()
    assert first.ask((CT, uid)) == 0x0000
    assert connect().ask((CT, uid)) == 0x0131
    assert connect().ask((CT, uid), transaction="1.2.3.5") == 0x0000
    assert len(pending(world)) == 2


def test_a_request_that_is_none_is_refused(world, connect):
    node = connect()
    assert node.ask((CT, "1.2"), action=2) == 0x0123
    assert node.ask((CT, "1.2"), instance="1.2.3") == 0x0112
    assert node.ask() == 0x0115
    assert node.ask((CT, "")) == 0x0115
    assert node.ask((CT, "1.2"), transaction="") == 0x0115
    world.is_available = False
    assert node.ask((CT, "1.2")) == 0x0213
    world.is_available = True
    assert pending(world) == []


def test_a_full_disk_takes_no_request(world, connect):
    node = connect()
    world.disk_is_full = True
    assert node.ask((CT, "1.2")) == 0x0213
    assert world.rows("SELECT 1 FROM commitment") == []
    world.disk_is_full = False
    assert node.ask((CT, "1.2")) == 0x0000


def test_what_a_modality_may_have_named_at_a_time_is_bounded(world, connect, monkeypatch):
    monkeypatch.setattr(commitment_scp, "MOST_PENDING_REFERENCES", 3)
    uids = [world.store(number, WAITING, WAITING) for number in range(1, 5)]
    node = connect()
    assert node.ask(*((CT, uid) for uid in uids[:2])) == 0x0000
    assert connect().ask(*((CT, uid) for uid in uids[2:]), transaction="1.2.3.5") == 0x0213
    assert connect().ask((CT, uids[2]), transaction="1.2.3.6") == 0x0000


def test_what_a_request_takes_of_the_byte_budget_is_given_back(world, connect):
    node = connect()
    for _ in range(3):
        assert node.ask((CT, "1.2"), action=2) == 0x0123
    node.association.release()
    assert world.budget.reserve(64 << 20)


@pytest.mark.parametrize("title", ["MR", "PLAIN"])
def test_who_has_no_right_gets_no_presentation_context(connect, title):
    node = connect(title)
    assert node.association.accepted_contexts == []


def test_an_archive_may_not_request_and_a_modality_may_not_report(world, connect):
    assert connect("PACS").ask((CT, "1.2")) is None
    assert connect("CT").report("1.2", ["2.25.1"]) is None


def test_an_archive_reports_over_an_association_of_its_own(world, connect):
    world.store(1, SENT, SENT)
    world.store(2, SENT, SENT)
    ids = [world.task(number, "pacs") for number in (1, 2)]
    assert world.call(AskForCommitment("pacs", "2.25.77", ids, time.time() + 60)) == 2
    node = connect("PACS", called="GATEWAY", roles=[build_role(SOP_CLASS, scp_role=True)])
    (context,) = node.association.accepted_contexts
    assert (context.as_scp, context.as_scu) == (True, False)
    assert node.report("2.25.77", ["2.25.1"], [("2.25.2", 0x0110)], event=2) == 0x0000
    states = dict(world.rows("SELECT id, state FROM forwardtask"))
    assert [states[one] for one in ids] == ["forwarded", "waiting"]
    assert states[world.task(1, "vna")] == "sent"
    assert ("commitment_received", {"committed": "1", "failed": "1"}) in world.audit()
    # once more: harmless
    assert node.report("2.25.77", ["2.25.1"], [("2.25.2", 0x0110)], event=2) == 0x0000
    assert dict(world.rows("SELECT id, state FROM forwardtask")) == states


def test_a_report_in_the_default_role_counts_too(world, connect):
    world.store(1, SENT, SENT)
    task = world.task(1, "pacs")
    world.call(AskForCommitment("pacs", "2.25.77", [task], time.time() + 60))
    assert connect("PACS").report("2.25.77", ["2.25.1"]) == 0x0000
    assert dict(world.rows("SELECT id, state FROM forwardtask"))[task] == "forwarded"


def test_reports_that_nobody_awaits_change_nothing(world, connect):
    world.store(1, SENT, SENT)
    task = world.task(1, "pacs")
    world.call(AskForCommitment("pacs", "2.25.77", [task], time.time() + 60))
    assert connect("VNA").report("2.25.77", ["2.25.1"]) == 0x0124
    assert connect("PACS").report("2.25.78", ["2.25.1"]) == 0x0000
    assert connect("PACS").report("2.25.77", ["2.25.1"], event=3) == 0x0113
    assert connect("PACS").report("2.25.77", ["2.25.1"], instance="1.2") == 0x0112
    assert connect("PACS").report("2.25.77", [""]) == 0x0115
    world.is_available = False
    assert connect("PACS").report("2.25.77", ["2.25.1"]) == 0x0213
    world.is_available = True
    assert {state for _, state in world.rows("SELECT id, state FROM forwardtask")} == {"sent"}
    assert [detail["reason"] for kind, detail in world.audit() if kind == "commitment_not_awaited"] == [
        "foreign",
        "unknown",
    ]
    assert CommitmentState.ASKED in {state for (state,) in world.rows("SELECT state FROM commitment")}
