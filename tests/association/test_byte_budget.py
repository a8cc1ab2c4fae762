import mmap
import os
import threading

from gateway.association.byte_budget import ByteBudget


def test_no_more_is_reserved_than_the_limit():
    budget = ByteBudget(100)
    assert budget.reserve(60)
    assert not budget.reserve(41)
    assert budget.reserve(40)
    assert budget.reserved == 100


def test_what_is_released_can_be_reserved_again():
    budget = ByteBudget(100)
    budget.reserve(100)
    budget.release(50)
    assert budget.reserve(50)


def test_processes_share_one_limit():
    counters = mmap.mmap(-1, 16)
    ours = ByteBudget(100, counters, 0)
    child = os.fork()
    if child == 0:
        theirs = ByteBudget(100, counters, 1)
        os._exit(0 if theirs.reserve(70) and not theirs.reserve(31) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert not ours.reserve(31)
    assert ours.reserve(30)


def test_what_a_killed_process_held_is_given_back_by_its_successor():
    counters = bytearray(16)
    assert ByteBudget(100, counters, 1).reserve(100)
    successor = ByteBudget(100, counters, 1)
    successor.clear()
    assert ByteBudget(100, counters, 0).reserve(100)


def test_threads_never_lose_a_reservation():
    budget = ByteBudget(10_000)

    def work():
        for _ in range(1000):
            if budget.reserve(7):
                budget.release(7)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.reserved == 0
