import threading
import time
from contextlib import ExitStack
from dataclasses import replace

import msgspec
import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt

from gateway.forward.commitment_scu import CommitmentPace
from gateway.forward.forwarder import Forwarder
from gateway.ledger.commitment_message import RecordReport, ReportOutcome
from gateway.ledger.commitment_reader import CommitmentReader
from gateway.standard.storage_commitment import SOP_CLASS, SOP_INSTANCE, FailureReason

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
QUICK = CommitmentPace(timeout=60.0, wait=3.0, linger=0.02, resend_after=0.05)


class CommittingArchive:
    """An archive that stores, and reports what it is told to on the association of the request."""

    def __init__(self, peer_at, offers=True):
        self.requests = []
        self.failures = {}
        self.status = lambda: 0x0000
        self.reports = lambda number: True
        self.reports_first = False
        self.answers = []
        self.stored = []
        entity = AE(ae_title="ARCHIVE")
        entity.maximum_associations = 20
        entity.add_supported_context(CT, EXPLICIT)
        if offers:
            entity.add_supported_context(SOP_CLASS)
        handlers = [(evt.EVT_C_STORE, self._store), (evt.EVT_N_ACTION, self._action)]
        self._server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        plain = peer_at("archive", self._server.server_address[1])
        self.peer = msgspec.structs.replace(plain, storage_commitment=True)
        self._threads = []

    def _store(self, event):
        self.stored.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000

    def _action(self, event):
        request = event.action_information
        self.requests.append(request)
        status = self.status()
        if self.reports_first:
            self._report(event.assoc, request)
        elif status == 0x0000 and self.reports(len(self.requests)):
            thread = threading.Thread(target=self._report, args=(event.assoc, request))
            self._threads.append(thread)
            thread.start()
        return status, None

    def named(self):
        return [item.ReferencedSOPInstanceUID for one in self.requests for item in one.ReferencedSOPSequence]

    def information(self, request):
        found = Dataset()
        found.TransactionUID = request.TransactionUID
        uids = [item.ReferencedSOPInstanceUID for item in request.ReferencedSOPSequence]
        good = [
            item
            for item in request.ReferencedSOPSequence
            if item.ReferencedSOPInstanceUID not in self.failures
        ]
        bad = [item for item in request.ReferencedSOPSequence if item not in good]
        for item in bad:
            item.FailureReason = self.failures[item.ReferencedSOPInstanceUID]
        assert uids
        if good:
            found.ReferencedSOPSequence = good
        if bad:
            found.FailedSOPSequence = bad
        return found

    def _report(self, assoc, request):
        time.sleep(0.05)  # the answer to the request goes first
        found = self.information(request)
        kind = 2 if "FailedSOPSequence" in found else 1
        status, _ = assoc.send_n_event_report(found, kind, SOP_CLASS, SOP_INSTANCE)
        self.answers.append(status.get("Status"))

    def close(self):
        """Stop; what takes half a second more happens in a thread, which is returned."""
        for thread in self._threads:
            thread.join(5)
        ending = threading.Thread(target=self._server.shutdown)
        ending.start()
        return ending


@pytest.fixture(scope="module")
def endings():
    threads = []
    yield threads
    for thread in threads:
        thread.join()


@pytest.fixture
def archive(peer_at, endings):
    started = []

    def start(**options):
        started.append(CommittingArchive(peer_at, **options))
        return started[-1]

    yield start
    endings += [made.close() for made in started]


@pytest.fixture
def commit(store, pace):
    """Give a function that runs a forwarder until the end of the test, or until what it returns is called."""
    with ExitStack() as stack:
        reader = CommitmentReader(store.directory / "ledger.sqlite")
        stack.callback(reader.close)

        def start(peer, **options):
            stop = threading.Event()
            forwarder = Forwarder(
                {peer.name: peer},
                {},
                store.reader,
                store.client,
                store,
                replace(pace, commitment=replace(QUICK, **options)),
                commitments=reader,
            )
            thread = threading.Thread(target=forwarder.run, args=(stop,))
            thread.start()

            def end():
                stop.set()
                thread.join(20)
                assert not thread.is_alive()

            stack.callback(end)
            return end

        yield start


def uncommitted(store):
    return sum(row.uncommitted for row in store.reader.sums())


def test_what_is_stored_counts_as_delivered_once_it_is_committed_to(store, archive, commit):
    uids = {store.add(n) for n in range(12)}
    scp = archive()
    scp.reports = lambda _: False
    commit(scp.peer, wait=0.1)
    store.until(lambda: uncommitted(store) == 12 and scp.requests)
    store.until(lambda: len(scp.named()) == 12)
    time.sleep(0.2)
    assert store.sums() == (0, 12, 0)
    assert set(scp.stored) == set(scp.named()) == uids
    assert len(scp.named()) == 12  # none twice before the time for the report is over


def test_the_report_may_come_over_the_association_of_the_request(store, archive, commit):
    uids = {store.add(n) for n in range(12)}
    scp = archive()
    commit(scp.peer)
    store.until_sums(12, 0, 0)
    assert (set(scp.named()), len(scp.named())) == (uids, 12)
    assert len({one.TransactionUID for one in scp.requests}) == len(scp.requests)
    store.until(lambda: len(scp.answers) == len(scp.requests))
    assert set(scp.answers) == {0x0000}


def test_the_report_may_come_before_the_answer_to_the_request(store, archive, commit):
    store.add(1)
    scp = archive()
    scp.reports_first = True
    commit(scp.peer)
    store.until_sums(1, 0, 0)
    store.until(lambda: scp.answers == [0x0000])
    assert len(scp.requests) == 1


def test_without_a_report_it_is_asked_again_under_another_transaction(store, archive, commit):
    store.add(1)
    scp = archive()
    scp.reports = lambda number: number == 2
    commit(scp.peer, timeout=0.3, wait=0.05)
    store.until_sums(1, 0, 0)
    assert scp.stored == ["2.25.91"]
    assert len({one.TransactionUID for one in scp.requests}) == 2


def test_what_is_not_committed_to_is_sent_again_and_held_in_the_end(store, archive, commit):
    bad, good = store.add(1), store.add(2)
    scp = archive()
    scp.failures = {bad: FailureReason.PROCESSING_FAILURE}
    commit(scp.peer)
    store.until_sums(1, 0, 1)
    assert (scp.stored.count(bad), scp.stored.count(good)) == (5, 1)
    (held,) = store.reader.held()
    assert (held.error, held.status) == ("not committed", 0x0110)


def test_what_is_never_committed_to_is_held_at_once(store, archive, commit):
    bad = store.add(1)
    scp = archive()
    scp.failures = {bad: FailureReason.CLASS_NOT_SUPPORTED}
    commit(scp.peer)
    store.until_sums(0, 0, 1)
    assert scp.stored == [bad]


def test_a_refused_request_is_made_again(store, archive, commit):
    store.add(1)
    scp = archive()
    statuses = [0x0213, 0x0110]
    scp.status = lambda: statuses.pop() if statuses else 0x0000
    commit(scp.peer)
    store.until_sums(1, 0, 0)
    assert len(scp.requests) == 3


def test_an_archive_without_the_service_keeps_its_instances_uncommitted(store, archive, commit):
    store.add(1)
    scp = archive(offers=False)
    commit(scp.peer)
    store.until(lambda: uncommitted(store) == 1)
    time.sleep(0.3)
    assert store.sums() == (0, 1, 0)


def test_without_the_setting_what_was_sent_is_delivered(store, archive, commit):
    store.add(1)
    scp = archive()
    scp.reports = lambda _: False
    end = commit(scp.peer, wait=0.05)
    store.until(lambda: scp.requests)
    end()
    assert store.sums() == (0, 1, 0)
    commit(msgspec.structs.replace(scp.peer, storage_commitment=False))
    store.until_sums(1, 0, 0)


def test_late_double_and_foreign_reports_do_no_harm(store, archive, commit):
    uid = store.add(1)
    scp = archive()
    scp.reports = lambda _: False
    commit(scp.peer, timeout=0.2, wait=0.02)
    store.until(lambda: len(scp.requests) >= 2)
    first = str(scp.requests[0].TransactionUID)

    def report(destination="archive", transaction=first, committed=(uid,), failed=()):
        return store.client.call(RecordReport(destination, transaction, list(committed), dict(failed), 1.0))

    assert report(transaction="2.25.7") is ReportOutcome.UNKNOWN
    assert report(destination="other") is ReportOutcome.FOREIGN
    # that an earlier request failed is not what the later one will say
    assert report(committed=(), failed={uid: 0x0110}) is ReportOutcome.APPLIED
    assert store.sums() == (0, 1, 0)
    assert report() is ReportOutcome.APPLIED
    assert store.sums() == (1, 0, 0)
    assert report() is ReportOutcome.UNKNOWN
    assert store.sums() == (1, 0, 0)
