from __future__ import annotations

import pytest
from pynetdicom.status import (
    QR_FIND_SERVICE_CLASS_STATUS,
    QR_GET_SERVICE_CLASS_STATUS,
    QR_MOVE_SERVICE_CLASS_STATUS,
    STORAGE_SERVICE_CLASS_STATUS,
)

from gateway.errors import Reason
from gateway.standard.status import Status, status_of


def test_every_reason_has_a_status_of_its_own() -> None:
    statuses = {reason: status_of(reason) for reason in Reason}
    assert len(set(statuses.values())) == len(Reason)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.STRUCTURE, 0xC001),
        (Reason.LIMIT, 0xC002),
        (Reason.PIXEL_DATA_MISSING, 0xC003),
        (Reason.BITSTREAM, 0xC004),
        (Reason.PROFILE, 0xC005),
        (Reason.RESIDUAL, 0xC006),
        (Reason.UNEXAMINED_PIXELS, 0xC007),
        (Reason.TOO_LARGE, 0xC008),
        (Reason.LOOP, 0xC009),
        (Reason.IDENTIFIER_MISMATCH, 0xA900),
        (Reason.SOP_CLASS, 0x0122),
        (Reason.NOT_AUTHORIZED, 0x0124),
    ],
)
def test_a_reason_is_answered_with_its_documented_code(reason: Reason, code: int) -> None:
    assert status_of(reason) == code


@pytest.mark.parametrize("reason", Reason)
def test_no_refusal_reads_as_success_warning_or_try_again(reason: Reason) -> None:
    category, _ = STORAGE_SERVICE_CLASS_STATUS[status_of(reason)]
    assert category == "Failure"
    assert status_of(reason) != Status.OUT_OF_RESOURCES


def test_every_status_is_one_that_the_services_define() -> None:
    services = (
        STORAGE_SERVICE_CLASS_STATUS,
        QR_FIND_SERVICE_CLASS_STATUS,
        QR_MOVE_SERVICE_CLASS_STATUS,
        QR_GET_SERVICE_CLASS_STATUS,
    )
    assert [status for status in Status if not any(status in service for service in services)] == []
