"""Four senders that send as fast as they are answered, and keep a book of every answer."""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Final

from nodes.dcmtk import Address
from nodes.gateway import SCANNER

from campaigning import upper_layer as ul
from campaigning.patients import FIRST, Original, original

SENDERS: Final = 4
_PATIENCE_S: Final = 60.0
"""For one answer; a receiver whose ledger writer died answers after some twenty seconds."""
_PAUSE_S: Final = 0.05
"""After an association that broke, or a status that asks to try again."""
_AGAIN: Final = 25
"""One instance in so many is sent once more although it was answered."""
_OUT_OF_RESOURCES: Final = 0xA700


class Book:
    """What the senders remember: by number, what was sent and how it was answered."""

    def __init__(self) -> None:
        self.answered: set[int] = set()
        self.refused: dict[int, int] = {}
        self.statuses: Counter[int] = Counter()
        self.breaks = 0
        self._numbers = itertools.count(FIRST)
        self._changed = threading.Condition()

    def next_number(self) -> int:
        """Return the number of an instance that nobody sent yet."""
        with self._changed:
            return next(self._numbers)

    def note(self, number: int, status: int | None) -> None:
        """Note an answer; None for an association that broke before it."""
        with self._changed:
            if status is None:
                self.breaks += 1
                return
            self.statuses[status] += 1
            if status == 0:
                self.answered.add(number)
                self._changed.notify_all()
            elif status & 0xFF00 != _OUT_OF_RESOURCES:
                self.refused[number] = status

    def wait_for(self, count: int, seconds: float) -> bool:
        """Wait until so many are answered; tell whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.answered) >= count, seconds)


class Association:
    """One association of a sender.

    Raises
    ------
    OSError
        From every method, when the gateway is not there or went away.
    """

    def __init__(self, address: Address) -> None:
        connected = socket.create_connection((address.host, address.port), _PATIENCE_S)
        self._connection = ul.Connection(connected)
        self._message_id = 0
        try:
            self._connection.send(ul.associate_rq(address.ae_title, SCANNER))
            kind, _ = self._connection.receive()
            if kind != ul.ASSOCIATE_AC:
                raise ConnectionRefusedError("rejected")
        except BaseException:
            self._connection.close()
            raise

    def store(self, instance: Original) -> int:
        """Send an instance; return the status of the answer."""
        self._message_id = self._message_id % 0xFFFF + 1
        request = ul.store_rq(self._message_id, instance.uid)
        pdus = [*ul.fragments(request, is_command=True), *ul.fragments(instance.data_set, is_command=False)]
        self._connection.send(b"".join(pdus))
        answer = self._connection.message()
        if answer is None or ul.number(answer[0][ul.RESPONDED_TO]) != self._message_id:
            raise ConnectionAbortedError("answered with something else")
        return ul.number(answer[0][ul.STATUS])

    def release(self) -> None:
        """End it in order."""
        self._connection.send(ul.pdu(ul.RELEASE_RQ, bytes(4)))
        self._connection.receive()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Sender:
    """Sends what is new, and what was not answered until it is.

    Parameters
    ----------
    pause
        Seconds between two instances.
    """

    def __init__(self, address: Address, book: Book, seed: int, pause: float) -> None:
        self._address, self._book, self._pause = address, book, pause
        self._random = random.Random(seed)
        self._association: Association | None = None
        self._unanswered: int | None = None
        self._going, self._working = threading.Event(), threading.Lock()
        self._ended, self.takes_new = False, True
        self._thread = threading.Thread(target=self._run, name=f"sender-{seed}", daemon=True)
        self._thread.start()

    @property
    def owes(self) -> bool:
        """Whether something that was sent is not answered yet."""
        return self._unanswered is not None

    def go(self) -> None:
        """Send from now on."""
        self._going.set()

    def halt(self) -> None:
        """Return when nothing is under way, and the association released."""
        self._going.clear()
        with self._working:
            self._hang_up()

    def end(self) -> None:
        """Stop after the instance at hand, and wait for that."""
        self._ended = True
        self._going.set()
        self._thread.join()
        self._hang_up()

    def _run(self) -> None:
        while self._going.wait() and not self._ended:
            with self._working:
                if self._going.is_set():
                    self._work()

    def _work(self) -> None:
        if self._unanswered is not None:
            self._send(self._unanswered)
        elif self.takes_new:
            self._send(self._book.next_number())
        else:
            time.sleep(_PAUSE_S)

    def _send(self, number: int) -> None:
        self._unanswered = number
        status = self._exchange(number)
        self._book.note(number, status)
        if status is None or status & 0xFF00 == _OUT_OF_RESOURCES:
            time.sleep(_PAUSE_S * (0.5 + self._random.random()))
            return
        self._unanswered = None
        if status == 0 and self._random.randrange(_AGAIN) == 0:
            self._book.note(number, self._exchange(number))
        time.sleep(self._pause)

    def _exchange(self, number: int) -> int | None:
        try:
            if self._association is None:
                self._association = Association(self._address)
            return self._association.store(original(number))
        except OSError:
            self._drop()
            return None

    def _hang_up(self) -> None:
        if self._association is not None:
            with suppress(OSError):
                self._association.release()
            self._drop()

    def _drop(self) -> None:
        if self._association is not None:
            self._association.close()
        self._association = None


class Load:
    """All senders together; they stand still at first."""

    def __init__(self, address: Address, seed: int, pause: float) -> None:
        self.book = Book()
        self._senders = [
            Sender(address, self.book, seed * SENDERS + number, pause) for number in range(SENDERS)
        ]

    def resume(self) -> None:
        """Let them send."""
        for sender in self._senders:
            sender.go()

    def halt(self) -> None:
        """Let them finish what is at hand; returns when nothing is under way."""
        for sender in self._senders:
            sender.halt()

    def settle(self, seconds: float) -> bool:
        """Have what is unanswered sent until it is answered, and nothing else; tell whether it is."""
        for sender in self._senders:
            sender.takes_new = False
        self.resume()
        deadline = time.monotonic() + seconds
        while any(sender.owes for sender in self._senders):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def close(self) -> None:
        """End all senders."""
        for sender in self._senders:
            sender.end()
