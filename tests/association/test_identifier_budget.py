import time

from pydicom.dataset import Dataset
from pynetdicom import AE

from gateway.association.byte_budget import ByteBudget

STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"


def test_what_an_identifier_takes_of_the_byte_budget_is_given_back(serve):
    budget = ByteBudget(64 << 20)
    running = serve(budget=budget)
    entity = AE(ae_title="LAB")
    entity.add_requested_context(STUDY_ROOT_FIND)
    association = entity.associate("127.0.0.1", running.port, ae_title="TRIAL")
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    for _ in range(3):
        assert [status.Status for status, _ in association.send_c_find(query, STUDY_ROOT_FIND)]
    deadline = time.monotonic() + 5
    while budget.reserved:
        assert time.monotonic() < deadline, budget.reserved
        time.sleep(0.01)
    association.release()
