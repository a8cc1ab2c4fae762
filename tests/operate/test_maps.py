import csv
import io
import stat
from dataclasses import dataclass, field, replace

import pytest

from gateway.errors import StorageError
from gateway.linkage.seal import Sealer, key_id_of
from gateway.operate.offline.maps import COLUMNS, Maps
from gateway.operate.offline.sealed_text import opened

KEY = bytes(range(32))
SEALER = Sealer(key_id_of(KEY), KEY)


@dataclass(frozen=True)
class Output:
    """As much of a `Deidentified` as maps need."""

    originals: dict = field(default_factory=dict)
    uids: dict = field(default_factory=dict)
    study_instance_uid: str = "2.25.7"
    pseudonym: str = "ABCDE"
    accession_number: str = ""
    study_id: str = ""


FIRST = Output(
    {"PatientID": "MRN-1", "StudyInstanceUID": "1.2.3", "AccessionNumber": "A1", "IssuerOfPatientID": "H"},
    {"1.2.3": "2.25.7", "1.2.4": "2.25.8"},
    accession_number="QWERTY",
)


@pytest.fixture
def rows(tmp_path):
    def rows(*outputs):
        with Maps(tmp_path / "maps", None) as maps:
            for output in outputs:
                maps.add(output)
        text = {name: (tmp_path / "maps" / name).read_bytes().decode() for name in COLUMNS}
        return {name: list(csv.DictReader(io.StringIO(text[name], newline=""))) for name in COLUMNS}

    return rows


def test_old_and_new_identifiers_are_mapped(rows):
    found = rows(FIRST)
    assert found["uid_mapping.csv"] == [
        {"id_old": "1.2.3", "id_new": "2.25.7"}, {"id_old": "1.2.4", "id_new": "2.25.8"},
    ]  # fmt: skip
    assert found["patid_mapping.csv"] == [{"id_old": "MRN-1", "id_new": "ABCDE"}]
    (study,), (patient,) = found["studies.csv"], found["patients.csv"]
    assert (study["study_instance_uid_old"], study["study_instance_uid_new"]) == ("1.2.3", "2.25.7")
    assert (study["accession_number_old"], study["accession_number_new"]) == ("A1", "QWERTY")
    assert (patient["issuer_of_patient_id_old"], patient["patient_id_new"]) == ("H", "ABCDE")


def test_each_row_is_there_once(rows):
    found = rows(FIRST, FIRST, replace(FIRST, uids={"1.2.4": "2.25.8", "1.2.5": "2.25.9"}))
    assert [row["id_old"] for row in found["uid_mapping.csv"]] == ["1.2.3", "1.2.4", "1.2.5"]
    assert len(found["studies.csv"]) == len(found["patients.csv"]) == 1


def test_an_empty_patient_id_maps_to_nothing_but_its_study_is_there(rows):
    found = rows(replace(FIRST, originals={"StudyInstanceUID": "1.2.3"}))
    assert found["patid_mapping.csv"] == []
    assert found["studies.csv"][0]["patient_id_new"] == "ABCDE"


@pytest.mark.parametrize("value", ["=1+1", "+49", "-7", "@x", 'a"b', "a,b", "a\nb", "Zażółć", "x;\ty"])
def test_a_value_is_written_exactly(rows, value):
    assert rows(replace(FIRST, originals={"PatientID": value}))["patid_mapping.csv"][0]["id_old"] == value


def test_a_value_that_no_encoding_has_is_escaped(rows):
    assert (
        rows(replace(FIRST, originals={"PatientID": "a\udce4"}))["patid_mapping.csv"][0]["id_old"]
        == "a\\udce4"
    )


def test_sealed_maps_open_with_the_key_only_and_show_nothing(tmp_path):
    with Maps(tmp_path, SEALER) as maps:
        maps.add(FIRST)
    content = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(content) == {f"{name}.sealed" for name in COLUMNS}
    assert not any(value in text for text in content.values() for value in (b"MRN-1", b"1.2.4", b"id_old"))
    text = "".join(opened(tmp_path / "patid_mapping.csv.sealed", SEALER))
    assert list(csv.reader(io.StringIO(text))) == [["id_old", "id_new"], ["MRN-1", "ABCDE"]]


def test_only_the_owner_can_read_them(tmp_path):
    with Maps(tmp_path / "maps", None):
        pass
    assert stat.S_IMODE((tmp_path / "maps").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "maps").iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["studies.csv", "studies.csv.sealed"])
def test_the_maps_of_an_earlier_run_are_not_touched(tmp_path, name):
    (tmp_path / name).write_text("precious")
    with pytest.raises(StorageError, match="earlier run"):
        Maps(tmp_path, SEALER)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["precious"]


def test_what_cannot_be_written_is_said_without_a_value(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        Maps(tmp_path / "file" / "maps", None)
