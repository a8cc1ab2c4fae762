"""What the red-team command asks of a de-identifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool made of one file.

    Parameters
    ----------
    file
        The output, None when there is none.
    problem
        Why there is none; empty when there is.
    crashed
        Whether the tool failed rather than refused.
    """

    file: bytes | None
    problem: str = ""
    crashed: bool = False


class NotAvailableError(Exception):
    """The tool cannot be had here; says why."""


class Tool(Protocol):
    """A de-identifier of files."""

    name: str

    def answers(self, files: Sequence[bytes]) -> Iterator[Answer]:
        """Yield an answer for each file, in their order.

        Raises
        ------
        NotAvailableError
            Before the first answer.
        """
