import threading
from types import SimpleNamespace

import pytest

from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.deidentify.instance import Instance
from gateway.errors import LedgerUnavailable, OutOfResources, Reason, Refused, SyncFailed
from gateway.ledger.message import Outcome, RecordDuplicate, RecordInstance, RecordRefusal

CT, RAW, PRIVATE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.66", "1.2.826.0.1.3680043.9.1"
EXPLICIT, JPEG_LS = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80"
PEER = Peer(name="ct", roles=(Role.MODALITY,), ae_title="CT", default_issuer="H", character_set="ISO_IR 100")
PROJECT = Project(name="trial", ae_title="TRIAL", destinations=("pacs",))


def instance(data=b"data", sop_class=CT, uid="1.2.3", syntax=EXPLICIT):
    return Instance(sop_class, uid, syntax, data)


def refusal(world, *args, **kwargs):
    with pytest.raises(Refused) as raised:
        world.reception(100).store(*args, **kwargs)
    (recorded,) = [message for message in world.journal if isinstance(message, RecordRefusal)]
    assert recorded.reason == raised.value.reason
    return raised.value.reason, recorded


def test_the_steps_come_in_the_order_that_loses_nothing(world):
    receipt = world.reception().store(instance(), PEER, PROJECT)
    assert world.steps == [
        "known",
        "deidentify",
        "seal",
        "stage",
        "RecordAudit",
        "publish",
        "RecordInstance",
    ]
    assert (receipt.outcome, receipt.sop_instance_uid) == (Outcome.STORED, "2.25.1")


def test_the_record_says_what_the_ledger_needs(world):
    world.reception().store(instance(), PEER, PROJECT)
    record = world.journal[-1]
    assert isinstance(record, RecordInstance)
    assert (record.project, record.peer, record.destinations) == ("trial", "ct", ["pacs"])
    assert (record.path, record.size, record.output_digest) == ("trial/2.25.2/2.25.1", 10, "d" * 32)
    assert (record.sop_instance_uid, record.series_instance_uid) == ("2.25.1", "2.25.2")
    assert record.attributes == {"PatientID": "P"}
    assert record.hold_conflict
    assert len(record.input_digest) == 32


def test_a_project_may_forward_changed_duplicates(world):
    project = Project(name="trial", ae_title="TRIAL", changed_duplicate="forward")
    world.reception().store(instance(), PEER, project)
    assert not world.journal[-1].hold_conflict


def test_the_settings_of_the_peer_reach_the_deidentifier(world):
    world.reception().store(instance(), PEER, PROJECT)
    assert (world.origins[0].default_issuer, world.origins[0].character_set) == ("H", "ISO_IR 100")


def test_a_resend_is_recognised_before_it_is_deidentified(world):
    reception = world.reception()
    reception.store(instance(), PEER, PROJECT)
    world.journal.clear()
    receipt = reception.store(instance(), PEER, PROJECT)
    assert receipt.outcome is Outcome.DUPLICATE
    assert world.steps == ["known", "RecordDuplicate"]
    assert world.journal[-1] == RecordDuplicate("trial", "ct")


def test_a_resend_whose_file_was_lost_since_is_kept_once_more(world):
    reception = world.reception()
    reception.store(instance(), PEER, PROJECT)
    files = dict(world.files)
    world.files.clear()
    reception.store(instance(), PEER, PROJECT)
    assert world.files == files


def test_a_resend_whose_file_retention_removed_is_not_kept_again(world):
    reception = world.reception()
    reception.store(instance(), PEER, PROJECT)
    world.files.clear()
    world.is_removed = True
    assert reception.store(instance(), PEER, PROJECT).outcome is Outcome.DUPLICATE
    assert not world.files


@pytest.mark.parametrize(
    "other",
    [
        instance(data=b"datb"),
        instance(uid="1.2.4"),
        instance(syntax=JPEG_LS),
        instance(sop_class="1.2.840.10008.5.1.4.1.1.4"),
        instance(uid="1.2.", data=b"3data"),
    ],
)
def test_whatever_differs_is_no_resend(world, other):
    reception = world.reception()
    reception.store(instance(), PEER, PROJECT)
    reception.store(other, PEER, PROJECT)
    assert world.steps.count("deidentify") == 2


def test_the_digest_is_keyed(world):
    world.reception().store(instance(), PEER, PROJECT)
    first = world.journal[-1].input_digest
    reception = world.reception()
    reception._digest_keys = {"trial": b"other"}
    reception.store(instance(), PEER, PROJECT)
    assert world.journal[-1].input_digest != first


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.CONFLICT])
def test_every_outcome_of_the_ledger_leaves_the_published_file_alone(world, outcome):
    world.outcome = outcome
    receipt = world.reception().store(instance(), PEER, PROJECT)
    assert receipt.outcome is outcome
    assert world.files == {"trial/2.25.2/2.25.1": b"clean:data"}


@pytest.mark.parametrize(
    ("step", "done"),
    [
        ("known", ["known"]),
        ("deidentify", ["known", "deidentify"]),
        ("seal", ["known", "deidentify", "seal"]),
        ("stage", ["known", "deidentify", "seal", "stage"]),
        ("RecordAudit", ["known", "deidentify", "seal", "stage", "RecordAudit", "discard"]),
        ("publish", ["known", "deidentify", "seal", "stage", "RecordAudit", "publish", "discard"]),
    ],
)
def test_a_step_that_fails_leaves_nothing_behind(world, step, done):
    world.failures[step] = SyncFailed()
    with pytest.raises(SyncFailed):
        world.reception().store(instance(), PEER, PROJECT)
    assert world.steps == done
    assert not world.files


def test_an_uncertain_commit_is_not_acknowledged_and_its_file_stays(world):
    world.failures["RecordInstance"] = LedgerUnavailable()
    with pytest.raises(LedgerUnavailable):
        world.reception().store(instance(), PEER, PROJECT)
    assert world.files


def test_after_a_failure_the_same_instance_can_be_sent_again(world):
    reception = world.reception()
    world.failures["RecordAudit"] = LedgerUnavailable()
    with pytest.raises(LedgerUnavailable):
        reception.store(instance(), PEER, PROJECT)
    world.failures.clear()
    assert reception.store(instance(), PEER, PROJECT).outcome is Outcome.STORED


def test_two_copies_at_once_are_deidentified_once(world):
    entered, leave = threading.Event(), threading.Event()

    def slow():
        entered.set()
        assert leave.wait(10)

    world.during_deidentify = slow
    reception, outcomes = world.reception(), []

    def store():
        outcomes.append(reception.store(instance(), PEER, PROJECT).outcome)

    first, second = threading.Thread(target=store), threading.Thread(target=store)
    first.start()
    assert entered.wait(10)
    second.start()
    second.join(0.1)
    assert second.is_alive()
    leave.set()
    first.join()
    second.join()
    assert outcomes == [Outcome.STORED, Outcome.DUPLICATE]
    assert world.steps.count("deidentify") == 1


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ARCHIVE])
def test_only_a_modality_may_store(world, role):
    peer = Peer(name="lab", roles=(role,), ae_title="LAB")
    reason, record = refusal(world, instance(data=bytes(1000)), peer, PROJECT)
    assert reason is Reason.NOT_AUTHORIZED
    assert (record.project, record.peer, record.sop_class_uid) == ("trial", "lab", CT)


@pytest.mark.parametrize("sop_class", [RAW, PRIVATE, "1.2.840.10008.1.1"])
def test_a_class_that_policy_refuses_is_refused_before_its_size_is_looked_at(world, sop_class):
    reason, _ = refusal(world, instance(data=bytes(1000), sop_class=sop_class), PEER, PROJECT)
    assert reason is Reason.SOP_CLASS


def test_a_project_decides_which_classes_are_refused(world):
    project = Project(
        name="trial", ae_title="TRIAL", refused_sop_classes=(CT,), private_sop_classes=(PRIVATE,)
    )
    assert refusal(world, instance(), PEER, project)[0] is Reason.SOP_CLASS
    reception = world.reception()
    assert reception.store(instance(sop_class=RAW), PEER, project).outcome is Outcome.STORED
    assert reception.store(instance(sop_class=PRIVATE), PEER, project).outcome is Outcome.STORED


def test_too_large_an_instance_is_refused(world):
    assert refusal(world, instance(data=bytes(101)), PEER, PROJECT)[0] is Reason.TOO_LARGE


def test_an_instance_without_data_set_is_refused(world):
    assert refusal(world, instance(data=b""), PEER, PROJECT)[0] is Reason.STRUCTURE


def test_what_is_wrong_with_the_arrival_comes_after_policy(world):
    def verify():
        raise Refused(Reason.TOO_LARGE)

    assert refusal(world, instance(), PEER, PROJECT, verify)[0] is Reason.TOO_LARGE
    world.journal.clear()
    assert refusal(world, instance(sop_class=RAW), PEER, PROJECT, verify)[0] is Reason.SOP_CLASS


def test_a_refusal_of_the_deidentifier_is_recorded_with_its_tag(world):
    world.failures["deidentify"] = Refused(Reason.RESIDUAL, "left", 0x00100010)
    reason, record = refusal(world, instance(), PEER, PROJECT)
    assert reason is Reason.RESIDUAL
    assert (record.tag, record.transfer_syntax_uid) == (0x00100010, EXPLICIT)


def test_a_class_that_only_the_command_names_is_not_written_down(world):
    _, record = refusal(world, instance(sop_class="1.2.3.SECRET"), PEER, PROJECT)
    assert record.sop_class_uid == ""


def test_a_refusal_stands_even_when_it_cannot_be_recorded(world):
    world.failures["RecordRefusal"] = LedgerUnavailable()
    with pytest.raises(Refused):
        world.reception(1).store(instance(), PEER, PROJECT)


def test_being_short_of_memory_is_no_refusal(world):
    def verify():
        raise OutOfResources

    with pytest.raises(OutOfResources):
        world.reception().store(instance(), PEER, PROJECT, verify)
    assert world.journal == []


def test_what_was_done_is_recorded_with_the_instance(world):
    class Recorder:
        def treatment(self, result):
            return SimpleNamespace(digest=b"d", content=result.sop_instance_uid.encode())

    reception = world.reception(recorders={"trial": Recorder()})
    reception.store(instance(), PEER, PROJECT)
    assert (world.journal[-1].treatment_digest, world.journal[-1].treatment) == (b"d", b"2.25.1")


def test_without_a_recorder_nothing_is_kept_of_what_was_done(world):
    world.reception().store(instance(), PEER, PROJECT)
    assert (world.journal[-1].treatment_digest, world.journal[-1].treatment) == (b"", b"")
