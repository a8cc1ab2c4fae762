"""For every test: peers that are pynetdicom as it is leave no connection to the garbage collector."""

from pynetdicom.fsm import StateMachine
from pynetdicom.transport import AssociationSocket

_do_action = StateMachine.do_action


def _do_action_and_close(machine, event):
    """Close the connection that a peer has broken; pynetdicom forgets it, and some later test is blamed."""
    _do_action(machine, event)
    connection = machine.dul.socket
    # The gateway's own are subclasses: what they leave open must show.
    if event == "Evt17" and type(connection) is AssociationSocket and connection.socket is not None:
        connection.socket.close()


StateMachine.do_action = _do_action_and_close
