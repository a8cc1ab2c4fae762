import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nodes import invented
from nodes.dcmtk import StoreSCP
from nodes.gateway import Gateway
from nodes.orthanc import Orthanc
from nodes.process import missing

TOOLS = ("storescu", "storescp", "echoscu", "findscu", "getscu", "movescu", "Orthanc")


def pytest_collection_modifyitems(items):
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    absent = missing(*TOOLS)
    for item in here:
        item.add_marker(pytest.mark.flow)
        if absent:
            item.add_marker(
                pytest.mark.skip(reason=f"not installed: {', '.join(absent)} (scripts/set-up as root)")
            )


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    return invented.write(tmp_path_factory.mktemp("study"))


@pytest.fixture
def orthanc(tmp_path):
    with Orthanc(tmp_path / "orthanc") as node:
        yield node


@pytest.fixture
def archive(tmp_path):
    with StoreSCP(tmp_path / "archive", "ARCHIVE") as node:
        yield node


@pytest.fixture
def workstation(tmp_path):
    with StoreSCP(tmp_path / "workstation", "RESEARCHER") as node:
        yield node


@pytest.fixture
def gateway(tmp_path, archive):
    with Gateway(tmp_path / "gateway", {"archive": archive.address}) as node:
        yield node
