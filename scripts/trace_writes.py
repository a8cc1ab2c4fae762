"""Trace every file that a running gateway opens for writing, and look into each of them.

Starts the gateway under strace, sends it studies of invented patients, two images that have their patient
burned in, a file that is refused and one that has to wait because the archive is down, stops it, and then
reports

  * every file that was opened for writing, created, renamed or linked outside of the storage
    directory and the log; by the processes that examine pixels, any file at all; by those that
    receive, any but those of the spool, and
  * every write(2) of a process that examines pixels to anything but a socket, unnamed memory and the
    log, and
  * every file left behind, anywhere in its folder, that holds a value of an original in clear, and
  * every write(2), writev(2) or pwrite64(2) whose bytes hold such a value, whatever the file. Of the image
    whose pixels are not coded, a row through the burned-in name counts as a value.

Exit code 1: one was found.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pydicom
from nodes import invented, ultrasound
from nodes.dcmtk import StoreSCP, storage_profile, store
from nodes.gateway import ROOT, SCANNER, Gateway
from nodes.process import missing, program, wait_until
from nodes.sample import read

CALLS = (
    "openat,open,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,mknodat,truncate,"
    "clone,clone3"
)
DATA = "write,writev,pwrite64,pwritev,pwritev2"
OPENED = re.compile(
    r'open(?:at)?\((?:AT_FDCWD|(?P<at>\d+<[^>]*>)), "(?P<path>[^"]*)", (?P<flags>[A-Z_|0-9]+)'
)
OTHER = re.compile(
    r"^\S* ?(?:\[pid +\d+\] )?(?:creat|rename\w*|link\w*|symlink\w*|mkdir\w*|mknodat|truncate)\(.*"
)
THREAD = re.compile(r"clone3?\(.*CLONE_THREAD.*\) = (\d+)$")
QUOTED = re.compile(r'"([^"]*)"')
TARGET = re.compile(r"^\S*\s*(?:write|writev|pwrite64|pwritev2?)\(\d+<(?P<path>[^>]*)>, (?P<data>.*)")
# The devices that everybody opens.
HARMLESS = ("/dev/null", "/dev/tty", "/proc/self/", "/proc/thread-self/", "/dev/shm/")
# What a process that examines pixels may open for writing, and write to: unnamed memory is none of a disk.
OPENED_BY_WORKERS = ("/dev/null", "/proc/self/fd/")
WRITTEN_BY_WORKERS = ("socket:", "UNIX", "pipe:", "/memfd:", "anon_inode:", "/dev/null")
RESEARCH = ROOT / "config" / "profiles" / "research.toml"


class TracedGateway(Gateway):
    """A gateway with strace around it."""

    def command(self) -> list[str]:
        """What to run."""
        trace = str(self.folder / "trace" / "strace")
        options = ["-ff", "-y", "-s", "65536", "-xx", "-e", f"trace={CALLS},{DATA}", "-o", trace]
        return [program("strace"), *options, *super().command()]

    def environment(self) -> Mapping[str, str]:
        """What the environment has beyond ours."""
        # Compiled modules belong to the installation, not to a run.
        return {**super().environment(), "PYTHONDONTWRITEBYTECODE": "1"}

    def stop(self) -> int:
        """Stop the gateway itself: strace would let go of it and leave it running."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)
        code = self.process.wait(self.STOPS_WITHIN)
        self.process = None
        return code


def _decoded(text: str) -> bytes:
    r"""What strace -xx wrote as \\x41\\x42."""
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def _calls(folder: Path, pids: Iterable[int] = ()) -> Iterator[str]:
    """Lines of every traced process, or of some."""
    for path in [folder / f"strace.{pid}" for pid in pids] or sorted(folder.iterdir()):
        with path.open(encoding="ascii", errors="replace") as lines:
            yield from lines


def with_threads(folder: Path, pids: Iterable[int]) -> set[int]:
    """Processes and the threads that they started, each of which has a trace of its own."""
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        found.add(one := waiting.pop())
        started = {int(line[1]) for line in filter(None, map(THREAD.search, _calls(folder, [one])))}
        waiting += started - found
    return found


def _folder_of(descriptor: str | None) -> Path:
    path = (descriptor or "").partition("<")[2].rstrip(">")
    return Path(_decoded(path).decode(errors="replace") or "/")


def written_paths(folder: Path, start: Path, pids: Iterable[int] = ()) -> set[Path]:
    """Every path that was opened for writing or made under any name."""
    found = set()
    for line in _calls(folder, pids):
        if " = -1 " in line:
            continue
        opened = OPENED.search(line)
        if opened and re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", opened["flags"]):
            base = _folder_of(opened["at"]) if opened["at"] else start
            found.add(base / _decoded(opened["path"]).decode(errors="replace"))
        elif OTHER.match(line):
            found |= {start / _decoded(name).decode(errors="replace") for name in QUOTED.findall(line)}
    return {Path(os.path.normpath(path)) for path in found}


def written_values(folder: Path, values: set[bytes]) -> set[tuple[str, bytes]]:
    """Files and values of originals that a write to them held."""
    found = set()
    for line in _calls(folder):
        write = TARGET.match(line)
        if write and not _decoded(write["path"]).startswith((b"socket:", b"TCP:", b"UNIX", b"pipe:")):
            data = b"".join(_decoded(text) for text in QUOTED.findall(write["data"]))
            path = _decoded(write["path"]).decode(errors="replace")
            found |= {(path, value) for value in values if value in data}
    return found


def written_to(folder: Path, pids: Iterable[int]) -> set[str]:
    """Everything that some processes wrote to."""
    writes = filter(None, map(TARGET.match, _calls(folder, pids)))
    return {_decoded(write["path"]).decode(errors="replace") for write in writes}


def original_values() -> set[bytes]:
    """What identifies the invented patients, as it is encoded in their files."""
    texts: set[str] = set()
    for visit in (*invented.VISITS, invented.SCAN):
        person = visit.person
        texts |= {person.patient_id, person.address, person.telephone, person.institution}
        texts |= {visit.accession_number, visit.study_id}
        for name in (person.name, person.referring, person.operator):
            texts |= set(re.split(r"[\^=]", name))
    return {text.encode() for text in texts if len(text) >= 4 or not text.isascii()} | {_row_of_a_name()}


def _row_of_a_name() -> bytes:
    """The pixels of the drawn image in a row through the letters of its patient's name."""
    name = invented.identifying(invented.SCAN)[0]
    left, top, right, bottom = name.edges
    return ultrasound.picture(invented.burned_in(invented.SCAN))[(top + bottom) // 2, left:right].tobytes()


def write_burned_in(folder: Path) -> list[Path]:
    """The drawn image as a device sends it, coded; and another with the same pixels, not coded."""
    (coded,) = invented.write(folder, (invented.SCAN,))
    data_set = pydicom.dcmread(coded)
    data_set.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = f"{data_set.SOPInstanceUID}.1"
    data_set.PhotometricInterpretation = "RGB"
    data_set.PixelData = ultrasound.picture(invented.burned_in(invented.SCAN)).tobytes()
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = False
    native = coded.with_name("native.dcm")
    data_set.save_as(native, enforce_file_format=True)
    return [coded, native]


def send(folder: Path, gateway: TracedGateway, archive: StoreSCP) -> list[str]:
    """Send what is accepted, what is refused and what has to wait; returns what went wrong."""
    *study, late = invented.write(folder / "sent")
    study += write_burned_in(folder / "sent")
    broken = folder / "sent" / "broken.dcm"
    broken.write_bytes(study[0].read_bytes()[:-999])
    samples = [read(path) for path in (*study, late)]
    contexts = sorted({(one.sop_class_uid, one.transfer_syntax_uid) for one in samples})
    profile = storage_profile(folder / "storescu.cfg", contexts)
    with archive:
        accepted = store(gateway.address, SCANNER, study, *profile)
        refused = store(gateway.address, SCANNER, [broken], *profile)
        gateway.wait_until_forwarded(len(study))
    waiting = store(gateway.address, SCANNER, [late], *profile)
    wait_until(
        lambda: any(event.get("event") == "destination_unavailable" for event in gateway.events()),
        30.0,
        "an attempt while the archive is down",
    )
    (total,) = gateway.status()["sums"]
    problems = [] if accepted.returncode == 0 else ["the studies were not all accepted"]
    problems += ["the broken file was accepted"] if "(Success)" in refused.stdout else []
    if waiting.returncode or total["waiting"] != 1:
        problems.append("what was sent while the archive was down does not wait")
    return problems


def run(folder: Path) -> list[str]:
    """Trace one run in `folder`; returns what is wrong, as phrases."""
    archive = StoreSCP(folder / "archive")
    server = {"answer_timeout_s": 120.0}  # a traced process is slow
    project = {"profile": str(RESEARCH)}
    gateway = TracedGateway(folder / "gateway", {"archive": archive.address}, project=project, server=server)
    (gateway.folder / "trace").mkdir()
    with gateway:
        problems = send(folder, gateway, archive)
        processes = gateway.status()["state"]["processes"]
    values = original_values()
    allowed = (gateway.storage, gateway.log)
    paths = written_paths(gateway.folder / "trace", Path.cwd())
    print(f"{len(paths)} paths opened for writing or made")
    for path in sorted(paths):
        if not path.is_relative_to(allowed[0]) and path != allowed[1] and not str(path).startswith(HARMLESS):
            problems.append(f"written outside of the storage directory and the log: {path}")
    problems += _of_processes(gateway, processes)
    for path, value in sorted(written_values(gateway.folder / "trace", values)):
        problems.append(f"written to {path}: a value of {len(value)} bytes of an original")
    for path in sorted(gateway.storage.rglob("*")):
        if path.is_file() and (left := [v for v in values if v in path.read_bytes()]):
            problems.append(f"{path} holds {len(left)} values of an original")
    return problems


def _of_processes(gateway: TracedGateway, processes: Mapping[str, int]) -> list[str]:
    """What those that examine pixels, and those that receive, wrote and must not."""
    trace, start = gateway.folder / "trace", Path.cwd()
    workers, receivers = (
        with_threads(trace, {pid for name, pid in processes.items() if name.startswith(kind)})
        for kind in ("pixels-", "receiver-")
    )
    problems = [] if workers and written_paths(trace, start, receivers) else ["the trace is not whole"]
    for path in sorted(written_paths(trace, start, workers)):
        if not str(path).startswith(OPENED_BY_WORKERS):
            problems.append(f"opened for writing by a process that examines pixels: {path}")
    for target in sorted(written_to(trace, workers)):
        if not target.startswith(WRITTEN_BY_WORKERS) and target != str(gateway.log):
            problems.append(f"written by a process that examines pixels: {target}")
    for path in sorted(written_paths(trace, start, receivers)):
        is_kept = path.is_relative_to(gateway.storage / "spool")
        if not is_kept and path != gateway.log and not str(path).startswith(HARMLESS):
            problems.append(f"opened for writing by a process that receives: {path}")
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where everything is kept (a new temporary folder)")
    arguments = parser.parse_args()
    if absent := missing("strace", "storescu", "storescp"):
        sys.exit(f"trace_writes: not installed: {', '.join(absent)} (scripts/set-up as root installs them)")
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="trace-writes-"))
    problems = run(folder.resolve())
    for problem in problems:
        print(f"WRONG  {problem}")
    print(f"{len(problems)} things wrong; everything is in {folder}")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
