"""One gateway under load: its lives, its deaths, and the examination of what it left."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from nodes.process import wait_until

from campaigning.archive import Archive
from campaigning.examination import Examination, Findings
from campaigning.plan import Kill, Victims
from campaigning.sender import Load
from campaigning.tally import STARTING, Tally
from campaigning.victim import Victim
from gateway.operate.supervision import run_directory

_TIRED: Final = 4
"""Deaths of one process after which its back-off takes too long; the whole gateway is killed next."""
_REACHED_WITHIN_S: Final = 40.0
_BACK_WITHIN_S: Final = 90.0
_PROGRESS: Final = (3, 15)
"""Between so many further answers show that the gateway is back, and are the load until the next kill."""
_LONGEST_PAUSE_S: Final = 0.15
_START_LASTS_S: Final = (0.1, 2.0)
_COMMITS: Final = ("before ledger commit", "after ledger commit")
_MOST_VISITS: Final = 6
"""At most so many times a step is passed before it kills."""


class Round:
    """A gateway from its empty folder to its examination.

    Parameters
    ----------
    load
        Seed of all chance, seconds between two instances of a sender, seconds to answer one.
    """

    def __init__(
        self,
        folder: Path,
        program: Path,
        load: tuple[int, float, float],
        tally: Tally,
        say: Callable[[str], None],
    ) -> None:
        self._tally, self._say = tally, say
        seed, pause, answer_timeout = load
        self._random = random.Random(seed)
        self._archive = Archive()
        self._victim = Victim(folder, self._archive.address, program, answer_timeout)
        self._load = Load(self._victim.address, seed, pause)
        self._examination = Examination(self._victim, self._archive, self._load.book)
        self._deaths: Counter[str] = Counter()

    def play(self, kills: list[Kill]) -> None:
        """Carry out the kills, then let everything settle and examine it."""
        waiting = list(kills)
        while waiting:
            if not self._victim.alive:
                self._start()
            kill = self._next(waiting)
            if kill is None:
                self._restart()
                continue
            waiting.remove(kill)
            self._carry_out(kill)
            if self._victim.process is not None and not self._victim.alive:
                self._findings.wrong.append("the supervisor ended by itself")
                self._victim.bury()
            self._examination.after_kill()
            if self._findings or self._victim.orphans:
                break
        self._finish()

    def close(self) -> None:
        """End everything, and add up."""
        self._load.close()
        self._victim.close()
        self._archive.close()
        tally, book = self._tally, self._load.book
        tally.answered += len(book.answered)
        tally.delivered += len(self._archive.instances)
        tally.arrivals += self._archive.arrivals
        tally.refused += len(book.refused)
        tally.breaks += book.breaks
        tally.statuses += book.statuses
        tally.orphans += self._victim.orphans
        tally.findings.lost |= self._findings.lost
        tally.findings.leaked += self._findings.leaked
        tally.findings.wrong += self._findings.wrong

    # ------------------------------------------------------------ lives

    def _start(self) -> None:
        self._load.halt()
        self._victim.start()
        self._tally.starts += 1
        self._deaths.clear()
        self._examination.after_start()
        self._load.resume()

    def _restart(self) -> None:
        """Stop in order, because a process has died too often for its next start to be soon."""
        self._load.halt()
        if code := self._victim.stop():
            self._findings.wrong.append(f"a stop ended with {code}")

    def _next(self, waiting: list[Kill]) -> Kill | None:
        """Return the next kill; one that ends the gateway when a process takes long to come back."""
        if max(self._deaths.values(), default=0) < _TIRED:
            return waiting[0]
        return next(
            (kill for kill in waiting if kill.victims in (Victims.EVERYTHING, Victims.SUPERVISOR)), None
        )

    def _finish(self) -> None:
        if not self._victim.alive:
            self._start()
        if not self._load.settle(_BACK_WITHIN_S):
            self._findings.wrong.append("a sender gets no answer")
        self._load.halt()
        wait_until(self._is_complete, _BACK_WITHIN_S, "every process is back")
        self._examination.when_settled()
        self._restart()
        self._examination.after_kill()
        self._say(
            f"examined: {len(self._load.book.answered)} answered, {len(self._archive.instances)} delivered, "
            f"{len(self._findings.lost)} lost, {len(self._findings.leaked)} leaked, "
            f"{len(self._findings.wrong)} wrong"
        )

    # ------------------------------------------------------------ kills

    def _carry_out(self, kill: Kill) -> None:
        answered, arrivals = len(self._load.book.answered), self._archive.arrivals
        if kill.victims is Victims.STARTING:
            self._kill_while_starting()
            return
        who = self._at_step(kill) if kill.step else self._at_random(kill)
        if who is None:
            return
        self._tally.note(kill.step, who)
        self._deaths[who] += 1
        self._say(f"{who} {kill.step}")
        if kill.ends:
            self._victim.bury()
            return
        self._wait_until_back(answered, arrivals, who)

    def _at_step(self, kill: Kill) -> str | None:
        """Arm a step and wait for the death; return who died."""
        board, group = self._victim.board, kill.victims is Victims.EVERYTHING
        board.arm(kill.step, self._random.randint(1, _MOST_VISITS), group=group)
        deadline = time.monotonic() + _REACHED_WITHIN_S
        while (death := board.death) is None and time.monotonic() < deadline and self._victim.alive:
            time.sleep(0.005)
        if death is None:
            board.disarm()
            self._tally.unreached[kill.step] += 1
            return None
        if group:
            wait_until(lambda: not self._victim.alive, _BACK_WITHIN_S, "all processes are gone")
            return str(kill.victims)
        self._victim.wait_until_gone(death.pid)
        return death.process

    def _at_random(self, kill: Kill) -> str | None:
        time.sleep(self._random.uniform(0.0, _LONGEST_PAUSE_S))
        if kill.victims is Victims.EVERYTHING:
            self._victim.kill_everything()
        elif kill.victims is Victims.SUPERVISOR:
            os.kill(self._victim.session, signal.SIGKILL)
        else:
            return self._kill_child(kill)
        wait_until(lambda: not self._victim.alive, _BACK_WITHIN_S, "the supervisor is gone")
        return str(kill.victims)

    def _kill_child(self, kill: Kill) -> str | None:
        """Kill the fork server, or the child that was killed least often."""
        children = self._children()
        if kill.victims is Victims.FORK_SERVER:
            pid, name = self._victim.fork_server(children), str(kill.victims)
        else:
            name = min(sorted(children), key=lambda one: (self._deaths[one], self._random.random()))
            pid = children[name]
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it died in this moment by a fork server's death
            return None
        self._victim.wait_until_gone(pid)
        if kill.victims is Victims.FORK_SERVER:
            self._deaths.update(list(children))  # they die with it
        return name

    def _children(self) -> dict[str, int]:
        """Children that run now, by name."""
        found: dict[str, int] = {}

        def are_known() -> bool:
            state, family = run_directory.state(self._victim.storage), self._victim.family()
            found.clear()
            found.update(
                {name: pid for name, pid in state.processes.items() if pid in family} if state else {}
            )
            return bool(found) and self._victim.fork_server(found) != 0

        wait_until(are_known, _BACK_WITHIN_S, "the gateway names its processes")
        return found

    def _is_complete(self) -> bool:
        state = run_directory.state(self._victim.storage)
        return state is not None and set(state.processes.values()) <= self._victim.family().keys()

    def _kill_while_starting(self) -> None:
        """Kill everything under load, and once more before it serves again."""
        self._victim.kill_everything()
        self._victim.bury()
        self._tally.note("", str(Victims.EVERYTHING))
        self._load.halt()
        # Where the start comes to it, because it found a file without a row.
        self._victim.board.arm(self._random.choice(_COMMITS), 1, group=True)
        doom = threading.Timer(self._random.uniform(*_START_LASTS_S), self._victim.kill_everything)
        doom.start()
        with suppress(RuntimeError):  # as it should be: it ended before it answered
            self._victim.start()
            self._tally.starts += 1
        doom.join()
        self._victim.board.disarm()
        self._victim.kill()
        self._tally.note(STARTING, str(Victims.EVERYTHING))
        self._say(f"everything, {STARTING}")

    def _wait_until_back(self, answered: int, arrivals: int, who: str) -> None:
        """Return when senders are answered again, and the archive is sent to."""
        if not self._load.book.wait_for(answered + self._random.randint(*_PROGRESS), _BACK_WITHIN_S):
            self._findings.wrong.append(f"nobody is answered any more after {who} died")
        if who in ("forwarder", str(Victims.FORK_SERVER)):
            wait_until(
                lambda: self._archive.arrivals > arrivals, _BACK_WITHIN_S, "the archive is sent to again"
            )

    @property
    def _findings(self) -> Findings:
        return self._examination.findings
