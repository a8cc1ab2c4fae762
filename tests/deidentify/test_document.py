"""A dummy document opens like one of its kind and is the same for everybody."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.document import dummy_document, plan
from gateway.deidentify.parse import parse
from gateway.errors import Reason, Refused

TYPES = ("application/pdf", "text/xml", "application/xml", "model/stl", "model/obj", "model/mtl")


@pytest.mark.parametrize("mime_type", TYPES)
def test_a_dummy_is_of_even_length_and_is_the_same_each_time(mime_type):
    document = dummy_document(mime_type)
    assert document
    assert len(document) % 2 == 0
    assert dummy_document(f" {mime_type.upper()}; charset=utf-8\0") == document


@pytest.mark.parametrize("mime_type", ["", "application/octet-stream", "application/msword", "pdf", "\\"])
def test_a_type_that_nobody_knows_has_no_dummy(mime_type):
    assert dummy_document(mime_type) is None


@given(st.text())
def test_any_type_has_a_dummy_or_none(mime_type):
    document = dummy_document(mime_type)
    assert document is None or len(document) > 0


def test_each_entry_of_the_pdf_points_at_its_object():
    document = dummy_document("application/pdf")
    assert document.startswith(b"%PDF-1.")
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF", document)[1])
    assert document[start:].startswith(b"xref\n0 7\n")
    lines = document[start:].split(b"trailer")[0].split(b"\n", 2)[2]
    entries = [lines[at : at + 20] for at in range(0, len(lines), 20)]
    assert entries[0] == b"0000000000 65535 f \n"
    for number, entry in enumerate(entries[1:], 1):
        assert document[int(entry[:10]) :].startswith(b"%d 0 obj\n" % number)
    assert b"/Size 7 /Root 1 0 R" in document


def test_the_stream_of_the_pdf_is_as_long_as_it_says():
    document = dummy_document("application/pdf")
    length, stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", document).groups()
    assert int(length) == len(stream)
    assert b"removed" in stream


def test_the_clinical_document_has_the_header_that_cda_demands_and_masks_it():
    root = ET.fromstring(dummy_document("text/XML"))
    hl7 = "{urn:hl7-org:v3}"
    assert root.tag == f"{hl7}ClinicalDocument"
    assert [child.tag.removeprefix(hl7) for child in root] == [
        *("typeId", "id", "code", "title", "effectiveTime", "confidentialityCode"),
        *("recordTarget", "author", "custodian", "component"),
    ]
    leaves = [node for node in root.iter() if not len(node) and node.attrib]
    assert all(node.get("nullFlavor") == "MSK" for node in leaves if not node.tag.endswith("typeId"))


def test_the_stl_is_a_closed_solid_whose_normals_point_outside():
    document = dummy_document("model/stl")
    assert not document.startswith(b"solid")
    (count,) = struct.unpack_from("<L", document, 80)
    assert len(document) == 84 + 50 * count
    edges = []
    for index in range(count):
        numbers = struct.unpack_from("<12f", document, 84 + 50 * index)
        a, b, c = (numbers[at : at + 3] for at in (3, 6, 9))
        edges += [(a, b), (b, c), (c, a)]
        u, v = ([q - p for p, q in zip(a, other, strict=True)] for other in (b, c))
        cross = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
        size = sum(part * part for part in cross) ** 0.5
        assert numbers[:3] == pytest.approx([part / size for part in cross])
        assert sum(n * (0.1 - p) for n, p in zip(cross, a, strict=True)) < 0
    assert sorted(edges) == sorted((b, a) for a, b in edges)


def test_the_obj_names_corners_that_it_has_and_no_other_file():
    lines = dummy_document("model/obj").decode("ascii").splitlines()
    corners = [line for line in lines if line.startswith("v ")]
    faces = [[int(number) for number in line.split()[1:]] for line in lines if line.startswith("f ")]
    assert faces
    assert {number for face in faces for number in face} == set(range(1, len(corners) + 1))
    assert all(line.startswith(("v ", "f ", "#")) for line in lines if line)


def test_the_mtl_has_a_material_and_names_no_other_file():
    text = dummy_document("model/mtl").decode("ascii")
    assert "newmtl removed\n" in text
    assert "map_" not in text


DOCUMENT, MIME_TYPE, LENGTH, TYPES_OF_PARTS = 0x00420011, 0x00420012, 0x00420015, 0x00420014
BURNED_IN, VERIFICATION = 0x00280301, 0x0040A493


def treated(datasets, mime_type, *, big=False, **extra):
    """Return the plan by tag."""
    values = {
        BURNED_IN: ("CS", "YES"),
        VERIFICATION: ("CS", "VERIFIED"),
        0x00420010: ("ST", "Report"),
        DOCUMENT: ("OB", b"Wolkenstein"),
        MIME_TYPE: ("LO", mime_type),
        TYPES_OF_PARTS: ("LO", "image/jpeg"),
        LENGTH: ("UL", struct.pack(">L" if big else "<L", 11)),
    }
    values = {tag: value for tag, value in values.items() if f"without_{tag:08X}" not in extra}
    source = memoryview(datasets.encoded(values, big=big))
    root = parse(source, Encoding(implicit=False, little_endian=not big))
    found = plan(root, source)
    return {element.tag: found[element.start] for element in root.elements if element.start in found}


@pytest.mark.parametrize("big", [False, True])
def test_what_the_module_says_agrees_with_the_dummy(datasets, big):
    found = treated(datasets, "application/pdf", big=big)
    document = dummy_document("application/pdf")
    assert found == {
        BURNED_IN: b"NO",
        VERIFICATION: b"UNVERIFIED",
        DOCUMENT: document,
        MIME_TYPE: b"application/pdf",
        TYPES_OF_PARTS: Action.REMOVE,
        LENGTH: struct.pack(">L" if big else "<L", len(document)),
    }


@pytest.mark.parametrize(
    ("written", "standard"),
    [("text/xml; name=Wolkenstein.xml", b"text/XML"), ("APPLICATION/SLA", b"model/stl")],
)
def test_a_type_is_written_as_the_standard_writes_it(datasets, written, standard):
    assert treated(datasets, written)[MIME_TYPE] == standard


def test_a_document_of_an_unknown_type_is_refused(datasets):
    with pytest.raises(Refused) as refused:
        treated(datasets, "application/msword")
    assert refused.value.reason is Reason.PROFILE
    assert "msword" not in str(refused.value)


def test_a_document_of_no_type_is_refused(datasets):
    with pytest.raises(Refused):
        treated(datasets, "", without_00420012=True)


def test_without_a_document_nothing_is_changed(datasets):
    assert treated(datasets, "application/pdf", without_00420011=True) == {}
