"""Trace every file that a running gateway opens for writing, and look into each of them.

Starts the gateway under strace, sends it studies of invented patients, a file that is refused and one
that has to wait because the archive is down, stops it, and then reports

  * every file that was opened for writing, created, renamed or linked outside of the storage
    directory and the log, and
  * every file left behind, anywhere in its folder, that holds a value of an original in clear, and
  * every write(2), writev(2) or pwrite64(2) whose bytes hold such a value, whatever the file.

Exit code 1: one was found.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from nodes import invented
from nodes.dcmtk import StoreSCP, storage_profile, store
from nodes.gateway import SCANNER, Gateway
from nodes.process import missing, program, wait_until
from nodes.sample import read

CALLS = (
    "openat,open,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,mknodat,truncate"
)
DATA = "write,writev,pwrite64,pwritev,pwritev2"
OPENED = re.compile(
    r'open(?:at)?\((?:AT_FDCWD|(?P<at>\d+<[^>]*>)), "(?P<path>[^"]*)", (?P<flags>[A-Z_|0-9]+)'
)
OTHER = re.compile(
    r"^\S* ?(?:\[pid +\d+\] )?(?:creat|rename\w*|link\w*|symlink\w*|mkdir\w*|mknodat|truncate)\(.*"
)
QUOTED = re.compile(r'"([^"]*)"')
TARGET = re.compile(r"^\S*\s*(?:write|writev|pwrite64|pwritev2?)\(\d+<(?P<path>[^>]*)>, (?P<data>.*)")
# The devices that everybody opens.
HARMLESS = ("/dev/null", "/dev/tty", "/proc/self/", "/proc/thread-self/", "/dev/shm/")


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


def _calls(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        with path.open(encoding="ascii", errors="replace") as lines:
            yield from lines


def _folder_of(descriptor: str | None) -> Path:
    path = (descriptor or "").partition("<")[2].rstrip(">")
    return Path(_decoded(path).decode(errors="replace") or "/")


def written_paths(folder: Path, start: Path) -> set[Path]:
    """Every path that was opened for writing or made under any name."""
    found = set()
    for line in _calls(folder):
        opened = OPENED.search(line)
        if opened and re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", opened["flags"]):
            base = _folder_of(opened["at"]) if opened["at"] else start
            found.add(base / _decoded(opened["path"]).decode(errors="replace"))
        elif OTHER.match(line) and " = -1 " not in line:
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


def original_values() -> set[bytes]:
    """What identifies the invented patients, as it is encoded in their files."""
    texts: set[str] = set()
    for visit in invented.VISITS:
        person = visit.person
        texts |= {person.patient_id, person.address, person.telephone, person.institution}
        texts |= {visit.accession_number, visit.study_id}
        for name in (person.name, person.referring, person.operator):
            texts |= set(re.split(r"[\^=]", name))
    return {text.encode() for text in texts if len(text) >= 4 or not text.isascii()}


def send(folder: Path, gateway: TracedGateway, archive: StoreSCP) -> list[str]:
    """Send what is accepted, what is refused and what has to wait; returns what went wrong."""
    *study, late = invented.write(folder / "sent")
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
    gateway = TracedGateway(folder / "gateway", {"archive": archive.address})
    (gateway.folder / "trace").mkdir()
    with gateway:
        problems = send(folder, gateway, archive)
    values = original_values()
    allowed = (gateway.storage, gateway.log)
    paths = written_paths(gateway.folder / "trace", Path.cwd())
    print(f"{len(paths)} paths opened for writing or made")
    for path in sorted(paths):
        if not path.is_relative_to(allowed[0]) and path != allowed[1] and not str(path).startswith(HARMLESS):
            problems.append(f"written outside of the storage directory and the log: {path}")
    for path, value in sorted(written_values(gateway.folder / "trace", values)):
        problems.append(f"written to {path}: a value of {len(value)} bytes of an original")
    for path in sorted(gateway.storage.rglob("*")):
        if path.is_file() and (left := [v for v in values if v in path.read_bytes()]):
            problems.append(f"{path} holds {len(left)} values of an original")
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
