import hashlib
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE, evt
from structlog.testing import capture_logs

from gateway.association.commitment_information import Information, Reference
from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.association.requestor import Timeouts
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.uid import replacement_uid
from gateway.forward.retry import Backoff
from gateway.ledger.commitment_message import RecordRequest, RequestOutcome
from gateway.ledger.commitment_reader import CommitmentReader
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance, TaskOutcome, TaskState
from gateway.linkage.seal import BlindIndex, Sealer
from gateway.operate.storage.commitment_duty import Calling, CommitmentDuty
from gateway.operate.wiring.commitment_vault import ReplacedUids, Vault
from gateway.operate.wiring.ledger_access import DirectLedger
from gateway.receive.commitment_answer import Assessor
from gateway.standard.storage_commitment import SOP_CLASS

CT = "1.2.840.10008.5.1.4.1.1.2"
ORIGINAL = "1.2.276.0.7230010.3.5"
TRANSACTION = "1.2.276.0.7230010.9"
KEY = PseudonymKey(b"k" * 32)
QUICK = Timeouts(connect=2.0, associate=2.0, response=3.0, stall=2.0)


class Modality:
    """A listener that takes reports; it never asks for anything itself."""

    def __init__(self, answer=0x0000, with_role=True):
        self.reports = []
        self.titles = []
        entity = AE(ae_title="CT")
        roles = {"scu_role": False, "scp_role": True} if with_role else {}
        entity.add_supported_context(SOP_CLASS, ImplicitVRLittleEndian, **roles)

        def report(event):
            self.titles.append(event.assoc.requestor.ae_title)
            self.reports.append((event.event_type, event.event_information))
            return answer, None

        self._server = entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)]
        )
        self.port = self._server.server_address[1]

    def close(self):
        """Stop listening; what takes half a second more happens in a thread, which is returned."""
        server, self._server = self._server, None
        if server is None:
            return None
        server.socket.close()
        ending = threading.Thread(target=server.shutdown)
        ending.start()
        return ending


@dataclass
class Scene:
    directory: object
    store: LedgerStore
    reader: CommitmentReader
    now: float = field(default_factory=time.time)
    peers: dict = field(default_factory=dict)

    def __post_init__(self):
        self.ledger = DirectLedger(self.store)
        self.lock = threading.Lock()
        self.vault = Vault(Sealer("a" * 16, b"s" * 32), {"trial": BlindIndex(b"i" * 32)})

    def call(self, message):
        with self.lock:
            return self.ledger.call(message)

    def modality(self, port, name="ct", **changes):
        given = {"ae_title": "CT", "host": "127.0.0.1", "port": port, "storage_commitment": True}
        self.peers[name] = Peer(name=name, roles=(Role.MODALITY,), **{**given, **changes})

    def receive(self, original=ORIGINAL, state=TaskState.FORWARDED):
        self.call(
            RecordInstance(
                project="trial",
                input_digest=hashlib.sha256(original.encode()).digest(),
                output_digest=str(hash(original)),
                path=f"{hash(original)}.dcm",
                size=1,
                sop_class_uid=CT,
                sop_instance_uid=replacement_uid(KEY, original),
                series_instance_uid="2.25.1",
                study_instance_uid="2.25.2",
                transfer_syntax_uid="1.2.840.10008.1.2.1",
                attributes={},
                destinations=["pacs"],
                peer="ct",
            )
        )
        self.settle(state)

    def settle(self, state):
        self.call(TaskOutcome(1, state))

    def ask(self, *originals, peer="ct", transaction=TRANSACTION, wait=60.0):
        asked = Information(transaction, tuple(Reference(CT, one) for one in originals or (ORIGINAL,)))
        outcome = self.call(
            RecordRequest(
                project="trial",
                peer=peer,
                transaction_uid=self.vault.digest("trial", peer, transaction),
                content=self.vault.seal("trial", peer, asked),
                count=len(asked.references),
                deadline=self.now + wait,
                next_attempt=self.now,
                most_pending=10,
                most_references=1000,
            )
        )
        assert outcome is RequestOutcome.ACCEPTED

    def perform(self, later=0.0):
        """A steward that was just started does its duty, so many seconds later."""
        self.now += later
        return self.steward().perform(threading.Event())

    def steward(self, effort=lambda: 0.0):
        replaced = ReplacedUids({"trial": Profile.load('base = "basic"\n', "p.toml")}, {"trial": KEY})
        return CommitmentDuty(
            self.peers,
            {"trial": Project(name="trial", ae_title="TRIAL", destinations=("pacs",))},
            self.reader,
            self,
            self.vault,
            Assessor(self.reader, replaced, lambda _: True, ()),
            Calling(QUICK, Backoff(first=10.0, longest=100.0), lambda: 1.0),
            clock=lambda: self.now,
            effort=effort,
        )

    def states(self):
        query = "SELECT peer, state, attempts FROM commitment ORDER BY id"
        return self.store.database.execute_sql(query).fetchall()


@pytest.fixture
def scene(tmp_path):
    with (
        closing(LedgerStore(tmp_path / "ledger.sqlite")) as store,
        closing(CommitmentReader(tmp_path / "ledger.sqlite")) as reader,
    ):
        yield Scene(tmp_path, store, reader)


@pytest.fixture(scope="module")
def endings():
    threads = []
    yield threads
    for thread in threads:
        thread.join()


@pytest.fixture
def modality(endings):
    started = []

    def start(**options):
        started.append(Modality(**options))
        return started[-1]

    yield start
    endings += filter(None, (made.close() for made in started))


@pytest.mark.parametrize("with_role", [True, False])
def test_a_modality_is_called_and_told_in_original_uids(scene, modality, with_role):
    node = modality(with_role=with_role)
    scene.modality(node.port)
    scene.receive()
    scene.ask(ORIGINAL, "1.2.276.99")
    with capture_logs() as logs:
        scene.perform()
    ((event, told),) = node.reports
    assert (event, told.TransactionUID) == (2, TRANSACTION)
    assert [one.ReferencedSOPInstanceUID for one in told.ReferencedSOPSequence] == [ORIGINAL]
    assert [(one.ReferencedSOPInstanceUID, one.FailureReason) for one in told.FailedSOPSequence] == [
        ("1.2.276.99", 0x0112)
    ]
    assert node.titles == ["TRIAL"]
    assert scene.states() == [("ct", "reported", 0)]
    assert "1.2.276" not in repr(logs)
    scene.perform(3600)
    assert len(node.reports) == 1


def test_nothing_of_a_request_is_on_disk_in_clear(scene):
    scene.modality(1)
    scene.receive()
    scene.ask()
    scene.store.close()
    content = b"".join(path.read_bytes() for path in scene.directory.iterdir())
    assert replacement_uid(KEY, ORIGINAL).encode() in content
    assert b"1.2.276" not in content


@pytest.mark.parametrize("state", [TaskState.WAITING, TaskState.SENT])
def test_what_is_on_its_way_delays_the_report_to_the_limit(scene, modality, state):
    node = modality()
    scene.modality(node.port)
    scene.receive(state=state)
    scene.ask(wait=60.0)
    scene.perform()
    scene.perform(30)
    assert node.reports == []
    scene.perform(31)
    ((event, told),) = node.reports
    assert event == 2
    assert [one.FailureReason for one in told.FailedSOPSequence] == [0x0110]


def test_what_arrives_in_time_is_committed_to(scene, modality):
    node = modality()
    scene.modality(node.port)
    scene.receive(state=TaskState.SENT)
    scene.ask(wait=60.0)
    scene.perform()
    scene.settle(TaskState.FORWARDED)
    scene.perform(5)
    assert [event for event, _ in node.reports] == [1]


def test_a_modality_that_is_away_is_called_again_later_each_time(scene, modality, endings):
    node = modality()
    endings.append(node.close())
    scene.modality(node.port)
    scene.receive()
    scene.ask()
    scene.perform()
    scene.perform(5)
    assert scene.states() == [("ct", "pending", 1)]
    scene.perform(6)
    scene.perform(15)
    assert scene.states() == [("ct", "pending", 2)]
    back = modality()
    scene.modality(back.port)
    scene.perform(6)
    assert len(back.reports) == 1
    assert scene.states() == [("ct", "reported", 2)]


def test_a_modality_that_takes_no_report_is_given_up_after_an_hour(scene, modality):
    node = modality(answer=0x0110)
    scene.modality(node.port)
    scene.receive()
    scene.ask(wait=60.0)
    scene.perform()
    assert scene.states() == [("ct", "pending", 1)]
    scene.perform(3600)
    assert scene.states() == [("ct", "pending", 2)]
    scene.perform(161)
    assert scene.states() == [("ct", "abandoned", 2)]
    assert len(node.reports) == 3


def test_a_modality_that_is_away_is_called_once_for_all_its_requests_and_delays_no_other(scene, modality):
    away, node = modality(answer=0x0110), modality()
    scene.modality(away.port, "away")
    scene.modality(node.port)
    scene.receive()
    for number in range(3):
        scene.ask(peer="away", transaction=f"1.2.{number}")
    scene.ask()
    scene.perform()
    assert (len(away.reports), len(node.reports)) == (1, 1)
    assert sorted(scene.states()) == [*[("away", "pending", 1)] * 3, ("ct", "reported", 0)]


def test_requests_of_a_modality_that_is_away_are_not_read_for_nothing(scene, modality, monkeypatch):
    away = modality(answer=0x0110)
    scene.modality(away.port)
    scene.receive()
    for number in range(3):
        scene.ask(transaction=f"1.2.{number}")
    read = []
    opened = scene.vault.open
    monkeypatch.setattr(scene.vault, "open", lambda *request: read.append(request) or opened(*request))
    scene.perform()
    assert len(read) == 1
    assert scene.states() == [("ct", "pending", 1)] * 3


def test_a_modality_whose_requests_are_much_work_waits_in_proportion_and_delays_no_other(scene, modality):
    node = modality()
    scene.modality(node.port, "ct")
    scene.modality(node.port, "mr")
    scene.receive(state=TaskState.SENT)
    scene.ask()
    times = iter([0.0, 0.5])
    steward = scene.steward(lambda: next(times, 1.0))
    steward.perform(threading.Event())
    scene.settle(TaskState.FORWARDED)
    scene.ask(peer="mr", transaction="1.2.1")
    scene.now += 9
    steward.perform(threading.Event())
    assert scene.states() == [("ct", "pending", 0), ("mr", "reported", 0)]
    scene.now += 2
    steward.perform(threading.Event())
    assert scene.states() == [("ct", "reported", 0), ("mr", "reported", 0)]


def test_a_clock_that_was_set_back_lets_no_modality_wait(scene, modality):
    node = modality()
    scene.modality(node.port)
    scene.receive()
    times = iter([0.0, 0.5])
    steward = scene.steward(lambda: next(times, 1.0))
    scene.ask(transaction="1.2.1")
    steward.perform(threading.Event())
    scene.now -= 86_400
    scene.ask(transaction="1.2.2")
    steward.perform(threading.Event())
    assert len(node.reports) == 2


@pytest.mark.parametrize("changes", [None, {"storage_commitment": False}])
def test_a_request_of_who_is_no_peer_for_it_any_more_is_given_up(scene, modality, changes):
    node = modality()
    if changes is not None:
        scene.modality(node.port, **changes)
    scene.receive()
    scene.ask()
    scene.perform()
    assert scene.states() == [("ct", "abandoned", 0)]
    assert node.reports == []


def test_a_request_that_was_sealed_with_another_key_is_given_up(scene, modality):
    node = modality()
    scene.modality(node.port)
    scene.ask()
    scene.vault = Vault(Sealer("b" * 16, b"t" * 32), {"trial": BlindIndex(b"i" * 32)})
    scene.perform()
    assert scene.states() == [("ct", "abandoned", 0)]


@pytest.mark.parametrize(("options", "is_kept"), [([], False), (["retain_uids"], True)])
def test_uids_are_replaced_as_the_de_identifier_does(options, is_kept):
    profile = Profile.load(f'base = "basic"\noptions = {options}\n', "p.toml")
    replaced = ReplacedUids({"trial": profile}, {"trial": KEY})
    assert replaced.replacement("trial", ORIGINAL) == (
        ORIGINAL if is_kept else replacement_uid(KEY, ORIGINAL)
    )
