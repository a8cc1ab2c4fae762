"""What gateway.association.transport relies on inside pynetdicom.

A failure here means that pynetdicom has changed. It says where: read the new source, bring the
method of ours that stands in its place up to date, then note the new digest.
"""

import ast
import hashlib
import inspect
import re
import textwrap
from importlib.metadata import version
from pathlib import Path

import pynetdicom
import pynetdicom._config
import pytest
from pynetdicom import presentation
from pynetdicom.acse import ACSE
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.dul import DULServiceProvider
from pynetdicom.fsm import TRANSITION_TABLE
from pynetdicom.transport import AssociationSocket, RequestHandler

import gateway.association
from gateway.association import transport

SOURCES = (
    # replaced by ours: rewritten from this source
    (Association, "_run_reactor", "797ae2cf9caa8962"),
    (Association, "_serve_request", "0da4bdd86a21849f"),
    (DULServiceProvider, "run_reactor", "04cbedd43ec46f33"),
    (DULServiceProvider, "_read_pdu_data", "3700edfceb6ad1ec"),
    (DULServiceProvider, "stop_dul", "49b54013aa4699e1"),
    (DIMSEServiceProvider, "receive_primitive", "635ba0b4d8e58fc9"),
    (AssociationSocket, "ready", "7c5d432904d8a4aa"),
    (AssociationSocket, "send", "8c73c3700d183f10"),
    (AssociationSocket, "_shutdown_socket", "952302f39480659d"),
    (RequestHandler, "_create_association", "02ea7f70ef9c55a9"),
    # built upon: ours counts on what this does
    (Association, "run_reactor", "1a6f765e597567e1"),
    (Association, "kill", "1ab7e35d2c451f73"),
    (Association, "_abort_blocking", "4ba41dab4af14b1c"),
    (ACSE, "_negotiate_as_acceptor", "3afafbf0221481d8"),
    (ACSE, "send_reject", "6557125c704600a8"),
    (ACSE, "is_release_requested", "27b26984b8720fa5"),
    (DULServiceProvider, "_decode_pdu", "2e5239405d458ee4"),
    (DULServiceProvider, "_is_transport_event", "74ef3cbb75423280"),
    (DULServiceProvider, "_process_recv_primitive", "f467d87e80eb2c54"),
    (DULServiceProvider, "receive_pdu", "ddd9460b7576cbbc"),
    (DULServiceProvider, "send_pdu", "497d549128dc3a5f"),
    (DULServiceProvider, "kill_dul", "520147596bc9924e"),
    (DIMSEServiceProvider, "get_msg", "01b7459454411ccc"),
    (DIMSEMessage, "decode_msg", "5da2cb1864437fb6"),
    (DIMSEMessage, "message_to_primitive", "d8ec80da1a66ae01"),
    (AssociationSocket, "__init__", "bdf50f86ecb7a24f"),
    (AssociationSocket, "close", "133b8ed26d4244d7"),
    (presentation, "negotiate_as_acceptor", "eba8ed79805adc4d"),
)

ATTRIBUTES = {
    Association: (
        "_accepted_cx",
        "_dul_ready",
        "_is_paused",
        "_kill",
        "_reactor_checkpoint",
        "_sent_release",
        "_started_dul",
    ),
    DULServiceProvider: (
        "_idle_timer",
        "_kill_thread",
        "_recv_pdu",
        "artim_timer",
        "event_queue",
        "state_machine",
        "to_provider_queue",
        "to_user_queue",
    ),
    DIMSEServiceProvider: ("cancel_req", "msg_queue"),
}

SETTINGS = (
    "CODECS",
    "LOG_HANDLER_LEVEL",
    "LOG_REQUEST_IDENTIFIERS",
    "LOG_RESPONSE_IDENTIFIERS",
    "STORE_RECV_CHUNKED_DATASET",
    "UNRESTRICTED_STORAGE_SERVICE",
    "VALIDATORS",
)

TRANSITIONS = {
    ("Evt17", "Sta2"): "AA-5",
    ("Evt17", "Sta3"): "AA-4",
    ("Evt17", "Sta6"): "AA-4",
    ("Evt17", "Sta13"): "AR-5",
    ("Evt18", "Sta2"): "AA-2",
    ("Evt18", "Sta13"): "AA-2",
    ("Evt19", "Sta2"): "AA-1",
    ("Evt19", "Sta6"): "AA-8",
    ("Evt10", "Sta6"): "DT-2",
}


def digest(function):
    """Of a function's code: its lines without docstring, comments and indentation."""
    source = inspect.getsource(function.fget if isinstance(function, property) else function)
    lines = textwrap.dedent(source).splitlines()
    node = ast.parse("\n".join(lines)).body[0]
    if ast.get_docstring(node) is not None:
        del lines[node.body[0].lineno - 1 : node.body[0].end_lineno]
    code = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("owner", "name", "known"), SOURCES, ids=lambda value: getattr(value, "__name__", value)
)
def test_pynetdicom_still_has_the_source_ours_was_written_against(owner, name, known):
    function = inspect.getattr_static(owner, name, None)
    where = f"{owner.__name__}.{name} of pynetdicom {version('pynetdicom')}"
    assert function is not None, f"{where} is gone; see gateway/association/transport.py"
    assert digest(function) == known, f"{where} has changed; see gateway/association/transport.py"


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in ATTRIBUTES.items() for name in names]
)
def test_pynetdicom_still_has_the_attribute(owner, name):
    association = Association(ApplicationEntity(), "acceptor")
    holders = {
        Association: association,
        DULServiceProvider: association.dul,
        DIMSEServiceProvider: association.dimse,
    }
    assert hasattr(holders[owner], name), f"{owner.__name__}.{name} is gone from pynetdicom"


@pytest.mark.parametrize("name", SETTINGS)
def test_pynetdicom_still_has_the_setting(name):
    assert hasattr(pynetdicom._config, name), f"_config.{name} is gone from pynetdicom"


@pytest.mark.parametrize(("transition", "action"), TRANSITIONS.items())
def test_the_state_machine_still_does_the_same(transition, action):
    assert TRANSITION_TABLE[transition] == action


def test_every_private_name_the_transport_uses_is_listed_here():
    source = Path(transport.__file__).read_text()
    used = set(re.findall(r"\b(?:self|super\(\))\.(_[a-z]\w+)|\bdef (_[a-z]\w+)", source))
    names = {name for pair in used for name in pair if name}
    association = Association(ApplicationEntity(), "acceptor")
    stock = (association, association.dul, AssociationSocket)
    pynetdicoms = {name for name in names if any(hasattr(one, name) for one in stock)}
    listed = {name for _, name, _ in SOURCES} | {name for group in ATTRIBUTES.values() for name in group}
    assert pynetdicoms - listed == set()


def test_no_other_module_of_the_acceptor_reaches_inside_pynetdicom():
    folder = Path(gateway.association.__file__).parent
    private = re.compile(
        r"\b(?:association|assoc|dul|dimse|acse|entity|primitive)\._[a-z]|pynetdicom\._|import _config"
    )
    modules = (
        "acceptor",
        "dispatch",
        "message_provider",
        "application_entity",
        "session",
        "signalling_queue",
    )
    assert [name for name in modules if private.search((folder / f"{name}.py").read_text())] == []
