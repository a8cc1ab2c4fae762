"""Receives messages of a peer that we called: responses, and reports of storage commitment.

pynetdicom would keep a message of any length, and serve each report at once in a thread of its own.
"""

from __future__ import annotations

from typing import Any, Final, cast

from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.pdu_primitives import P_DATA

LONGEST_COMMAND: Final = 64 * 1024
"""Bytes of a command set, which is decoded as a whole: its elements cost far more than their bytes."""
LONGEST_MESSAGE: Final = 4 * 1024 * 1024
"""Bytes. A response has some hundred, a report names what was asked for."""
_MOST_WAITING: Final = 64
"""Messages that nobody waits for: a peer that sends more of them is no peer of this protocol."""
_COMMAND: Final = 1
_LAST: Final = 2


class ResponseProvider(DIMSEServiceProvider):
    """Puts every message into the queue, for who called the peer."""

    def __init__(self, assoc: Association) -> None:
        super().__init__(assoc)
        self._size = self._command_size = 0
        self._has_command = False

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Add fragments to the message that arrives.

        Raises
        ------
        OSError
            The message is too long, or too many wait; the association ends.
        """
        for _, data in primitive.presentation_data_value_list:
            self._count(data)
        if self.message is None:
            self.message = DIMSEMessage()
        if not self.message.decode_msg(primitive, self.assoc):
            return
        message, self.message = self.message, None
        self._size = self._command_size = 0
        self._has_command = False
        if self.msg_queue.qsize() >= _MOST_WAITING:
            raise OSError("too many messages")
        self.msg_queue.put((cast(int, message.context_id), cast(Any, message.message_to_primitive())))

    def _count(self, data: bytes) -> None:
        """Add a fragment to what the message may have (PS3.8 E.2: the first byte says what it is)."""
        self._size += len(data)
        if data[0] & _COMMAND:
            if self._has_command:  # it would be decoded once for each
                raise OSError("second command set")
            self._command_size += len(data)
            self._has_command = bool(data[0] & _LAST)
        if self._size > LONGEST_MESSAGE or self._command_size > LONGEST_COMMAND:
            raise OSError("message too long")
