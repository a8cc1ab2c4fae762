"""Send every public sample through a real gateway to Orthanc and storescp, and account for each.

Each file goes with its own transfer syntax proposed, by DCMTK's storescu; what storescu cannot send
goes as raw bytes. Files under a SOP Instance UID that was sent before go to a project of their own, so
that every one of them is an instance and none a conflict; files with the same bytes go to the same
project, where they are duplicates.

Afterwards: nothing acknowledged is missing, what the gateway's status says adds up, the archive holds
what was forwarded bit by bit, and (scripts/residual_check.py) nothing of an original is left.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from corpus.account import Account, Row, missing_at_archives, sums_that_do_not_add_up
from corpus.sending import Sender
from nodes.dcmtk import StoreSCP
from nodes.gateway import Gateway
from nodes.orthanc import Orthanc
from nodes.process import wait_until
from nodes.sample import PUBLIC_WORDS, Sample, UnsendableError, public_files, read
from residual_check import check

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"


def _projects(files: list[Path]) -> list[tuple[Path, Sample | None, str, int]]:
    """Give every file a project: the n-th content of a SOP Instance UID goes to the n-th."""
    contents: dict[str, list[str]] = {}
    planned: list[tuple[Path, Sample | None, str, int]] = []
    for path in files:
        try:
            sample = read(path)
        except UnsendableError as error:
            planned.append((path, None, str(error), 0))
            continue
        seen = contents.setdefault(sample.sop_instance_uid, [])
        digest = hashlib.sha256(sample.data_set()).hexdigest()
        if digest not in seen:
            seen.append(digest)
        planned.append((path, sample, "", seen.index(digest)))
    return planned


def _send_all(planned: list[tuple[Path, Sample | None, str, int]], sender: Sender) -> list[Row]:
    rows = []
    for number, (path, sample, why, project) in enumerate(planned, 1):
        row = sender.send(path, sample, why, project)
        rows.append(row)
        if sys.stderr.isatty():
            print(f"\r{number}/{len(planned)} {row.outcome:<12}", end="", file=sys.stderr, flush=True)
    return rows


def _crashes(gateway: Gateway) -> list[str]:
    events = gateway.events()
    return [
        f"log: {event.get('event')} {event.get('error', '')} {event.get('where', '')}"
        for event in events
        if event.get("level") == "error" or event.get("event") in {"uncaught_exception", "child_died"}
    ]


def _wait_for_delivery(gateway: Gateway, seconds: float) -> list[str]:
    try:
        wait_until(
            lambda: not any(one["waiting"] for one in gateway.status()["sums"]), seconds, "all forwarded"
        )
    except TimeoutError:
        waiting = [one for one in gateway.status()["sums"] if one["waiting"]]
        return [
            f"{one['waiting']} of {one['project']} still wait for {one['destination']}" for one in waiting
        ]
    return []


def _residual(rows: list[Row], *, dciodvfy: bool) -> list[str]:
    problems = []
    for row in rows:
        if row.output is not None:
            found = check(row.path, row.output, dciodvfy=dciodvfy, public=PUBLIC_WORDS)
            problems += [f"{row.name}: {f.kind}: {f.where} {f.source}".rstrip() for f in found]
    return problems


def _print(rows: list[Row], report: Path) -> None:
    lines = ["file\tSOP class\ttransfer syntax\tclient\toutcome\tstatus\treason"]
    lines += [row.line() for row in sorted(rows, key=lambda row: (row.outcome, row.reason, row.name))]
    report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    counts = Counter((row.outcome, row.status, row.reason) for row in rows)
    for (outcome, status, reason), count in sorted(counts.items()):
        print(f"{count:5}  {outcome:<12} {status:<7} {reason}")
    print(f"{len(rows):5}  in all; one line for each file in {report}")


def run(folder: Path, corpus: Path | None, *, dciodvfy: bool, patience: float) -> tuple[list[Row], list[str]]:
    """Send everything; returns a row for each file, and what is wrong, as phrases.

    Parameters
    ----------
    folder
        Stays behind: storage of the gateway, both archives, the logs.
    patience
        Seconds in which everything must be forwarded after the last file was sent.
    """
    files = public_files()
    if corpus is not None:
        files += sorted(path for path in corpus.iterdir() if path.is_file())
    planned = _projects(files)
    titles = [f"GATEWAY{n}" for n in range(1 + max(row[3] for row in planned))]
    with ExitStack() as stack:
        orthanc = stack.enter_context(Orthanc(folder / "orthanc", "ORTHANC"))
        storescp = stack.enter_context(StoreSCP(folder / "storescp", "STORESCP"))
        archives = {"orthanc": orthanc.address, "storescp": storescp.address}
        gateway = Gateway(folder / "gateway", archives, titles=titles)
        stack.enter_context(gateway)
        rows = _send_all(planned, Sender(gateway, titles, folder))
        problems = _wait_for_delivery(gateway, patience)
        account = Account(gateway.status(), rows)
        problems += sums_that_do_not_add_up(account)
        account.mark_held()
        problems += missing_at_archives(account, orthanc, storescp)
        problems += [f"{row.name}: {row.reason}" for row in rows if row.outcome == "PROBLEM"]
        problems += _crashes(gateway)
    problems += _residual(rows, dciodvfy=dciodvfy)
    return rows, problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of further files (%(default)s)")
    parser.add_argument("--folder", type=Path, help="where everything is kept (a new temporary folder)")
    parser.add_argument("--no-dciodvfy", action="store_true", help="do not compare dciodvfy's errors")
    parser.add_argument("--patience", type=float, default=60, help="seconds to forward all (%(default)s)")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        print(
            f"corpus_run: {arguments.corpus} is absent: only the samples of pydicom are sent", file=sys.stderr
        )
        arguments.corpus = None
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="corpus-run-"))
    start = time.monotonic()
    rows, problems = run(
        folder, arguments.corpus, dciodvfy=not arguments.no_dciodvfy, patience=arguments.patience
    )
    _print(rows, folder / "corpus.tsv")
    for problem in problems:
        print(f"WRONG  {problem}")
    print(f"{len(problems)} things wrong; {time.monotonic() - start:.0f} s; everything is in {folder}")
    sys.exit(bool(problems))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
