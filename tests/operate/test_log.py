import json
import logging
import subprocess
import sys
import threading
import warnings

import pytest
import structlog

from gateway.operate import log

NAME = "DOE^JOHN"


@pytest.fixture
def lines(tmp_path):
    file = tmp_path / "gateway.log"

    def read():
        return [json.loads(line) for line in file.read_text().splitlines()]

    with warnings.catch_warnings():
        log.configure("receiver-0", "info", str(file))
        yield read


def test_a_line_is_json_with_time_level_event_and_process(lines):
    structlog.get_logger().info("instance_stored", project="default", bytes=12)
    (line,) = lines()
    assert line["event"] == "instance_stored"
    assert line["level"] == "info"
    assert line["process"] == "receiver-0"
    assert line["project"] == "default"
    assert line["bytes"] == 12
    assert line["time"].endswith("Z")


def test_keys_that_are_not_allowed_never_reach_a_line(lines):
    structlog.get_logger().info("instance_stored", PatientName=NAME, patient_id=NAME, data_set={"a": NAME})
    assert NAME not in json.dumps(lines())


def test_an_event_that_is_a_sentence_is_withheld(lines):
    structlog.get_logger().info(f"stored {NAME}")
    (line,) = lines()
    assert line["event"] == "withheld"
    assert NAME not in json.dumps(line)


def test_a_value_that_is_not_plain_is_replaced_by_its_type(lines):
    structlog.get_logger().info("instance_stored", project={"name": NAME}, detail=ValueError(NAME))
    (line,) = lines()
    assert line["project"] == "<dict>"
    assert line["detail"] == "<ValueError>"


def test_an_exception_is_its_type_and_place_without_its_message(lines):
    try:
        raise ValueError(NAME)
    except ValueError:
        structlog.get_logger().exception("handler_failed")
    (line,) = lines()
    assert line["error"] == "ValueError"
    assert line["where"].rpartition(":")[2].isdigit()
    assert NAME not in json.dumps(line)


def test_long_texts_are_cut(lines):
    structlog.get_logger().info("association_ended", peer="A" * 10_000)
    assert len(lines()[0]["peer"]) == 200


def test_a_library_that_complains_is_named_without_its_words(lines):
    logging.getLogger("some.library").warning("bad value %s", NAME)
    (line,) = lines()
    assert line["event"] == "library_message"
    assert line["logger"] == "some.library"
    assert NAME not in json.dumps(line)


@pytest.mark.parametrize("library", ["pydicom", "pynetdicom.dul", "pynetdicom"])
def test_dicom_libraries_say_nothing(lines, library):
    logging.getLogger(library).error("bad value %s", NAME)
    assert lines() == []


def test_warnings_say_nothing(lines, capfd):
    warnings.warn(NAME, UserWarning, stacklevel=1)
    assert lines() == []
    assert NAME not in "".join(capfd.readouterr())


def test_a_thread_that_crashes_is_logged_without_its_message(lines, capfd):
    def crash():
        raise ValueError(NAME)

    thread = threading.Thread(target=crash)
    thread.start()
    thread.join()
    (line,) = lines()
    assert line["event"] == "uncaught_exception"
    assert NAME not in json.dumps(line) + "".join(capfd.readouterr())


def test_a_process_that_crashes_prints_no_traceback():
    script = f"from gateway.operate import log; log.configure('x'); raise ValueError({NAME!r})"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert NAME not in result.stdout + result.stderr
    assert json.loads(result.stderr)["error"] == "ValueError"


def test_lines_below_the_level_are_not_written(lines):
    structlog.get_logger().debug("pdu_received")
    assert lines() == []


def test_the_file_is_for_its_owner_only(lines, tmp_path):
    assert (tmp_path / "gateway.log").stat().st_mode & 0o777 == 0o600


def test_every_key_that_the_gateway_logs_is_allowed():
    import ast
    from pathlib import Path

    import gateway

    dropped = []
    for file in Path(gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _is_log_call(node.func):
                keys = {keyword.arg for keyword in node.keywords if keyword.arg} - {"exc_info"}
                dropped += [f"{file.name}:{node.lineno} {key}" for key in keys - log.ALLOWED]
    assert dropped == []


def _is_log_call(function) -> bool:
    import ast

    if not isinstance(function, ast.Attribute):
        return False
    owner = ast.unparse(function.value)
    return owner in ("_log", "self._log") and function.attr in ("debug", "info", "warning", "error", "bind")
