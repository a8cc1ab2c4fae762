from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.index.search import Search
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import InstanceState, RecordInstance
from gateway.ledger.model import Instance

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


class Ledger:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = LedgerStore(path)
        self._digest = 0

    def add(self, *, project: str = "default", transfer_syntax: str = EXPLICIT, **attributes: str) -> None:
        self.add_all([attributes], project=project, transfer_syntax=transfer_syntax)

    def add_all(
        self, instances: list[dict[str, str]], *, project: str = "default", transfer_syntax: str = EXPLICIT
    ) -> None:
        self.store.begin()
        for attributes in instances:
            self._digest += 1
            digest = f"{self._digest:032x}"
            full = {"PatientID": "P1", "SOPClassUID": CT, **attributes}
            self.store.apply(
                RecordInstance(
                    project=project,
                    input_digest=bytes.fromhex(digest),
                    output_digest=digest,
                    path=f"{project}/{full['SeriesInstanceUID']}/{full['SOPInstanceUID']}.{digest}.dcm",
                    size=1000,
                    sop_class_uid=full["SOPClassUID"],
                    sop_instance_uid=full["SOPInstanceUID"],
                    series_instance_uid=full["SeriesInstanceUID"],
                    study_instance_uid=full["StudyInstanceUID"],
                    transfer_syntax_uid=transfer_syntax,
                    attributes=full,
                    destinations=[],
                    peer="ct1",
                )
            )
        self.store.commit()

    def remove(self, sop_instance_uid: str) -> None:
        change = Instance.update(state=InstanceState.REMOVED.value)
        change.where(Instance.SOPInstanceUID == sop_instance_uid).execute(self.store.database)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite")
    yield made
    made.store.close()


@pytest.fixture
def search(ledger: Ledger) -> Iterator[Search]:
    made = Search(ledger.path)
    yield made
    made.close()
