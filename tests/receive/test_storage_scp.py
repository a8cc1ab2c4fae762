import threading

import pytest
import structlog

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.project import Project
from gateway.errors import LedgerUnavailable, OutOfResources, Reason, Refused, SyncFailed
from gateway.ledger.message import Outcome, RecordRefusal
from gateway.standard.status import STATUS_OF_REASON

CT, MR, RAW = (f"1.2.840.10008.5.1.4.1.1.{last}" for last in ("2", "4", "66"))
PRIVATE = "1.2.826.0.1.3680043.9.1"
EXPLICIT, JPIP = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.94"


@pytest.fixture
def scp(world, serve, send):
    """Give a function that serves the world and returns a sender."""

    def connect(calling="CT", contexts=((CT, [EXPLICIT]),), max_instance_bytes=1_000_000, **options):
        _, port = serve(world.reception(max_instance_bytes), **options)
        return send(port, contexts, calling)

    return connect


def test_success_is_answered_once_the_instance_is_safe(scp, world):
    assert scp().store() == (0x0000, "")
    assert world.steps[-2:] == ["publish", "RecordInstance"]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_of_the_ledger_is_success(scp, world, outcome):
    world.outcome = outcome
    assert scp().store()[0] == 0x0000


def test_a_resend_is_success(scp, world):
    sender = scp()
    assert [sender.store()[0] for _ in range(3)] == [0, 0, 0]
    assert world.steps.count("deidentify") == 1


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_refusal_has_its_status_and_a_comment_without_a_value(scp, world, reason):
    world.failures["deidentify"] = Refused(reason, "a fixed phrase", 0x00100010)
    status, comment = scp().store()
    assert status == STATUS_OF_REASON[reason]
    assert comment == f"{reason} (0010,0010): a fixed phrase"
    assert not world.files


def test_a_comment_fits_its_attribute(scp, world):
    world.failures["deidentify"] = Refused(Reason.STRUCTURE, "x" * 200)
    assert len(scp().store()[1]) == 64


@pytest.mark.parametrize("calling", ["LAB", "PACS"])
def test_a_peer_that_may_not_store_is_told_0124(scp, world, calling):
    assert scp(calling).store(bytes(100_000))[0] == 0x0124
    assert world.steps == ["RecordRefusal"]


def test_a_class_refused_by_policy_is_told_0122(scp, world):
    sender = scp(contexts=[(RAW, [EXPLICIT])])
    assert sender.store(sop_class=RAW)[0] == 0x0122
    assert world.steps == ["RecordRefusal"]


def test_a_private_class_is_stored_where_the_project_lists_it(world, serve, send):
    project = Project(name="trial", ae_title="TRIAL", private_sop_classes=(PRIVATE,))
    _, port = serve(world.reception(), projects=(project,))
    assert send(port, [(PRIVATE, [EXPLICIT])]).store(sop_class=PRIVATE)[0] == 0


def test_a_class_that_is_not_the_contexts_is_told_a900(scp, world):
    sender = scp(contexts=[(CT, [EXPLICIT]), (MR, [EXPLICIT])])
    assert sender.store(sop_class=MR, context=1)[0] == 0xA900
    assert sender.store(sop_class=MR, context=3)[0] == 0


def test_a_context_that_cannot_be_read_is_rejected_with_result_4(scp):
    sender = scp(contexts=[(CT, [EXPLICIT]), (MR, [JPIP])])
    assert [context.result for context in sender.association.rejected_contexts] == [4]


def test_too_large_an_instance_is_read_to_its_end_and_told_c008(scp, world):
    sender = scp(max_instance_bytes=100_000, limits=Limits(instance_bytes=100_000))
    assert sender.store(bytes(3_000_000))[0] == 0xC008
    assert world.steps == ["RecordRefusal"]
    assert sender.store(b"small")[0] == 0


def test_an_instance_beyond_the_shared_memory_is_told_a700_and_not_recorded_as_refused(scp, world):
    budget = ByteBudget(2_000_000)
    sender = scp(max_instance_bytes=100_000_000, budget=budget)
    assert sender.store(bytes(3_000_000))[0] == 0xA700
    assert world.steps == []
    assert budget.reserved == 0
    assert sender.store(bytes(1_000_000))[0] == 0


@pytest.mark.parametrize("step", ["known", "stage", "RecordAudit", "publish", "RecordInstance"])
@pytest.mark.parametrize("error", [OutOfResources, SyncFailed, LedgerUnavailable, MemoryError])
def test_what_is_momentary_is_told_a700(scp, world, step, error):
    world.failures[step] = error("SECRET")
    status, comment = scp().store()
    assert status == 0xA700
    assert "SECRET" not in comment


@pytest.mark.parametrize("step", ["known", "deidentify", "seal", "stage", "publish"])
def test_an_unexpected_error_keeps_nothing_is_recorded_and_told_0110(scp, world, step):
    world.failures[step] = ValueError("SECRET")
    status, comment = scp().store()
    assert status == 0x0110
    assert "SECRET" not in comment
    assert not world.files
    assert [message.reason for message in world.journal if isinstance(message, RecordRefusal)] == ["profile"]


def test_the_association_goes_on_after_every_failure(scp, world):
    sender = scp()
    world.failures["deidentify"] = ValueError()
    assert sender.store()[0] == 0x0110
    world.failures["deidentify"] = Refused(Reason.STRUCTURE)
    assert sender.store()[0] == 0xC001
    world.failures.clear()
    assert sender.store()[0] == 0


def test_an_instance_without_data_set_is_refused(scp):
    assert scp().store(b"")[0] == 0xC001


def test_uids_that_do_not_conform_reach_the_deidentifier_as_they_are(scp, world):
    seen = []
    original = world.deidentify
    world.deidentify = lambda instance, origin=None: seen.append(instance) or original(instance, origin)
    sender = scp()
    for uid in ("1.2.03 ", "1.2." + "3" * 70, "HELLO"):
        assert sender.store(instance=uid, data=uid.encode())[0] == 0
    assert [one.sop_instance_uid for one in seen] == ["1.2.03", "1.2." + "3" * 70, "HELLO"]


def test_the_data_set_arrives_byte_for_byte(scp, world):
    seen = []
    original = world.deidentify
    world.deidentify = lambda instance, origin=None: (
        seen.append((instance.transfer_syntax_uid, bytes(instance.data_set))) or original(instance, origin)
    )
    data = bytes(range(256)) * 3000
    assert scp().store(data)[0] == 0
    assert seen == [(EXPLICIT, data)]


def test_nothing_is_held_after_the_answer(scp):
    budget = ByteBudget(100_000_000)
    sender = scp(budget=budget)
    sender.store(bytes(900_000))
    sender.store(b"x")  # the answer to the second comes after the first is given back
    assert budget.reserved <= 1_048_576


def test_the_log_has_one_line_per_instance_and_per_association_without_a_value(world, serve, send):
    ended = threading.Event()
    with structlog.testing.capture_logs() as lines:
        server, port = serve(world.reception(100_000), limits=Limits(instance_bytes=100_000))
        sender = send(port, [(CT, [EXPLICIT])])
        sender.store(instance="1.2.3.4.5.6.7")
        sender.store(instance="1.2.3.4.5.6.7")
        sender.store(bytes(200_000), instance="1.2.3.4.5.6.8")
        world.failures["known"] = OutOfResources("SECRET")
        sender.store(b"other", instance="1.2.3.4.5.6.9")
        sender.association.release()
        while server.active:
            ended.wait(0.01)
    assert [line["event"] for line in lines] == [
        "instance_stored",
        "instance_duplicate",
        "instance_refused",
        "instance_failed",
        "association_ended",
    ]
    assert [line["status"] for line in lines] == ["0000", "0000", "C008", "A700", ""]
    assert lines[0]["sop_instance_uid"] == "2.25.1"
    assert (lines[-1]["stored"], lines[-1]["duplicates"], lines[-1]["refused"], lines[-1]["failed"]) == (
        1,
        1,
        1,
        1,
    )
    assert len({line["association"] for line in lines}) == 1
    assert "SECRET" not in str(lines)
    assert "1.2.3.4.5.6" not in str(lines)


def test_the_log_does_not_say_what_an_unknown_peer_calls_itself(world, serve):
    from pynetdicom import AE

    with structlog.testing.capture_logs() as lines:
        server, port = serve(world.reception())
        entity = AE(ae_title="DOE^JOHN")
        entity.add_requested_context(CT)
        assert entity.associate("127.0.0.1", port, ae_title="TRIAL").is_rejected
        while server.active:
            threading.Event().wait(0.01)
    (line,) = lines
    assert (line["event"], line["peer"], line["project"], line["status"]) == (
        "association_ended",
        "-",
        "-",
        "1/1/3",
    )
    assert "DOE" not in str(line)
