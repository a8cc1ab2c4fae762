import json
import urllib.request

import pytest
from nodes.dcmtk import Address
from nodes.gateway import SCANNER, Gateway
from nodes.orthanc import Orthanc
from nodes.process import LOOPBACK, free_port, wait_until

CT = "1.2.840.10008.5.1.4.1.1.2"


def post(orthanc, path, content):
    """Ask the REST interface of an Orthanc for something; return its answer."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    url = f"http://{LOOPBACK}:{orthanc.http_port}{path}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data=body, method="POST"), timeout=60) as answer:
        return json.loads(answer.read())


@pytest.fixture
def nodes(tmp_path):
    """Return a gateway between two Orthancs, none of them started: scanner, gateway, archive."""
    ports = free_port(), free_port()
    commits = {"storage_commitment": True}
    scanner = {"ae_title": SCANNER, "ae_titles": [], "host": LOOPBACK, "port": ports[0]}
    gateway = Gateway(
        tmp_path / "gateway",
        {"archive": Address(ports[1], "ARCHIVE")},
        peers={"archive": commits, "scanner": {**scanner, **commits}},
    )
    further = {"DicomModalities": {"gateway": ["GATEWAY", LOOPBACK, gateway.address.port]}}
    return (
        Orthanc(tmp_path / "scanner", SCANNER, ports[0], further),
        gateway,
        Orthanc(tmp_path / "archive", "ARCHIVE", ports[1], further),
    )


@pytest.fixture
def instances(study):
    return [path for path in study if path.stem.endswith(("CT_small", "MR_small", "rtplan"))]


def send(scanner, instances):
    """Have Orthanc store instances and ask for commitment, to one more too; return the path of the report."""
    own = [post(scanner, "/instances", path.read_bytes())["ID"] for path in instances]
    post(scanner, "/modalities/gateway/store", own)
    asked = {"Resources": own, "DicomInstances": [[CT, "1.2.3.4"]]}
    return str(post(scanner, "/modalities/gateway/storage-commitment", asked)["Path"])


def reported(scanner, path):
    wait_until(lambda: scanner.get(path)["Status"] != "Pending", 90, "a report of storage commitment")
    report = scanner.get(path)
    failures = [(one["SOPInstanceUID"], one["FailureReason"]) for one in report["Failures"]]
    return len(report["Success"]), failures


@pytest.mark.slow
def test_orthanc_commits_to_the_gateway_and_the_gateway_to_orthanc(nodes, instances):
    scanner, gateway, archive = nodes
    with scanner, archive, gateway:
        path = send(scanner, instances)
        assert reported(scanner, path) == (len(instances), [("1.2.3.4", 0x0112)])
        gateway.wait_until_forwarded(len(instances))
        assert len(archive.instances()) == len(instances)
    events = {event["event"] for event in gateway.events()}
    assert events >= {"commitment_requested", "commitment_received", "commitment_reported"}
    written = b"".join(path.read_bytes() for path in gateway.storage.glob("*.sqlite*"))
    assert b"1.2.3.4" not in written + gateway.log.read_bytes()


@pytest.mark.slow
def test_what_was_asked_for_before_a_crash_is_answered_after_it(nodes, instances):
    scanner, gateway, archive = nodes
    with scanner:
        gateway.start()
        path = send(scanner, instances)
        gateway.kill()
        with archive, gateway:
            assert reported(scanner, path) == (len(instances), [("1.2.3.4", 0x0112)])
            (total,) = gateway.status()["sums"]
            assert (total["forwarded"], total["uncommitted"]) == (len(instances), 0)
