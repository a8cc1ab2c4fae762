import pytest

from gateway.association.peer import Peer, Role
from gateway.association.presentation_context import Answer, Service, answer, requestor_may_be_scp, service_of
from gateway.association.project import Project
from gateway.standard.sop_class import REFUSED_BY_DEFAULT

CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, JPEG_LS, JPEG_2000 = EXPLICIT + ".99", IMPLICIT + ".4.80", IMPLICIT + ".4.90"
JPIP, SMPTE = IMPLICIT + ".4.94", IMPLICIT + ".7.1"
PRIVATE = "1.2.826.0.1.3680043.9.1"
QUERY = [f"1.2.840.10008.5.1.4.1.2.{root}.{last}" for root in (1, 2) for last in (1, 2, 3)]

MODALITY = Peer(name="ct", roles=(Role.MODALITY,), ae_title="CT")
RESEARCHER = Peer(name="lab", roles=(Role.RESEARCHER,), ae_title="LAB")
ARCHIVE = Peer(name="pacs", roles=(Role.ARCHIVE,), ae_title="PACS")
PROJECT = Project(name="trial", ae_title="TRIAL", private_sop_classes=(PRIVATE,))


def answered(abstract, *transfers, peer=MODALITY):
    return answer(abstract, transfers, peer, PROJECT)


@pytest.mark.parametrize(
    ("proposed", "chosen"),
    [
        ([JPEG_LS, EXPLICIT, IMPLICIT], JPEG_LS),
        ([EXPLICIT, JPEG_LS], EXPLICIT),
        ([JPEG_2000, JPEG_LS], JPEG_2000),
        ([IMPLICIT], IMPLICIT),
        ([IMPLICIT, EXPLICIT], EXPLICIT),
        ([IMPLICIT, JPEG_LS, EXPLICIT], EXPLICIT),
        ([IMPLICIT, JPEG_LS], IMPLICIT),
        ([IMPLICIT, BIG], IMPLICIT),
        ([BIG, IMPLICIT], BIG),
        ([JPIP, DEFLATED], DEFLATED),
        (["1.2.3.4", SMPTE, EXPLICIT], EXPLICIT),
    ],
)
def test_the_requestors_order_stands_but_explicit_is_not_given_up_for_implicit(proposed, chosen):
    assert answered(CT, *proposed) == Answer(0, chosen)


@pytest.mark.parametrize("proposed", [[JPIP], [SMPTE], [IMPLICIT + ".4.204"], ["1.2.3.4"], [JPIP, SMPTE], []])
def test_without_an_acceptable_transfer_syntax_the_result_is_4(proposed):
    assert answered(CT, *proposed) == Answer(4)


@pytest.mark.parametrize(
    "abstract", ["", "1.2.3", "1.2.840.10008.5.1.4.31", "1.2.840.10008.1.20.1", PRIVATE + ".1"]
)
def test_an_abstract_syntax_of_no_service_here_has_result_3(abstract):
    assert answered(abstract, EXPLICIT) == Answer(3)


@pytest.mark.parametrize("abstract", [*sorted(REFUSED_BY_DEFAULT), "1.2.840.10008.5.1.4.1.1.9", PRIVATE])
def test_storage_is_granted_for_refused_retired_and_listed_private_classes(abstract):
    assert answered(abstract, EXPLICIT) == Answer(0, EXPLICIT)


@pytest.mark.parametrize("peer", [RESEARCHER, ARCHIVE])
def test_storage_is_granted_to_peers_that_may_not_store_so_that_a_status_tells_them(peer):
    assert answered(CT, EXPLICIT, peer=peer) == Answer(0, EXPLICIT)


@pytest.mark.parametrize("abstract", QUERY)
def test_queries_are_for_researchers_only(abstract):
    assert answered(abstract, IMPLICIT, EXPLICIT, peer=RESEARCHER) == Answer(0, EXPLICIT)
    assert answered(abstract, EXPLICIT) == answered(abstract, EXPLICIT, peer=ARCHIVE) == Answer(3)


@pytest.mark.parametrize("abstract", [QUERY[0], "1.2.840.10008.1.1"])
@pytest.mark.parametrize("transfer", [DEFLATED, JPEG_LS])
def test_messages_without_an_instance_are_never_compressed(abstract, transfer):
    assert answered(abstract, transfer, peer=RESEARCHER) == Answer(4)


def test_verification_is_for_every_known_peer():
    assert {answered("1.2.840.10008.1.1", IMPLICIT, peer=one) for one in (MODALITY, RESEARCHER, ARCHIVE)} == {
        Answer(0, IMPLICIT)
    }


def test_each_query_class_belongs_to_its_service():
    services = [service_of(uid, RESEARCHER, PROJECT) for uid in QUERY]
    assert services == [Service.FIND, Service.MOVE, Service.GET] * 2


def test_only_a_researcher_may_be_scp_and_only_of_storage():
    assert requestor_may_be_scp(CT, RESEARCHER, PROJECT)
    assert not requestor_may_be_scp(CT, MODALITY, PROJECT)
    assert not requestor_may_be_scp(QUERY[0], RESEARCHER, PROJECT)
