import re
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.settings import Settings, load

MINIMAL = """
[[project]]
name = "default"
ae_title = "GATEWAY"
"""

ARCHIVE = """
[[peer]]
name = "archive"
ae_title = "ARCHIVE"
host = "127.0.0.1"
port = 4242
roles = ["archive"]
"""

MODALITY = """
[[peer]]
name = "ct"
ae_title = "CT"
host = "127.0.0.1"
port = 104
roles = ["modality"]
storage_commitment = true
"""

LAB = """
[[peer]]
name = "lab"
ae_title = "LAB"
roles = ["researcher"]
projects = ["default"]
"""


@pytest.fixture
def write(tmp_path: Path):
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "research.toml").write_text('base = "basic"\n')

    def write(text: str) -> Path:
        file = tmp_path / "gateway.toml"
        file.write_text(text)
        return file

    return write


def settings_of(write, text: str) -> Settings:
    return load(write(text))


def test_smallest_settings_have_every_default(write, tmp_path):
    settings = settings_of(write, MINIMAL)
    assert settings.server.port == 11112
    assert settings.storage.directory == tmp_path / "var"
    assert settings.project[0].key_file == str(tmp_path / "var/keys/default.key")
    assert settings.project[0].profile == str(tmp_path / "profiles/research.toml")
    assert settings.log.file == ""


def test_relative_paths_are_resolved_against_the_settings_file(write, tmp_path, monkeypatch):
    (tmp_path / "own.toml").write_text("")
    monkeypatch.chdir("/")
    settings = settings_of(
        write,
        """
        [storage]
        directory = "data"
        [log]
        file = "gateway.log"
        [[project]]
        name = "default"
        ae_title = "GATEWAY"
        profile = "own.toml"
        key_file = "secret/a.key"
        """,
    )
    assert settings.storage.directory == tmp_path / "data"
    assert settings.log.file == str(tmp_path / "gateway.log")
    assert settings.project[0].profile == str(tmp_path / "own.toml")
    assert settings.project[0].key_file == str(tmp_path / "secret/a.key")


def test_absolute_paths_stay(write, tmp_path):
    settings = settings_of(write, f'[storage]\ndirectory = "{tmp_path}/elsewhere"\n' + MINIMAL)
    assert settings.storage.directory == tmp_path / "elsewhere"


def test_settings_reach_another_process_unchanged(write):
    import pickle

    settings = settings_of(write, MINIMAL + ARCHIVE + LAB)
    assert pickle.loads(pickle.dumps(settings)) == settings


TLS = """
[tls]
port = 2762
certificate_file = "a.pem"
key_file = "a.key"
ca_file = "ca.pem"
"""
WRONG = {
    "unknown table": ("[sever]\n" + MINIMAL, "sever", "did you mean server"),
    "unknown key": ('[server]\nae_titel = "X"\n' + MINIMAL, "server.ae_titel", "did you mean ae_title"),
    "unknown key unlike any": ("[server]\nqqq = 1\n" + MINIMAL, "server.qqq", "a known key: ae_title, host"),
    "unknown key of a peer": (MINIMAL + ARCHIVE + "prot = 1\n", "peer.archive.prot", "did you mean port"),
    "wrong type": ('[server]\nport = "11112"\n' + MINIMAL, "server.port", "expected int, got str"),
    "out of range": ("[server]\nport = 70000\n" + MINIMAL, "server.port", "expected int <= 65535"),
    "path of wrong type": ("[storage]\ndirectory = 3\n" + MINIMAL, "storage.directory", "expected a path"),
    "database": ('[storage]\ndatabase = "oracle"\n' + MINIMAL, "storage.database", "one of sqlite"),
    "log level": ('[log]\nlevel = "chatty"\n' + MINIMAL, "log.level", "one of debug, "),
    "role": (
        MINIMAL + ARCHIVE.replace('"archive"]', '"archiv"]'),
        "peer.archive.roles[0]",
        "one of modality, archive, researcher",
    ),
    "missing key": ('[[project]]\nname = "default"\n', "project.default.ae_title", "a value"),
    "missing name": ('[[project]]\nae_title = "A"\n', "project[0].name", "a value"),
    "no project": (ARCHIVE, "project", "at least one"),
    "memory": (
        "[storage]\nmemory_mib = 10\nmax_instance_mib = 20\n" + MINIMAL,
        "storage.memory_mib",
        "at least storage.max_instance_mib",
    ),
    "server title": ('[server]\nae_title = "A\\\\B"\n' + MINIMAL, "server.ae_title", "1 to 16"),
    "title too long": (MINIMAL.replace("GATEWAY", "G" * 17), "project.default.ae_title", "1 to 16"),
    "title of spaces": (MINIMAL.replace("GATEWAY", "   "), "project.default.ae_title", "1 to 16"),
    "title with control": (MINIMAL.replace("GATEWAY", "A\\tB"), "project.default.ae_title", "1 to 16"),
    "project name is a path": (MINIMAL.replace("default", "../x"), "project.name", "letters"),
    "project name is a folder of the spool": (MINIMAL.replace("default", "TMP"), "project.name", "not tmp"),
    "project name twice": (
        MINIMAL + MINIMAL.replace("GATEWAY", "OTHER"),
        "project.default.name",
        "a value of its own",
    ),
    "project title twice": (
        MINIMAL + MINIMAL.replace("default", "other"),
        "project.other.ae_title",
        "a value of its own (project default has it too)",
    ),
    "peer name twice": (
        MINIMAL + ARCHIVE + ARCHIVE.replace("ARCHIVE", "B"),
        "peer.archive.name",
        "a value of its own",
    ),
    "peer title twice": (
        MINIMAL + ARCHIVE + LAB.replace("LAB", "ARCHIVE "),
        "peer.lab.ae_title",
        "peer archive",
    ),
    "unknown profile": (
        MINIMAL + 'profile = "strict"\n',
        "project.default.profile",
        "(there: research)",
    ),
    "missing profile file": (MINIMAL + 'profile = "x/y.toml"\n', "project.default.profile", "a path ending"),
    "destination": (
        MINIMAL + 'destinations = ["archive", "pacs"]\n' + ARCHIVE,
        "project.default.destinations",
        "pacs is none",
    ),
    "destination without the role": (
        MINIMAL + 'destinations = ["lab"]\n' + LAB,
        "project.default.destinations",
        "names of peers with the role archive",
    ),
    "destination twice": (
        MINIMAL + 'destinations = ["archive", "archive"]\n' + ARCHIVE,
        "project.default.destinations",
        "each destination once",
    ),
    "prefix": (MINIMAL + 'pseudonym_prefix = "a^b"\n', "project.default.pseudonym_prefix", "letters"),
    "uid": (MINIMAL + 'private_sop_classes = ["1.2.x"]\n', "project.default.private_sop_classes", "UIDs"),
    "refused uid": (
        MINIMAL + 'refused_sop_classes = ["1.02"]\n',
        "project.default.refused_sop_classes",
        "UIDs",
    ),
    "unexamined": (
        MINIMAL + 'unexamined_pixels = "keep"\n',
        "project.default.unexamined_pixels",
        "one of pass, refuse",
    ),
    "pytesseract without memory": (
        MINIMAL + '[pixels]\nsecond_engine = "pytesseract"\n',
        "pixels.private_tmpfs",
        "a folder in memory",
    ),
    "unknown engine": (
        MINIMAL + '[pixels]\nsecond_engine = "easyocr"\n',
        "pixels.second_engine",
        "one of auto, none, pytesseract, tesserocr",
    ),
    "plug-in twice": (MINIMAL + '[pixels]\nplug_ins = ["a", "a"]\n', "pixels.plug_ins", "each once"),
    "model for nothing": (MINIMAL + '[pixels]\nplug_in_model = "m"\n', "pixels.plug_ins", "a plug-in"),
    "no time for pixels": (MINIMAL + "[pixels]\ntimeout_s = 0\n", "pixels.timeout_s", ">= 1"),
    "peer name": (MINIMAL + ARCHIVE.replace('"archive"\n', '"a/b"\n', 1), "peer.name", "letters"),
    "no role": (MINIMAL + LAB.replace('["researcher"]', "[]"), "peer.lab.roles", "one or more"),
    "no title": (MINIMAL + LAB.replace('ae_title = "LAB"', ""), "peer.lab.ae_title", "ae_title or ae_titles"),
    "peer title": (MINIMAL + LAB.replace('"LAB"', '""\nae_titles = [""]'), "peer.lab.ae_title", "1 to 16"),
    "unknown project": (MINIMAL + LAB.replace('"default"', '"x"'), "peer.lab.projects", "x is none"),
    "researcher of nothing": (MINIMAL + LAB.replace('["default"]', "[]"), "peer.lab.projects", "may query"),
    "network": (MINIMAL + LAB + 'addresses = ["10.0.0.1/8"]\n', "peer.lab.addresses", "10.0.0.1/8 is none"),
    "address": (MINIMAL + LAB + 'addresses = ["10.0.0.300"]\n', "peer.lab.addresses", "CIDR"),
    "host as address": (MINIMAL + LAB + 'addresses = ["a host"]\n', "peer.lab.addresses", "host names"),
    "archive without title": (
        MINIMAL + ARCHIVE.replace("ae_title", "ae_titles").replace('"ARCHIVE"', '["ARCHIVE"]'),
        "peer.archive.ae_title",
        "the AE title to call",
    ),
    "archive without host": (MINIMAL + ARCHIVE.replace("127.0.0.1", ""), "peer.archive.host", "connect"),
    "archive without port": (MINIMAL + ARCHIVE.replace("4242", "0"), "peer.archive.port", "1 to 65535"),
    "host": (MINIMAL + ARCHIVE.replace("127.0.0.1", "a b"), "peer.archive.host", "a host name"),
    "host is a network": (
        MINIMAL + ARCHIVE.replace("127.0.0.1", "10.0.0.0/8"),
        "peer.archive.host",
        "a host",
    ),
    "host with a long label": (
        MINIMAL + ARCHIVE.replace("127.0.0.1", "a" * 64 + ".org"),
        "peer.archive.host",
        "a host name",
    ),
    "no server host": ('[server]\nhost = ""\n' + MINIMAL, "server.host", "0.0.0.0 or ::"),
    "free space without bound": ("[storage]\nmin_free_gib = inf\n" + MINIMAL, "storage.min_free_gib", "<="),
    "query by original": (
        MINIMAL + LAB + "query_by_original = true\n",
        "peer.lab.query_by_original",
        "mutual TLS, or insecure_peer",
    ),
    "query by original of an archive": (
        MINIMAL + ARCHIVE + "query_by_original = true\ninsecure_peer = true\n",
        "peer.archive.query_by_original",
        "researcher",
    ),
    "commitment to an AE title": (
        MINIMAL + MODALITY,
        "peer.ct.storage_commitment",
        "tls, addresses, or insecure_peer = true: an AE title proves no identity",
    ),
    "commitment to IPv4": (
        MINIMAL + MODALITY + 'addresses = ["10.0.0.21", "0.0.0.0/0"]\n',
        "peer.ct.storage_commitment",
        "an AE title proves no identity",
    ),
    "commitment to IPv6": (
        MINIMAL + MODALITY + 'addresses = ["::/0"]\n',
        "peer.ct.storage_commitment",
        "an AE title proves no identity",
    ),
    "half of TLS": (
        '[tls]\nport = 2762\ncertificate_file = "a.pem"\nkey_file = "a.key"\n' + MINIMAL,
        "tls.ca_file",
        "go together",
    ),
    "TLS only, nowhere": ("[tls]\nonly = true\n" + MINIMAL, "tls.port", "the only listener"),
    "one port for both": (TLS.replace("2762", "11112") + MINIMAL, "tls.port", "another port"),
    "TLS without a certificate": (MINIMAL + ARCHIVE + "tls = true\n", "peer.archive.tls", "in [tls]"),
    "TLS that proves nothing": (
        TLS + MINIMAL + LAB + "tls = true\n",
        "peer.lab.certificates",
        "what proves who calls",
    ),
    "certificate that is never shown": (
        TLS + MINIMAL + LAB + 'certificates = ["lab.example"]\n',
        "peer.lab.tls",
        "in TLS only",
    ),
    "fingerprint": (
        TLS + MINIMAL + LAB + 'tls = true\ncertificates = ["sha256:abc"]\n',
        "peer.lab.certificates",
        "64 hexadecimal digits",
    ),
    "character set": (MINIMAL + LAB + 'character_set = "latin1"\n', "peer.lab.character_set", "ISO_IR 100"),
}


@pytest.mark.parametrize(("text", "key", "expected"), WRONG.values(), ids=WRONG.keys())
def test_wrong_settings_name_file_key_and_expectation(write, text, key, expected):
    file = write(text)
    with pytest.raises(SettingsError, match=re.escape(expected)) as caught:
        load(file)
    assert caught.value.file == str(file)
    assert caught.value.key == key


def test_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.toml: expected a readable settings file"):
        load(tmp_path / "nowhere.toml")


def test_text_that_is_not_toml_is_named_with_its_line(write):
    with pytest.raises(SettingsError, match=r"a TOML document: .*line 1"):
        load(write("[server\n"))


@pytest.mark.parametrize("address", ["10.0.0.0/8", "192.168.1.7", "fd00::/8", "ct1.example.org", "ct-1"])
def test_addresses_may_be_networks_or_host_names(write, address):
    settings = settings_of(write, MINIMAL + LAB + f'addresses = ["{address}"]\n')
    assert settings.peer[0].addresses == (address,)


def test_query_by_original_is_possible_with_a_knowing_operator(write):
    settings = settings_of(write, MINIMAL + LAB + "query_by_original = true\ninsecure_peer = true\n")
    assert settings.peer[0].query_by_original


def test_query_by_original_is_possible_with_mutual_tls(write):
    proof = 'query_by_original = true\ntls = true\ncertificates = ["lab.example"]\n'
    settings = load(write(TLS + MINIMAL + LAB + proof))
    assert settings.peer[0].query_by_original
    assert settings.tls.key_file == str(write("").parent / "a.key")


@pytest.mark.parametrize(
    "proof",
    [
        'addresses = ["10.0.0.21", "ct1.example.org"]\n',
        'tls = true\ncertificates = ["ct1.example.org"]\n',
        "insecure_peer = true\n",
    ],
)
def test_a_modality_whose_identity_is_proven_may_ask_for_commitment(write, proof):
    settings = load(write(TLS + MINIMAL + MODALITY + proof))
    assert settings.peer[0].requests_commitment


def test_shipped_settings_load_and_name_every_key(tmp_path):
    import msgspec

    from gateway.association.peer import Peer
    from gateway.association.project import Project

    shipped = Path(__file__).parents[1] / "config" / "gateway.toml"
    text = shipped.read_text()
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "research.toml").touch()
    copy = tmp_path / "gateway.toml"
    copy.write_text(text)
    settings = load(copy)
    for table in (settings.server, settings.tls, settings.storage, settings.log, settings.forward):
        resolved = {"directory": tmp_path / "var", "sealing_key_file": str(tmp_path / "var/keys/sealing.key")}
        assert table == type(table)(**resolved if hasattr(table, "directory") else {})
    for struct in (
        *map(type, (settings.server, settings.tls, settings.storage, settings.log, settings.forward)),
        Project,
        Peer,
    ):
        for field in msgspec.structs.fields(struct):
            assert re.search(rf"^#? ?{field.name} += ", text, re.MULTILINE), field.name


def test_paths_for_pixels_start_at_the_folder_of_the_settings(write, tmp_path):
    text = '[pixels]\nprivate_tmpfs = "shm"\nplug_ins = ["finder"]\nplug_in_model = "model"\n'
    pixels = load(write(MINIMAL + text)).pixels
    assert (pixels.private_tmpfs, pixels.plug_in_model) == (str(tmp_path / "shm"), str(tmp_path / "model"))
    assert load(write(MINIMAL)).pixels.plug_in_model == ""
