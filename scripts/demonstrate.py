"""The demonstration: scanner, gateway, archive and researcher on loopback, and what each of them sees."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import signal
import sys
import time
import warnings
from pathlib import Path

import pydicom
from demonstration import pictures, show
from demonstration.pictures import Picture
from demonstration.site import Site
from nodes import invented
from nodes.dcmtk import found, get_study, storage_profile, store
from nodes.gateway import RESEARCHER, SCANNER
from nodes.process import missing
from nodes.sample import PUBLIC_WORDS, read
from nodes.ultrasound import LABELS
from pydicom.dataset import Dataset
from residual_check import check

NEEDED = ("storescu", "storescp", "echoscu", "findscu", "getscu", "tesseract")
VISITS = (*invented.VISITS, invented.SCAN)
TEXT_FREE = ("CT", "MR", "RTDOSE")
"""Modalities of the samples without text in their pixels; the radiograph has a marker."""
STUDY_KEYS = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate"),
    *("StudyDescription", "AccessionNumber", "ModalitiesInStudy", "NumberOfStudyRelatedInstances"),
)


class Unexpected(Exception):
    """The demonstration did not go as it should."""


def send(site: Site, study: list[Path]) -> None:
    """Scanner to gateway, each instance in its own transfer syntax."""
    samples = [read(path) for path in study]
    contexts = sorted({(one.sop_class_uid, one.transfer_syntax_uid) for one in samples})
    profile = storage_profile(site.folder / "storescu.cfg", contexts)
    done = store(site.gateway.address, SCANNER, study, *profile)
    (site.folder / "storescu.log").write_text(done.stdout, encoding="utf-8")
    if done.returncode or done.stdout.count("Received Store Response (Success)") != len(study):
        raise Unexpected(f"the gateway did not take all: see {site.folder / 'storescu.log'}")


def wait_for_delivery(site: Site, count: int) -> None:
    """Show how many are at the archive, until all of them are."""
    deadline = time.monotonic() + 120
    forwarded = -1
    while forwarded < count:
        (total,) = site.gateway.status()["sums"]
        if total["forwarded"] != forwarded:
            forwarded = total["forwarded"]
            show.progress(f"{forwarded} of {count} forwarded to the archive")
        if total["held"] or time.monotonic() > deadline:
            raise Unexpected(f"not everything could be forwarded: {total}")
        time.sleep(0.1)


def laid_beside(study: list[Path], outputs: list[Path]) -> list[tuple[Path, Path]]:
    """Pair originals and outputs by Instance Number, which the profile keeps."""
    by_place = {int(pydicom.dcmread(path, stop_before_pixels=True).InstanceNumber): path for path in outputs}
    if set(by_place) != set(range(1, len(study) + 1)):
        raise Unexpected(f"{len(study)} instances were sent, {len(outputs)} are at the archive")
    return [(path, by_place[place]) for place, path in enumerate(study, 1)]


def research(site: Site) -> tuple[list[Dataset], list[Path]]:
    """C-FIND of all studies, C-GET of each; returns the answers and the files that came."""
    keys = {"QueryRetrieveLevel": "STUDY", **dict.fromkeys(STUDY_KEYS, "")}
    answers = found(site.gateway.address, RESEARCHER, keys, site.folder / "researcher" / "find")
    brought: list[Path] = []
    for answer in answers:
        study, count = str(answer.StudyInstanceUID), int(answer.NumberOfStudyRelatedInstances)
        folder = site.folder / "researcher" / "get" / study
        brought += get_study(site.gateway.address, RESEARCHER, study, count, folder)
    return answers, brought


def changed_pictures(site: Site, pairs: list[tuple[Path, Path]]) -> list[Picture]:
    """The pairs whose coded pixels differ; only what the gateway has on record may."""
    changed = []
    for original, output in pairs:
        if not pictures.is_changed(original, output):
            continue
        header = pydicom.dcmread(output, stop_before_pixels=True)
        record = site.gateway.record(header.SOPInstanceUID).get("pixels", {})
        if not record.get("changed") or header.Modality in TEXT_FREE:
            raise Unexpected(f"the pixels of {original.name} changed")
        changed.append(Picture(original, output, record))
    return changed


def show_pictures(site: Site, pairs: list[tuple[Path, Path]]) -> list[Picture]:
    """Print what went from which picture and why, and write the pictures before and after."""
    changed = changed_pictures(site, pairs)
    for picture in changed:
        before, after = pictures.write(picture, site.pictures)
        pictures.tell(picture)
        if picture.is_drawn:
            pictures.tell_areas(picture)
        show.progress(f"     before  {site.shown(before)}")
        show.progress(f"     after   {site.shown(after)}\n")
    show.progress(f"pixels of the other {len(pairs) - len(changed)}: byte for byte what they were")
    return changed


def examine_picture(site: Site, changed: list[Picture]) -> None:
    """Look at the drawn ultrasound with Tesseract, and at its pixels: here it is known what was in it."""
    picture = next((one for one in changed if one.is_drawn), None)
    if picture is None:
        raise Unexpected("nothing was blacked in the ultrasound that names its patient")
    identifying, labels = invented.identifying(invented.SCAN), LABELS
    before, after = (set(pictures.words(path)) for path in pictures.write(picture, site.pictures))
    sought = pictures.parts(identifying)
    if len(sought & before) < len(sought) / 2:
        raise Unexpected("Tesseract hardly reads the patient in the original: it would prove nothing")
    if left := sought & after:
        raise Unexpected(f"Tesseract reads words of the patient in the output: {sorted(left)}")
    if not_black := pictures.still_there(picture, identifying):
        raise Unexpected(f"not black in the output: {not_black}")
    if altered := pictures.altered(picture, labels):
        raise Unexpected(f"not what it was: {altered}")
    show.progress(
        f"Tesseract reads {len(sought & before)} words of the patient in the ultrasound before, 0 after"
    )
    show.progress(
        f"all {len(identifying)} lines about the patient are black, all {len(labels)} labels as they were"
    )


def examine(pairs: list[tuple[Path, Path]], changed: list[Picture]) -> None:
    """Search every output for its original; an independent reading, not the gateway's."""
    cleaned = {picture.output for picture in changed}
    findings = [
        (output.name, finding)
        for original, output in pairs
        for finding in check(original, output, public=PUBLIC_WORDS)
        if not (finding.kind == "pixels" and output in cleaned)
    ]
    for name, finding in findings:
        print(f"    {name}: {finding.kind} {finding.where} {finding.source}")
    if findings:
        raise Unexpected("something of an original was left")
    show.progress(f"{len(pairs)} outputs searched for values of their originals: nothing")


def demonstrate(site: Site, study: list[Path]) -> list[Dataset]:
    """All steps after the start; returns what a researcher found."""
    show.heading("3", "The scanner sends (storescu)")
    send(site, study)
    wait_for_delivery(site, len(study))
    show.received(study)
    outputs = site.collect()
    pairs = laid_beside(study, outputs)
    show.heading("4", "Headers before and after, side by side")
    show.before_and_after(pairs)
    show.heading("5", "Pictures before and after (gateway record)")
    changed = show_pictures(site, pairs)
    show.heading("6", f"What the archive holds ({site.archive_name})")
    site.show_archive()
    show.heading("7", "What a researcher sees (findscu) and retrieves (getscu)")
    answers, brought = research(site)
    show.found(answers)
    show.brought(brought, site.folder)
    if len(answers) != len(VISITS) or len(brought) != len(study):
        raise Unexpected(f"{len(answers)} studies found, {len(brought)} instances brought")
    show.heading("8", "What the gateway says (gateway status)")
    print(show.indented(site.gateway.run("status", "--settings", str(site.gateway.settings)).stdout))
    if not site.gateway.status()["balanced"]:
        raise Unexpected("the sums of the gateway do not add up")
    show.heading("9", "Is anything left of the patients?")
    examine(pairs, changed)
    examine_picture(site, changed)
    return answers


def keep_running(site: Site, study: list[Path], study_instance_uid: str) -> None:
    """Print what to try, and wait for Ctrl-C."""
    show.heading("10", "It stays up. In another terminal, in this folder:")
    print(show.indented(site.lines_to_try(study[0], study[-1], study_instance_uid)))
    print("\n    storescu and getscu propose one way of coding images a call: -xv and +xv add JPEG 2000,")
    print("    -xr and +xr RLE, -xy and +xy JPEG. Without it getscu warns that sub-operations failed;")
    print("    movescu +xa takes all.")
    print("\n    Ctrl-C here ends it.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


def run(folder: Path, *, keep: bool) -> None:
    """Start, demonstrate, stop."""
    show.heading(
        "1", "Studies of two invented patients: public samples, and an ultrasound that names its patient"
    )
    study = invented.write(folder / "sent", VISITS)
    show.samples(study)
    show.heading("2", "Gateway and archive start on loopback")
    with Site(folder) as site:
        site.introduce()
        answers = demonstrate(site, study)
        if keep:
            keep_running(site, study, str(answers[0].StudyInstanceUID))
        show.progress("stopping")
    show.heading("Done", "everything stopped; the files stay in")
    print(f"    {folder}\n")
    print(show.indented(site.what_is_where()))


def main() -> None:
    """Parse the command line; exit code 1 when anything was unexpected."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep-running", action="store_true", help="leave it up until Ctrl-C")
    parser.add_argument("--folder", type=Path, help="instead of ./demo-output/<date and time>")
    arguments = parser.parse_args()
    if absent := missing(*NEEDED):
        sys.exit(
            f"demo: not installed: {', '.join(absent)} (as root, scripts/set-up installs what is missing)"
        )
    now = datetime.datetime.now(datetime.UTC).astimezone()
    folder = arguments.folder or Path("demo-output") / f"{now:%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop what was started, too
    try:
        run(folder.resolve(), keep=arguments.keep_running)
    except (Unexpected, TimeoutError, RuntimeError, OSError) as error:
        sys.exit(f"\ndemo: {error}\ndemo: what there is so far is in {folder}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
