"""Forwards what the ledger says is waiting, to every destination at once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts
from gateway.forward.commitment_scu import CommitmentPace, Committer, Means, Waiver
from gateway.forward.destination_queue import DestinationQueue
from gateway.forward.line import Line
from gateway.forward.outcome import Judge
from gateway.forward.reachability import Reachability
from gateway.forward.recorder import Recorder
from gateway.forward.retry import Backoff
from gateway.forward.sender import Route, Sender, SpoolFiles
from gateway.ledger.client import LedgerClient
from gateway.ledger.commitment_reader import CommitmentReader
from gateway.ledger.reader import LedgerReader

CALLING: Final = "GATEWAY"
"""Calling AE title towards destinations for which none is given."""

_random: Final = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard destinations are driven.

    Parameters
    ----------
    associations
        To one destination at a time.
    idle
        Seconds after which an unused association is released.
    grace
        Seconds that a transfer may go on after the stop.
    backoff
        Delays after failures, of a destination and of each instance.
    timeouts
        How long a destination may take.
    commitment
        How a destination is asked for commitment to what it stored.
    """

    associations: int = 2
    idle: float = 5.0
    grace: float = 10.0
    backoff: Backoff = field(default_factory=Backoff)
    timeouts: Timeouts = field(default_factory=Timeouts)
    commitment: CommitmentPace = field(default_factory=CommitmentPace)


class Forwarder:
    """One queue a destination; a destination that is down slows no other.

    Parameters
    ----------
    destinations
        Peers by the name under which the ledger knows them.
    calling
        Calling AE title by destination.
    clock
        Seconds since the epoch, the ledger's time.
    jitter
        Returns fractions from 0 to 1.
    commitments
        What of the ledger concerns storage commitment; needed where a destination has it.
    """

    def __init__(
        self,
        destinations: Mapping[str, Peer],
        calling: Mapping[str, str],
        reader: LedgerReader,
        ledger: LedgerClient,
        spool: SpoolFiles,
        pace: Pace | None = None,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = _random.random,
        commitments: CommitmentReader | None = None,
    ) -> None:
        self._destinations, self._calling = destinations, calling
        self._reader, self._ledger, self._spool = reader, ledger, spool
        self._pace = pace or Pace()
        self._clock, self._jitter, self._commitments = clock, jitter, commitments

    def run(self, stop: threading.Event) -> None:
        """Forward until `stop` is set; then finish or break off what is under way.

        Returns when every outcome was recorded or given up, at the latest some time after twice
        the grace.
        """
        recorder = Recorder(self._ledger, stop)
        routes = [self._route(name, recorder) for name in self._destinations]
        senders = [sender for route in routes for sender in self._senders(route, stop)]
        committers, waivers = self._committers(stop)
        workers: list[Sender | Committer | Waiver] = [*senders, *committers, *waivers]
        threads = [
            threading.Thread(target=run, name=f"forward-{number}", daemon=True)
            for number, run in enumerate(worker.run for worker in workers)
        ]
        queues: list[DestinationQueue | Committer] = [*(route.queue for route in routes), *committers]
        bell = self._ledger.subscribe()
        ringing = threading.Thread(
            target=_pass_on, args=(bell, queues, stop), name="forward-bell", daemon=True
        )
        for thread in (*threads, ringing):
            thread.start()
        stop.wait()
        bell.set()
        for queue in queues:
            queue.close()
        self._finish([*senders, *committers], threads)
        ringing.join()
        recorder.close()

    def _route(self, name: str, recorder: Recorder) -> Route:
        backoff = self._pace.backoff
        reachability = Reachability(backoff, self._jitter)
        return Route(
            destination=name,
            queue=DestinationQueue(name, self._reader, reachability, clock=self._clock),
            reachability=reachability,
            judge=Judge(backoff, self._jitter, self._clock, commits=self._commits(name)),
            recorder=recorder,
            spool=self._spool,
            idle=self._pace.idle,
            backoff=backoff,
            jitter=self._jitter,
        )

    def _senders(self, route: Route, stop: threading.Event) -> list[Sender]:
        peer = self._destinations[route.destination]
        calling = self._calling.get(route.destination, CALLING)
        return [
            Sender(route, Line(peer, calling, self._pace.timeouts, route.reachability), stop)
            for _ in range(self._pace.associations)
        ]

    def _commits(self, destination: str) -> bool:
        return self._commitments is not None and self._destinations[destination].reports_commitment

    def _committers(self, stop: threading.Event) -> tuple[list[Committer], list[Waiver]]:
        if self._commitments is None:
            return [], []
        pace = self._pace
        means = Means(self._commitments, self._ledger, pace.timeouts, pace.backoff, self._jitter, self._clock)
        committers = [
            Committer(peer, self._calling.get(name, CALLING), means, pace.commitment, stop)
            for name, peer in self._destinations.items()
            if self._commits(name)
        ]
        others = [name for name in self._destinations if not self._commits(name)]
        return committers, [Waiver(others, means, stop)]

    def _finish(self, workers: list[Sender | Committer], threads: list[threading.Thread]) -> None:
        _join(threads, self._pace.grace)
        for worker in workers:
            worker.interrupt()
        # What is still opening or releasing an association has nothing to lose.
        _join(threads, self._pace.grace)


def _join(threads: list[threading.Thread], seconds: float) -> None:
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0.0))


def _pass_on(
    bell: threading.Event, queues: list[DestinationQueue | Committer], stop: threading.Event
) -> None:
    while not stop.is_set():
        bell.wait()
        bell.clear()
        for queue in queues:
            queue.ring()
