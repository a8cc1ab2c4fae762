"""An examination that needs no engine: what it does is what the first bytes of the pixels say."""

import ctypes
import os
import signal
import time
from pathlib import Path

from gateway.deidentify.pixel.message import Examined, Outcome, Verdict
from gateway.errors import OutOfResources, Reason, Refused, SettingsError
from gateway.operate.pixels.engine import Loaded


class Scripted:
    """Does in a worker what each order asks for."""

    def examine(self, request, frames):
        order = bytes(frames[0][:8]).rstrip(b"\0").decode()
        return getattr(self, order)(request, frames)

    def clean(self, request, frames):
        return Examined(Outcome(Verdict.NO_TEXT, (), False, request.image, request.transfer_syntax_uid))

    def _changed(self, request, frames):
        outcome = Outcome(Verdict.TEXT, (), True, request.image, request.transfer_syntax_uid)
        return Examined(outcome, frames)

    def invert(self, request, frames):
        return self._changed(request, tuple(bytes(255 - value for value in frame) for frame in frames))

    def in_place(self, request, frames):
        for frame in frames:
            frame[8:] = bytes(len(frame) - 8)
        return self._changed(request, frames)

    def native(self, request, frames):
        """Work on a copy of its own, as the codec does with native pixels."""
        return self._changed(request, tuple(bytearray(frame) for frame in frames))

    def who(self, request, frames):
        return self._changed(request, (str(os.getpid()).encode(),))

    def terms(self, request, frames):
        return self._changed(request, tuple(term.value.encode() for term in request.terms))

    def slow(self, request, frames):
        time.sleep(0.2)
        return self.who(request, frames)

    def doze(self, request, frames):
        time.sleep(1)
        return self.clean(request, frames)

    def refuse(self, request, frames):
        raise Refused(Reason.PIXELS_NOT_CLEAN, "text is left", 0x7FE00010)

    def short(self, request, frames):
        raise OutOfResources("not now")

    def error(self, request, frames):
        raise ValueError("ANNA^BELL was read")

    def memory(self, request, frames):
        return [bytearray(1 << 28) for _ in range(64)]

    def crash(self, request, frames):
        ctypes.string_at(0)

    def killed(self, request, frames):
        os.kill(os.getpid(), signal.SIGKILL)

    def unless(self, request, frames):
        """Die by SIGKILL in the process that the request names."""
        if os.getpid() == int(request.words[0]):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.clean(request, frames)

    def spin(self, request, frames):
        while True:
            pass

    def sleep(self, request, frames):
        time.sleep(3600)

    def file(self, request, frames):
        Path("/tmp/never-written").write_bytes(frames[0])

    def lie(self, request, frames):
        outcome = Outcome(Verdict.TEXT, (), True, request.image, request.transfer_syntax_uid)
        return Examined(outcome, ())

    def garble(self, request, frames):
        import gc
        import socket

        (peer,) = [o for o in gc.get_objects() if isinstance(o, socket.socket) and _is_connected(o)]
        peer.sendall(b"\0\0\0\4oops")
        return self.clean(request, frames)


def _is_connected(sock):
    try:
        return sock.getsockname() != "" and sock.getpeername() == "" and sock.type == 1
    except OSError:
        return False


def load(pixels):
    return Loaded(Scripted(), ("stand-in 1",))


def load_nothing(pixels):
    raise SettingsError("", "pixels", "an engine")


def load_two(pixels):
    return Loaded(Scripted(), ("rapid 1", "tess 2"))


def load_none(pixels):
    return Loaded(Scripted())
