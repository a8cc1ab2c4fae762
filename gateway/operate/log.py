"""One JSON object a line, made of allow-listed keys only.

Promise 2 of the design: no value of an original reaches the log. What a caller adds under another
key, a text that is not an event name, the message of an exception and everything that a library
says are dropped before a line is rendered.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

ALLOWED: Final = frozenset(
    {
        # where and when
        *("time", "level", "event", "process", "pid", "child", "logger", "where"),
        # who: names from the settings, and what a peer calls itself on the wire
        *("peer", "project", "destination", "address", "association"),
        # what: pseudonyms and replacement UIDs, and facts of the Standard
        *("pseudonym", "study_instance_uid", "series_instance_uid", "sop_instance_uid"),
        *("sop_class_uid", "transfer_syntax_uid", "tag", "reason", "status", "error", "detail"),
        # how many, how much, how long
        *("count", "bytes", "seconds", "milliseconds", "attempts", "associations", "instances"),
        *("stored", "duplicates", "refused", "failed", "swept", "reindexed", "unreadable", "missing"),
        "removed",
        # the gateway itself
        *("host", "port", "tls_port", "version", "processes", "exit_code", "duty"),
    }
)
"""Keys that may appear in a line."""

_EVENT: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LONGEST: Final = 200
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}

Event = MutableMapping[str, Any]


def configure(process: str, level: str = "info", file: str = "") -> None:
    """Send this process' log to `file`, or to standard error, and silence everything else.

    Parameters
    ----------
    process
        What the lines say of their origin: supervisor, receiver-0, ...
    level
        debug, info, warning or error.
    file
        Appended to; made readable by the owner only. Empty for standard error.
    """
    stream = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600) if file else 2
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _without_message,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            lambda _, __, event: {**event, "process": process, "pid": os.getpid()},
            allow_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: _LineWriter(stream),
        cache_logger_on_first_use=False,
    )
    _silence_libraries()


def allow_listed(_: object, __: str, event: Event) -> Event:
    """Keep allowed keys with short, plain values; anything else never reaches a line."""
    if not _EVENT.fullmatch(str(event.get("event", ""))):
        event["event"] = "withheld"
    return {key: _plain(value) for key, value in event.items() if key in ALLOWED}


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:_LONGEST] if isinstance(value, str | Path) else f"<{type(value).__name__}>"


def _without_message(_: object, __: str, event: Event) -> Event:
    """An exception is its type and the place that raised it; its message may quote a value."""
    exc_info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if exc_info is True else exc_info
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event.setdefault("error", type(error).__name__)
        event["where"] = place(error.__traceback__)
    return event


def place(traceback: TracebackType | None) -> str:
    """Return module and line that raised: all of a traceback that quotes no value."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return ""
    return f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"


class _LineWriter:
    """One write per line: lines of several processes never mix."""

    def __init__(self, stream: int) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        try:
            os.write(self._stream, line.encode("utf-8", "backslashreplace") + b"\n")
        except OSError:  # a full disk or a closed pipe must not stop the gateway
            return

    debug = info = warning = error = critical = exception = log = fatal = warn = msg


class _Valueless(logging.Handler):
    """Says that a library complained, and where; not what it said."""

    def emit(self, record: logging.LogRecord) -> None:
        where = f"{record.module}:{record.lineno}"
        structlog.get_logger().warning("library_message", logger=record.name, where=where)


def _silence_libraries() -> None:
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    logging.raiseExceptions = False
    logging.root.handlers = [_Valueless(logging.WARNING)]
    for name in ("pynetdicom", "pydicom", "peewee"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [logging.NullHandler()], False
        library.setLevel(logging.CRITICAL + 1)
    sys.excepthook = lambda _, error, __: _crashed(error)
    threading.excepthook = lambda args: _crashed(args.exc_value)
    sys.unraisablehook = lambda args: _crashed(args.exc_value)


def _crashed(error: BaseException | None) -> None:
    if not isinstance(error, KeyboardInterrupt | SystemExit):
        structlog.get_logger().error("uncaught_exception", exc_info=error)
