import json
import threading
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pynetdicom import AE

from gateway.deidentify.instance import Instance
from gateway.errors import OutOfResources, Reason, Refused
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import CloseQuarantined, QuarantineState
from gateway.ledger.quarantine_reader import QuarantineReader
from gateway.ledger.reader import LedgerReader
from gateway.operate import cli
from gateway.operate.storage.release import Release
from gateway.operate.wiring import composition, intake, quarantine
from gateway.operate.wiring.ledger_access import ledger
from gateway.operate.wiring.quarantine import Expiry
from gateway.receive.quarantine import Isolation
from gateway.settings import load
from gateway.spool.quarantine import Quarantine

CAPTURE, EXPLICIT = "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.1.2.1"
PATIENT_ID, PATIENT_NAME = "MRN-4711-ORIGINAL", "Schmidt^Wilhelmine"
CLOSED = "quarantine = true"
OPEN = f'{CLOSED}\nunexamined_pixels = "pass"'


def capture(number: int) -> Dataset:
    """An image that often carries burned-in text: refused unless the project lets it pass."""
    data_set = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = EXPLICIT
    data_set.SOPClassUID, data_set.SOPInstanceUID = CAPTURE, f"1.2.3.4.3.{number}"
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "1.2.3.4.1", "1.2.3.4.2"
    data_set.PatientID, data_set.PatientName, data_set.Modality = PATIENT_ID, PATIENT_NAME, "OT"
    data_set.ConversionType, data_set.PatientBirthDate, data_set.PatientSex = "WSD", "19500101", "F"
    data_set.StudyDate, data_set.StudyID, data_set.AccessionNumber = "20200101", "1", "A4711"
    data_set.StudyTime = data_set.ReferringPhysicianName = data_set.InstanceNumber = None
    data_set.Rows = data_set.Columns = 8
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes([number]) * 64
    return data_set


def encoded(data_set: Dataset) -> bytes:
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, False
    write_dataset(file, data_set)
    return file.getvalue()


class Site:
    """A storage directory whose gateway does not run, and the command line beside it."""

    def __init__(self, write_settings, capsys):
        self._write, self._capsys = write_settings, capsys
        self.set(CLOSED)
        settings = load(self.file)
        settings.storage.directory.mkdir()
        self.keys = composition.prepare(settings)
        self.directory = settings.storage.directory

    def set(self, project: str, **options: str) -> None:
        self.file = self._write(project=project, **options)

    def refuse(self, *numbers: int) -> None:
        """Have instances refused, as a receiver does."""
        settings = load(self.file)
        (peer,) = settings.peer
        (project,) = settings.project
        with ledger(settings) as writing:
            isolation = Isolation(
                quarantine.quarantine(settings, self.keys.sealing),
                quarantine.rows(settings),
                writing,
                1 << 30,
            )
            reception = intake.reception(
                settings, self.keys, writing, composition.spool_of(settings), isolation
            )
            for number in numbers:
                data_set = encoded(capture(number))
                instance = Instance(CAPTURE, f"1.2.3.4.3.{number}", EXPLICIT, data_set)
                with pytest.raises(Refused):
                    reception.store(instance, peer, project)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = cli.run(["quarantine", *arguments, "--settings", str(self.file)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def listed(self, *options: str) -> list[dict]:
        code, out, _ = self.run("list", "--json", *options)
        assert code == 0
        return json.loads(out)

    def audited(self, *kinds: str) -> list:
        with closing(LedgerReader(self.directory / "ledger.sqlite")) as reader:
            return [entry for entry in reader.audit() if entry.kind in kinds]

    @property
    def sealed(self) -> list[Path]:
        return sorted((self.directory / "quarantine").glob("*"))

    @property
    def spooled(self) -> list[Path]:
        return sorted((self.directory / "spool").rglob("*.dcm"))


@pytest.fixture
def site(write_settings, capsys):
    return Site(write_settings, capsys)


def test_what_is_kept_is_listed_for_people_and_programs(site):
    site.refuse(1, 2, 1)
    listed = site.listed()
    assert [one["id"] for one in listed] == [1, 2]
    assert listed[0].items() >= {"project": "default", "peer": "ct1", "reason": "unexamined_pixels"}.items()
    assert listed[0].items() >= {"state": "kept", "sop_class_uid": CAPTURE}.items()
    assert [one["id"] for one in site.listed("--after", "1")] == [2]
    assert site.listed("--project", "other") == site.listed("--reason", "structure") == []
    _, text, _ = site.run("list")
    assert len(text.splitlines()) == 3
    assert "unexamined_pixels" in text


def test_show_explains_and_reveals_nothing_unless_asked(site):
    site.refuse(1)
    code, text, _ = site.run("show", "1")
    assert code == 0
    assert "burned-in text" in text
    assert 'unexamined_pixels = "pass"' in text
    assert "1.2.3.4.3.1" not in text
    assert site.run("show", "1", "--reveal")[0] == 2
    assert site.audited("quarantine_revealed") == []
    code, text, _ = site.run("show", "1", "--reveal", "--reason", "to find it")
    assert "SOP Instance UID     1.2.3.4.3.1\n" in text
    (entry,) = site.audited("quarantine_revealed")
    assert entry.detail.items() >= {"id": "1", "why": "to find it"}.items()
    assert entry.detail["user"]
    assert "1.2.3.4.3.1" not in str(entry)
    assert site.run("show", "2")[0] == 1


def test_what_is_still_refused_stays_and_says_why(site):
    site.refuse(1)
    code, text, _ = site.run("release", "1")
    assert code == 7
    assert "1: stays, refused unexamined_pixels" in text
    assert len(site.listed()) == len(site.sealed) == 1
    assert site.spooled == []
    (entry,) = site.audited("quarantine_not_released")
    assert entry.detail["reason"] == "unexamined_pixels"


def test_a_release_goes_through_the_whole_chain_by_the_current_settings(site, write_settings):
    site.refuse(1)
    archive = (
        '[[peer]]\nname = "archive"\nroles = ["archive"]\nae_title = "A"\nhost = "127.0.0.1"\nport = 4242'
    )
    site.set(f'{OPEN}\ndestinations = ["archive"]', peers=archive)
    code, text, _ = site.run("release", "1", "--json")
    (result,) = json.loads(text)
    assert (code, result["verdict"], result["outcome"]) == (0, "released", "stored")
    (file,) = site.spooled
    assert result["sop_instance_uid"] in file.name
    assert PATIENT_ID.encode() not in file.read_bytes()
    assert site.sealed == site.listed() == []
    with closing(LedgerReader(site.directory / "ledger.sqlite")) as reader:
        (task,) = reader.due_tasks("archive", float("inf"), 10)
        (account,) = reader.sums()
        (treated,) = reader.treated(result["sop_instance_uid"])
    assert task.sop_instance_uid == result["sop_instance_uid"]
    assert (account.answered, account.stored, account.balanced) == (1, 1, True)
    assert treated.treatment
    (entry,) = site.audited("quarantine_released")
    assert entry.detail.items() >= {"outcome": "stored", "refused": "unexamined_pixels"}.items()
    assert (site.directory / "linkage.sqlite").stat().st_size > 0
    assert PATIENT_NAME.encode() not in b"".join(
        path.read_bytes() for path in site.directory.rglob("*") if path.is_file()
    )


def test_what_was_received_since_is_released_as_a_duplicate(site):
    site.refuse(1)
    site.set(OPEN)
    site.run("release", "1")
    site.set(CLOSED)
    settings = load(site.file)
    # refused once more, although it is known by now: as after a restored ledger
    with ledger(settings) as writing:
        isolation = Isolation(
            quarantine.quarantine(settings, site.keys.sealing), quarantine.rows(settings), writing, 1 << 30
        )
        reception = intake.reception(settings, site.keys, writing, composition.spool_of(settings))
        instance = Instance(CAPTURE, "1.2.3.4.3.1", EXPLICIT, encoded(capture(1)))
        (peer,), (project,) = settings.peer, settings.project
        isolation.keep(Refused(Reason.UNEXAMINED_PIXELS), instance, peer, project, reception._digest)
    code, text, _ = site.run("release", "--all")
    assert (code, text.strip()) == (0, "1: duplicate")
    assert len(site.spooled) == 1


def test_all_of_a_project_are_released_and_the_others_stay(site):
    site.refuse(1, 2)
    site.set(OPEN)
    assert site.run("release", "--all", "--project", "other")[:2] == (0, "")
    assert len(site.listed()) == 2
    assert site.run("release", "--all", "--project", "default")[0] == 0
    assert len(site.spooled) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('name = "ct1"', 'name = "ct2"'), "sender is not in the settings"),
        (
            lambda text: text.replace(
                'roles = ["modality"]', 'roles = ["archive"]\nhost = "h"\nport = 1\nae_title = "CT1"'
            ).replace('ae_titles = ["CT1"]', ""),
            "may not store",
        ),
        (lambda text: text.replace('name = "default"', 'name = "second"'), "project is not in the settings"),
    ],
)
def test_without_its_sender_or_project_nothing_is_released(site, change, said):
    site.refuse(1)
    site.set(OPEN)
    site.file.write_text(change(site.file.read_text()))
    code, text, _ = site.run("release", "1")
    assert code == 7
    assert said in text
    assert len(site.sealed) == 1


def test_a_project_that_the_gateway_has_not_been_started_with_is_in_nobodys_way(site):
    site.refuse(1)
    site.set(f'{OPEN}\n[[project]]\nname = "new"\nae_title = "NEW"\nprofile = "basic.toml"')
    assert site.run("release", "1")[0] == 0
    assert not (site.directory / "keys" / "new.key").exists()


def test_a_damaged_or_lost_file_stays_in_the_list_until_it_is_dropped(site):
    site.refuse(1, 2, 3)
    site.set(OPEN)
    with closing(QuarantineReader(site.directory / "ledger.sqlite")) as reader:
        files = [site.directory / "quarantine" / row.file for row in reader.kept()]
    files[0].write_bytes(files[0].read_bytes()[:-1])
    files[1].unlink()
    assert [one["state"] for one in site.listed()] == ["kept", "lost", "kept"]
    code, text, _ = site.run("release", "--all")
    assert code == 1
    assert "1: stays, broken" in text
    assert "2: stays, broken the sealed file is lost" in text
    assert "3: stored" in text
    assert site.run("drop", "1", "2", "--reason", "sent again", "--yes")[:2] == (0, "2 dropped\n")
    assert site.sealed == site.listed() == []


def test_an_unexpected_error_keeps_the_instance_and_says_no_value(site, monkeypatch):
    site.refuse(1)

    def fail(*_):
        raise ValueError(PATIENT_NAME)

    monkeypatch.setattr("gateway.receive.reception.Reception.release", fail)
    code, text, err = site.run("release", "1")
    assert code == 7
    assert "ValueError" in text
    assert PATIENT_NAME not in text + err
    assert len(site.sealed) == 1


def test_without_room_for_the_outcome_everything_stays(site, monkeypatch):
    site.refuse(1)
    site.set(OPEN)

    def full(*_):
        raise OutOfResources("spool: ENOSPC")

    monkeypatch.setattr("gateway.spool.spool.Spool.stage", full)
    assert site.run("release", "1")[0] == 5
    assert len(site.sealed) == len(site.listed()) == 1


def test_what_is_larger_than_accepted_by_now_keeps_nothing_else_from_release(site, monkeypatch):
    site.refuse(1, 2)
    site.set(OPEN)
    read = Quarantine.read

    def limited(files, name, longest):
        return read(files, name, 100 if name == first else longest)

    with closing(QuarantineReader(site.directory / "ledger.sqlite")) as reader:
        first = reader.kept()[0].file
    monkeypatch.setattr("gateway.spool.quarantine.Quarantine.read", limited)
    code, text, _ = site.run("release", "--all")
    assert code == 7
    assert "1: stays, refused too_large" in text
    assert "2: stored" in text
    assert [one["id"] for one in site.listed()] == [1]


def test_all_leaves_out_what_may_end_the_command(site):
    site.refuse(1, 2)
    site.set(OPEN)
    with closing(LedgerStore(site.directory / "ledger.sqlite")) as store:
        store.database.execute_sql("UPDATE quarantined SET reason = 'suspect' WHERE id = 1")
    code, text, err = site.run("release", "--all")
    assert code == 0
    assert "1:" not in text
    assert "2: stored" in text
    assert "1 suspect" in err
    assert [one["id"] for one in site.listed()] == [1]
    assert site.run("drop", "--all", "--reason", "x", "--yes")[1] == "1 dropped\n"


def test_a_release_that_a_drop_overtakes_is_audited_and_says_so(site, monkeypatch):
    site.refuse(1)
    site.set(OPEN)
    receive = Release._receive

    def overtaken(self, row):
        receipt = receive(self, row)
        detail = {"user": "bob"}
        assert self._ledger.call(CloseQuarantined(row.id, row.file, QuarantineState.DROPPED, detail))
        return receipt

    monkeypatch.setattr(Release, "_receive", overtaken)
    code, text, _ = site.run("release", "1")
    assert code == 0
    assert "1: stored 2.25." in text
    assert "meanwhile" in text
    assert len(site.spooled) == 1
    assert len(site.audited("quarantine_dropped")) == 1
    (entry,) = site.audited("quarantine_released")
    assert entry.detail.items() >= {"id": "1", "outcome": "stored"}.items()
    assert entry.detail["sop_instance_uid"] in site.spooled[0].name
    assert entry.detail["user"]
    assert "meanwhile" in entry.detail["too_late"]
    assert site.sealed == []


def test_another_sealing_key_releases_nothing(site):
    site.refuse(1)
    site.set(OPEN)
    key = site.directory / "keys" / "sealing.key"
    key.unlink()
    assert site.run("release", "1")[0] == 4
    assert len(site.sealed) == 1
    other = site.directory / "keys" / "default.key"
    key.write_bytes(other.read_bytes()[::-1])
    assert site.run("release", "1")[0] == 4


def test_a_drop_deletes_is_confirmed_and_audited(site, monkeypatch):
    site.refuse(1, 2)
    assert site.run("drop", "1")[0] == 2
    assert site.run("drop", "1", "--reason", " ", "--yes")[0] == 2
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    assert site.run("drop", "1", "--reason", "the answer is no")[0] == 130
    assert len(site.sealed) == 2
    assert site.run("drop", "1", "9", "--reason", "test images", "--yes")[0] == 1
    assert [one["id"] for one in site.listed()] == [2]
    assert len(site.sealed) == 1
    (entry,) = site.audited("quarantine_dropped")
    assert entry.detail.items() >= {"id": "1", "why": "test images"}.items()
    assert site.run("drop", "--all", "--reason", "test images", "--yes")[:2] == (0, "1 dropped\n")


@pytest.mark.parametrize(
    "arguments", [["release"], ["release", "1", "--all"], ["release", "1", "--project", "a"]]
)
def test_a_command_line_that_does_not_say_what_is_wrong(site, arguments):
    assert site.run(*arguments)[0] == 2


def test_a_start_sweeps_files_without_a_row(site):
    site.refuse(1)
    (kept,) = site.sealed
    (site.directory / "quarantine" / ("0" * 32 + ".sealed")).write_bytes(b"orphan")
    (site.directory / "quarantine" / ("1" * 32 + ".sealed.part")).write_bytes(b"unfinished")
    composition.prepare(load(site.file))
    assert site.sealed == [kept]


def test_what_is_too_old_expires(site):
    site.refuse(1, 2)
    settings = load(site.file)
    with ledger(settings) as writing, closing(quarantine.rows(settings)) as rows:
        now = rows.kept()[0].at
        for days, left in ((29.9, 2), (30.1, 0)):
            duty = Expiry(quarantine.files(settings), rows, writing, 30.0, lambda d=days: now + d * 86_400)
            assert duty.perform(threading.Event()) > 0
            assert len(rows.kept()) == len(site.sealed) == left
    assert [entry.detail["days"] for entry in site.audited("quarantine_expired")] == ["30", "30"]


def test_without_a_ledger_there_is_nothing_to_list(write_settings, capsys):
    assert cli.run(["quarantine", "list", "--settings", str(write_settings())]) == 5


@pytest.mark.flow
def test_a_running_gateway_keeps_releases_and_drops(serve, write_settings, capsys):
    gateway = serve(write_settings(project=CLOSED)).ready()
    entity = AE("CT1")
    entity.add_requested_context(CAPTURE, EXPLICIT)
    association = entity.associate("127.0.0.1", gateway.port, ae_title="GATEWAY")
    answers = [association.send_c_store(capture(number)).Status for number in (1, 2, 1)]
    association.release()
    assert answers == [0xC007] * 3
    settings = ["--settings", str(gateway.settings)]
    assert cli.run(["quarantine", "release", "1", *settings]) == 7
    gateway.settings.write_text(gateway.settings.read_text().replace(CLOSED, OPEN))
    capsys.readouterr()
    assert cli.run(["quarantine", "release", "1", *settings]) == 0
    assert "1: stored 2.25." in capsys.readouterr().out
    assert cli.run(["quarantine", "drop", "2", "--reason", "test", "--yes", *settings]) == 0
    assert cli.run(["status", "--json", *settings]) == 0
    status = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (status["running"], status["sums"][0]["stored"], status["quarantined"]) == (True, 1, [])
    assert gateway.stop() == 0
    assert list((gateway.storage / "quarantine").iterdir()) == []
    for path in gateway.settings.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert PATIENT_ID.encode() not in content, path.name
            assert b"Schmidt" not in content, path.name
