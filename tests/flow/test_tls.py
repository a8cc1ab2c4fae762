import pytest
from nodes import dcmtk
from nodes.authority import Authority
from nodes.gateway import SCANNER, Gateway
from nodes.orthanc import Orthanc
from nodes.process import free_port, wait_until


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def secure(tmp_path, authority):
    """A gateway that speaks TLS with its scanner and with an Orthanc, each by its own certificate."""
    ours, scanner, archive = (authority.issue(label) for label in ("gateway", "ct1.invalid", "archive"))
    # Orthanc believes whom this file holds.
    further = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(archive.certificate),
        "DicomTlsPrivateKey": str(archive.key),
        "DicomTlsTrustedCertificates": str(authority.file),
        "DicomTlsRemoteCertificateRequired": True,
    }
    tls = {
        "port": free_port(),
        "certificate_file": str(ours.certificate),
        "key_file": str(ours.key),
        "ca_file": str(authority.file),
    }
    peers = {
        "archive": {"tls": True, "certificates": [archive.fingerprint]},
        "scanner": {"tls": True, "certificates": [scanner.fingerprint]},
    }
    with (
        Orthanc(tmp_path / "orthanc", further=further) as orthanc,
        Gateway(
            tmp_path / "gateway", {"archive": orthanc.address}, server={"processes": 1}, tls=tls, peers=peers
        ) as gateway,
    ):
        gateway.secure = dcmtk.Address(tls["port"], gateway.address.ae_title)
        yield gateway, orthanc, scanner


def options(authority, issued):
    return ("+tls", str(issued.key), str(issued.certificate), "+cf", str(authority.file))


def failures(gateway):
    return [event.get("detail", "") for event in gateway.events() if event["event"] == "association_ended"]


def test_a_study_passes_over_mutual_tls_in_both_directions_and_others_are_told_why_not(
    secure, study, authority, tmp_path
):
    gateway, orthanc, scanner = secure
    sent = study[:1]
    done = dcmtk.store(gateway.secure, SCANNER, sent, *options(authority, scanner))
    assert done.returncode == 0, done.stdout
    gateway.wait_until_forwarded(len(sent))
    assert len(orthanc.instances()) == len(sent)

    other = authority.issue("other")
    rejected = dcmtk.store(gateway.secure, SCANNER, sent, *options(authority, other))
    assert "Calling AE Title Not Recognized" in rejected.stdout
    assert "Calling AE Title Not Recognized" in dcmtk.store(gateway.address, SCANNER, sent).stdout

    stranger = Authority(tmp_path / "stranger", "Another Authority").issue("stranger")
    expired = authority.issue("expired", days=-1)
    signed_by_nobody = authority.issue("nobody", self_signed=True)
    for issued in (stranger, expired, signed_by_nobody):
        assert dcmtk.store(gateway.secure, SCANNER, sent, *options(authority, issued)).returncode
    assert dcmtk.store(gateway.secure, SCANNER, sent).returncode  # in clear on the port of TLS
    assert dcmtk.store(gateway.secure, SCANNER, sent, "+tla", "-ic").returncode  # without a certificate
    wanted = {
        "TLS: the certificate of the other side: unable to get local issuer certificate",
        "TLS: the certificate of the other side: certificate has expired",
        "TLS: the certificate of the other side: self-signed certificate",
        "TLS: the other side does not speak TLS",
        "TLS: the other side showed no certificate",
    }
    wait_until(lambda: wanted <= set(failures(gateway)), 10, "every failure is logged with its reason")
    check = gateway.run("check", "--settings", str(gateway.settings))
    assert "valid until" in check.stdout
    assert check.returncode == 0, check.stdout
    assert gateway.status()["sums"][0]["answered"] == len(sent)
