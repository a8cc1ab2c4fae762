"""Run a de-identifier of the virtual environment that runs this file over a folder.

    in_venv.py TOOL INPUT OUTPUT

For each INPUT/N.dcm there is then either OUTPUT/N.dcm or OUTPUT/N.error with what was raised.
Stands alone: nothing of the project is in that environment.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

Step = Callable[[str, str], None]


def _dicom_anonymizer() -> Step:
    """Return dicom-anonymizer with its newest table; one process, so that its UIDs agree."""
    from dicomanonymizer import simpledicomanonymizer as tool  # type: ignore[import-not-found]

    def step(source: str, target: str) -> None:
        tool.anonymize_dicom_file(
            source, target, base_rules_gen=lambda: tool.initialize_actions("dicomfields_2026c")
        )

    return step


def _dicognito() -> Step:
    """Return dicognito with one seed for all files."""
    import pydicom
    from dicognito.anonymizer import Anonymizer  # type: ignore[import-not-found]

    anonymizer = Anonymizer(seed="red team")

    def step(source: str, target: str) -> None:
        data_set = pydicom.dcmread(source)
        anonymizer.anonymize(data_set)
        data_set.save_as(target)

    return step


TOOLS: dict[str, Callable[[], Step]] = {"dicom-anonymizer": _dicom_anonymizer, "dicognito": _dicognito}


def main(tool: str, source: str, target: str) -> None:
    step = TOOLS[tool]()
    warnings.simplefilter("ignore")
    for file in sorted(Path(source).glob("*.dcm")):
        out = Path(target, file.name)
        try:
            step(str(file), str(out))
        except Exception as error:  # noqa: BLE001 - whatever it raises is the result
            out.unlink(missing_ok=True)
            out.with_suffix(".error").write_text(f"{type(error).__name__}: {error}"[:300], encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
