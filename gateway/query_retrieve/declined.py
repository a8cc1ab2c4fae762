"""A request that cannot be served."""

from __future__ import annotations

from gateway.errors import AssociationError
from gateway.standard.status import Status


class Declined(AssociationError):
    """A request is answered with a failure.

    Parameters
    ----------
    status
        Of the final response.
    comment
        Error Comment (0000,0902): a fixed phrase of at most 64 characters.
    tags
        Offending Elements (0000,0901).
    """

    def __init__(self, status: Status, comment: str, *tags: int) -> None:
        self.status, self.comment, self.tags = status, comment, tags
        super().__init__(comment)
