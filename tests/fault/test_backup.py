import json
import shutil
import sqlite3
import subprocess

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def backup(tmp_path):
    def make(gateway, *more):
        folder = tmp_path / "backup"
        done = gateway.run("backup", str(folder), "--settings", str(gateway.settings), "--json", *more)
        assert done.returncode == 0, done.stderr
        return folder, json.loads(done.stdout)

    return make


def put_back(gateway, folder, *names):
    """Restore databases as docs/how-to/backup.md says."""
    for name in names:
        for left in ("-wal", "-shm"):
            (gateway.storage / f"{name}{left}").unlink(missing_ok=True)
        shutil.copy(folder / name, gateway.storage / name)


def rows(database, query):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def checked(gateway):
    done = gateway.run("check", "--settings", str(gateway.settings), "--json")
    findings = json.loads(done.stdout)["findings"]
    return done.returncode, {finding["subject"]: finding for finding in findings}


def test_an_older_ledger_over_a_newer_spool_loses_nothing(start, scanner, make, archive, backup, tmp_path):
    gateway = start({"archive": archive.address})
    sender = scanner(gateway)
    assert [sender.send(make(number)) for number in (1, 2, 3)] == [0] * 3
    gateway.wait_until_forwarded(3)
    keys = tmp_path / "keys"
    folder, made = backup(gateway, "--keys", str(keys))
    assert (made["files"], made["present"], made["keys"]) == (3, 0, 2)
    assert [sender.send(make(number)) for number in (4, 5)] == [0] * 2
    gateway.wait_until_forwarded(5)
    assert backup(gateway)[1]["files"] == 2

    # Between backups: the ledger is lost, and comes from a backup that knows nothing of 6.
    assert sender.send(make(6)) == 0
    archive.wait_for([6])
    gateway.kill()
    put_back(gateway, folder, "ledger.sqlite")
    gateway.start()
    (reconciled,) = [event for event in gateway.events() if event["event"] == "reconciled"][1:]
    assert (reconciled["reindexed"], reconciled["missing"]) == (1, 0)
    gateway.wait_until_forwarded(6)
    assert archive.received.count(6) == 2
    assert scanner(gateway).send(make(6)) == 0
    status = gateway.status()
    assert status["balanced"]
    assert status["sums"][0]["stored"] == 6
    gateway.kill()

    # All of it is lost: what the backup has is complete.
    shutil.rmtree(gateway.storage)
    gateway.storage.mkdir(mode=0o700)
    for name in ("ledger.sqlite", "linkage.sqlite", "spool"):
        subprocess.run(["cp", "-a", str(folder / name), str(gateway.storage / name)], check=True)
    (gateway.storage / "keys").mkdir(mode=0o700)
    assert checked(gateway)[1]["keys of the store"]["verdict"] == "failed"
    for key in keys.iterdir():
        shutil.copy2(key, gateway.storage / "keys" / key.name)
    gateway.start()
    findings = checked(gateway)[1]
    assert findings["keys of the store"]["verdict"] == findings["linkage"]["verdict"] == "ok"
    assert gateway.status()["sums"][0]["stored"] == 5
    assert [scanner(gateway).send(make(number)) for number in (1, 6)] == [0, 0]
    gateway.wait_until_forwarded(6)
    assert archive.received.count(1) == 1


def test_an_older_linkage_store_and_another_key_are_noticed(start, scanner, make, backup):
    gateway = start({})
    sender = scanner(gateway)
    assert sender.send(make(1)) == 0
    folder, _ = backup(gateway)
    other = make(2)
    other.StudyInstanceUID, other.SeriesInstanceUID = "1.2.3.4.7", "1.2.3.4.8"
    assert sender.send(other) == 0
    gateway.kill()
    put_back(gateway, folder, "linkage.sqlite")
    gateway.start()
    (missing,) = [event for event in gateway.events() if event["event"] == "linkage_missing"]
    assert (missing["project"], missing["instances"], missing["count"]) == ("gateway", 1, 1)
    code, findings = checked(gateway)
    assert code == 0
    assert findings["linkage"]["verdict"] == "warning"
    assert "gateway: 1 studies, 1 instances" in findings["linkage"]["detail"]
    gateway.kill()

    key = gateway.storage / "keys" / "sealing.key"
    key.write_text("A" * 43 + "=\n")
    code, findings = checked(gateway)
    assert code == 1
    assert findings["keys of the store"]["verdict"] == "failed"
    done = gateway.run("serve", "--settings", str(gateway.settings))
    assert done.returncode == 4
    assert "is not the sealing key with which" in done.stderr


def test_a_backup_is_whole_private_and_in_the_audit_trail(start, scanner, make, backup):
    gateway = start({})
    sender = scanner(gateway)
    assert [sender.send(make(number)) for number in range(1, 4)] == [0] * 3
    folder, _ = backup(gateway)
    assert sorted(path.name for path in folder.iterdir()) == ["ledger.sqlite", "linkage.sqlite", "spool"]
    for path in (folder, *folder.rglob("*")):
        assert not path.stat().st_mode & 0o077, path
    assert rows(folder / "ledger.sqlite", "SELECT count(*) FROM instance") == [(3,)]
    assert rows(folder / "ledger.sqlite", "PRAGMA journal_mode") == [("delete",)]
    spool = gateway.storage / "spool"
    for file in spool.rglob("*.dcm"):
        assert (folder / "spool" / file.relative_to(spool)).read_bytes() == file.read_bytes()
    audit = rows(gateway.storage / "ledger.sqlite", "SELECT detail FROM auditentry WHERE kind = 'backed_up'")
    assert json.loads(audit[0][0])["files"] == "3"
    gateway.stop()
    assert backup(gateway)[1]["present"] == 3
    for wrong in (gateway.storage / "backup", gateway.storage.parent):
        done = gateway.run("backup", str(wrong), "--settings", str(gateway.settings))
        assert done.returncode == 5
        assert "go apart" in done.stderr
