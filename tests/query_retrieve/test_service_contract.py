"""What `gateway.query_retrieve.service` relies on in pynetdicom."""

import ast
import inspect
from pathlib import Path
from types import SimpleNamespace

from pynetdicom.acse import ACSE
from pynetdicom.association import Association, ServiceUser
from pynetdicom.dimse_primitives import C_FIND, C_GET, C_MOVE
from pynetdicom.dul import DULServiceProvider
from pynetdicom.pdu_primitives import P_DATA
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import ServiceClass

import gateway.query_retrieve
from gateway.association.transport import AcceptedAssociation


def test_a_service_class_is_made_of_an_association_and_serves_by_scp():
    assert list(inspect.signature(ServiceClass.__init__).parameters) == ["self", "assoc"]
    assert list(inspect.signature(ServiceClass.SCP).parameters) == ["self", "req", "context"]


def test_a_cancellation_is_told_once_for_its_message():
    service = ServiceClass(SimpleNamespace(dimse=SimpleNamespace(cancel_req={5: object()})))
    assert [service.is_cancelled(4), service.is_cancelled(5), service.is_cancelled(5)] == [False, True, False]


def test_requests_have_the_fields_that_are_read():
    for primitive in (C_FIND, C_MOVE, C_GET):
        assert primitive().Identifier is None
        assert primitive().MessageID is None
    assert C_MOVE().MoveDestination is None


def test_associations_and_contexts_have_the_names_that_are_used():
    assert callable(ACSE.is_aborted)
    assert callable(DULServiceProvider.peek_next_pdu)
    assert list(inspect.signature(DULServiceProvider.send_pdu).parameters) == ["self", "primitive"]
    assert issubclass(AcceptedAssociation, Association)
    assert isinstance(ServiceUser.maximum_length, property)
    context = PresentationContext()
    assert (context.context_id, context.abstract_syntax, context.transfer_syntax) == (None, None, [])
    assert P_DATA().presentation_data_value_list == []


def test_no_private_name_of_another_class_is_used_in_the_package():
    for path in Path(gateway.query_retrieve.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and node.attr.startswith("_")
                and not node.attr.startswith("__")
            ):
                assert isinstance(node.value, ast.Name), (path.name, node.attr)
                assert node.value.id in ("self", "cls"), (path.name, node.attr)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pynetdicom"):
                assert not any(part.startswith("_") for part in node.module.split("."))
                assert not any(alias.name.startswith("_") for alias in node.names)
