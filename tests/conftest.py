import pytest
from pynetdicom.association import Association

from gateway.association.requestor_internals import Checkpoint


@pytest.fixture(autouse=True)
def _requestors_of_tests_lose_no_response(monkeypatch):
    """pynetdicom's own requestor now and then loses a response on a busy machine; see Checkpoint."""
    made = Association.__init__

    def init(self, ae, mode, *args, **kwargs):
        made(self, ae, mode, *args, **kwargs)
        if self.is_requestor:
            Checkpoint(self)

    monkeypatch.setattr(Association, "__init__", init)
