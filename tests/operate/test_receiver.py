from contextlib import closing

from gateway.operate.supervision import receiver
from gateway.operate.supervision.control import Channel, Connection, Ended, Stop
from gateway.operate.supervision.heartbeat import Loop


def test_a_connection_whose_descriptor_was_lost_on_the_way_gives_its_place_back():
    ours, theirs = map(Channel, Channel.pair())
    with closing(ours), closing(theirs):
        ours.send(Connection(7, "127.0.0.1", 1))
        ours.send(Stop(3.0))
        assert receiver._serve(None, theirs, Loop()) == 3.0
        assert ours.receive() == (Ended(7), None)
