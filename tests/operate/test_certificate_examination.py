import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nodes.authority import Authority

from gateway.operate.examination.certificate_examination import certificates
from gateway.operate.examination.finding import Verdict
from gateway.settings import Tls


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def examined(authority, issued, now=None):
    tls = Tls(certificate_file=str(issued.certificate), key_file=str(issued.key), ca_file=str(authority.file))
    return [(finding.verdict, finding.detail) for finding in certificates(tls, now)]


def test_a_certificate_is_judged_by_the_time_it_has_left(authority):
    issued, now = authority.issue("gateway", days=100), datetime.now(UTC)

    def verdict(days):
        return examined(authority, issued, now + timedelta(days=days))[0][0]

    assert [verdict(days) for days in (-2, 10, 80, 101)] == [
        Verdict.FAILED,
        Verdict.OK,
        Verdict.WARNING,
        Verdict.FAILED,
    ]


def test_a_key_that_others_can_read_fails(authority):
    issued = authority.issue("open")
    issued.key.chmod(0o640)
    assert (Verdict.FAILED, f"{issued.key} is open to other users: chmod 600") in examined(authority, issued)


def test_a_file_that_cannot_be_used_fails_and_is_named(authority):
    issued = authority.issue("gone")
    issued.key.unlink()
    assert examined(authority, issued) == [(Verdict.FAILED, f"{issued.key} is missing")]


def test_nothing_is_said_without_a_certificate():
    assert list(certificates(Tls())) == []
