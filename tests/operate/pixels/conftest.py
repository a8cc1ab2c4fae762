import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import stand_in

from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Request
from gateway.operate.pixels.local import local_examination
from gateway.settings import Pixels


@pytest.fixture(scope="session")
def workers():
    """Two pixel workers with a stand-in for the examination, which may take two seconds."""
    with local_examination(Pixels(timeout_s=2.0, memory_mib=256), count=2, load=stand_in.load) as examination:
        yield examination


@pytest.fixture(scope="session")
def ask(workers):
    """Give a function that has a stand-in do something with pixels that begin with its name."""

    def asked(order, more=b"", *, examination=workers, image=None, **values):
        image = image or Image(rows=1, columns=8 + len(more))
        request = Request(image, "1.2.840.10008.1.2.1", **values)
        return examination.examine(request, (order.encode().ljust(8, b"\0") + more,))

    return asked
