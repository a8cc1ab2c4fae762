"""What a lenient reader skips nobody examines: the parser reads every byte or refuses."""

from __future__ import annotations

import resource
import struct
import time
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify import parse as parser
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.parse import parse
from gateway.errors import Reason, Refused

EXPLICIT_LITTLE = Encoding(implicit=False, little_endian=True)
MANUFACTURER, MODEL, BODY_PART = 0x00080070, 0x00081090, 0x00180015
KEPT = 0x0040A043
REAL_WORLD_VALUE_MAPPING = 0x00409096
CODE_MEANING = 0x00080104
SEQUENCE_END = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
ITEM_START = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
STRUCTURAL = {Reason.STRUCTURE, Reason.PIXEL_DATA_MISSING, Reason.LIMIT, Reason.BITSTREAM}
FORMS = ["explicit", "implicit", "big endian", "deflated", "encapsulated"]


@pytest.fixture(scope="module")
def complete(datasets):
    """Build one instance in each form: nested items of both kinds of length, and pixels at the end."""

    def build(form):
        implicit, big = form == "implicit", form == "big endian"

        def nested(tag, undefined):
            code = datasets.element(CODE_MEANING, "LO", "Chest", implicit=implicit, big=big)
            inner = datasets.sequence(KEPT, code, undefined=undefined, implicit=implicit, big=big)
            return datasets.sequence(tag, inner, code, undefined=undefined, implicit=implicit, big=big)

        extra = {KEPT: nested(KEPT, False), REAL_WORLD_VALUE_MAPPING: nested(REAL_WORLD_VALUE_MAPPING, True)}
        if form == "encapsulated":
            extra[0x7FE00010] = datasets.fragments(b"\xff\xd8\xff\xd9")
        syntax = {"implicit": datasets.IMPLICIT, "big endian": datasets.BIG_ENDIAN}.get(
            form, datasets.EXPLICIT
        )
        data_set = datasets.image(extra, implicit=implicit, big=big)
        if form == "encapsulated":
            syntax = datasets.JPEG_BASELINE
        if form == "deflated":
            deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            data_set, syntax = deflater.compress(data_set) + deflater.flush(), datasets.DEFLATED
        return data_set, syntax

    return build


@pytest.fixture(scope="module")
def truncated(datasets, complete):
    """Return what became of an instance cut off at each byte position."""

    def run(form):
        data_set, syntax = complete(form)
        assert not isinstance(datasets.outcome(data_set, transfer_syntax_uid=syntax), Refused)
        return {
            length: datasets.outcome(data_set[:length], transfer_syntax_uid=syntax)
            for length in range(len(data_set))
        }

    return run


@pytest.mark.parametrize("form", FORMS)
def test_an_instance_cut_off_anywhere_is_refused_as_malformed_or_is_cut_between_two_elements(
    form, datasets, complete, truncated
):
    results = truncated(form)
    refused = {length: result for length, result in results.items() if isinstance(result, Refused)}
    assert {result.reason for result in refused.values()} <= STRUCTURAL
    accepted = sorted(results.keys() - refused.keys())
    assert len(accepted) <= 12
    for length in accepted:
        parse(complete(form)[0][:length], Encoding(form == "implicit", form != "big endian"))


def test_a_deflated_instance_cut_off_anywhere_is_refused(truncated):
    assert [
        length for length, result in truncated("deflated").items() if not isinstance(result, Refused)
    ] == []


@pytest.mark.filterwarnings("ignore:Found unknown escape sequence")
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_mutated_instance_is_refused_or_still_well_formed_never_another_exception(
    form, datasets, complete, data
):
    data_set, syntax = complete(form)
    mutated = bytearray(data_set)
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(mutated) - 1))
        match data.draw(st.sampled_from(["set", "delete", "insert", "copy"])):
            case "set":
                mutated[position] = data.draw(st.integers(0, 255))
            case "delete":
                del mutated[position : position + data.draw(st.integers(1, 9))]
            case "insert":
                mutated[position:position] = data.draw(st.binary(max_size=12))
            case "copy":
                end = data.draw(st.integers(position, min(position + 200, len(mutated))))
                mutated[position:position] = mutated[position:end]
        if not mutated:
            return
    result = datasets.outcome(bytes(mutated), transfer_syntax_uid=syntax)
    assert isinstance(result, Refused) or result.result.pseudonym


@settings(max_examples=300, deadline=None)
@given(source=st.binary(max_size=300), implicit=st.booleans(), little=st.booleans())
def test_arbitrary_bytes_raise_nothing_but_refused(source, implicit, little):
    with suppress(Refused):
        root = parse(source, Encoding(implicit, little))
        assert sum(element.end - element.start for element in root.elements) == len(source)


@pytest.mark.parametrize("digits", [20, 5000, 65534])
@pytest.mark.parametrize(
    ("tag", "vr"), [(0x00280008, "IS"), (0x00200013, "IS"), (0x00101010, "AS"), (0x00080020, "DA")]
)
def test_a_number_of_any_length_raises_nothing_but_refused(datasets, tag, vr, digits):
    datasets.outcome(datasets.image({tag: (vr, "9" * digits)}))


@pytest.mark.parametrize("undefined", [False, True])
def test_nesting_up_to_the_limit_is_read_and_one_deeper_is_refused(datasets, undefined):
    def nested(depth):
        content = b""
        for _ in range(depth):
            content = datasets.sequence(KEPT, content, undefined=undefined)
        return content

    assert datasets.deidentify(datasets.image({KEPT: nested(parser.MAX_DEPTH)}))
    for depth in (parser.MAX_DEPTH + 1, 2000):
        refused = datasets.outcome(datasets.image({KEPT: nested(depth)}))
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.LIMIT


def test_a_million_levels_are_refused_at_once_in_bounded_memory(datasets):
    level = datasets.header(KEPT, "SQ", 0xFFFFFFFF) + ITEM_START
    data_set = datasets.image({KEPT: level * 1_000_000}, without=(0x7FE00010,))
    tracemalloc.start()
    started = time.perf_counter()
    refused = datasets.outcome(data_set)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.LIMIT
    assert peak < 4 << 20
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("empty_items", [False, True], ids=["elements", "items"])
def test_more_elements_than_the_limit_are_refused(datasets, monkeypatch, empty_items):
    monkeypatch.setattr(parser, "MAX_ELEMENTS", 1000)
    one = datasets.element(CODE_MEANING, "LO", "Chest")
    items = [b""] * 2000 if empty_items else [one] * 1000
    refused = datasets.outcome(datasets.image({KEPT: datasets.sequence(KEPT, *items)}))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.LIMIT


def test_more_fragments_than_the_limit_are_refused(datasets, monkeypatch):
    monkeypatch.setattr(parser, "MAX_ELEMENTS", 1000)
    data_set = datasets.image({0x7FE00010: datasets.fragments(*[b""] * 1001)})
    refused = datasets.outcome(data_set, transfer_syntax_uid=datasets.JPEG_BASELINE)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.LIMIT


def test_a_deflate_bomb_is_refused_within_bounded_memory(datasets):
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = bytes(1 << 20)
    bomb = b"".join(deflater.compress(block) for _ in range(512)) + deflater.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = datasets.outcome(bomb, transfer_syntax_uid=datasets.DEFLATED)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.LIMIT
    assert grown < 200 << 10  # KiB


@pytest.mark.parametrize("tail", [b"", b"\0", b"\0" * 8])
def test_the_padding_and_trailer_behind_a_deflate_stream_are_dropped(datasets, complete, tail):
    data_set, syntax = complete("deflated")
    assert (
        datasets.deidentify(data_set + tail, transfer_syntax_uid=syntax).data_set.PatientIdentityRemoved
        == "YES"
    )


@pytest.mark.parametrize("tail", [b"Wolkenstein^Oswald", b"\0" * 9])
def test_more_bytes_behind_a_deflate_stream_are_refused(datasets, complete, tail):
    data_set, syntax = complete("deflated")
    refused = datasets.outcome(data_set + tail, transfer_syntax_uid=syntax)
    assert refused.reason is Reason.STRUCTURE


def test_the_walk_bomb_of_pydicom_is_harmless(datasets):
    # A number of three bytes below twelve sequences: Dataset.walk makes an exception of 346 MB of it.
    bomb = datasets.unpadded(0x00280010, "US", b"abc")
    for _ in range(12):
        bomb = datasets.sequence(KEPT, bomb)
    assert len(bomb) < 300
    tracemalloc.start()
    output = datasets.deidentify(datasets.image({KEPT: bomb}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20
    assert not output.has(b"abc")


@pytest.mark.parametrize("vr", ["CS", "LO"])
@pytest.mark.parametrize("implicit", [False, True], ids=["explicit", "implicit"])
def test_a_kept_value_of_odd_length_is_padded(datasets, vr, implicit):
    odd = datasets.unpadded(BODY_PART, vr, b"CHEST", implicit=implicit)
    output = datasets.deidentify(
        datasets.image({BODY_PART: odd}, implicit=implicit),
        transfer_syntax_uid=datasets.IMPLICIT if implicit else datasets.EXPLICIT,
    )
    assert output.data_set.BodyPartExamined == "CHEST"
    assert output.has(b"CHEST ")


def test_a_kept_value_of_odd_length_and_unknown_vr_does_not_shift_what_follows(datasets):
    odd = struct.pack("<HH2sHL", 0x0018, 0x0015, b"ZZ", 0, 5) + b"CHEST"
    output = datasets.deidentify(datasets.image({BODY_PART: odd}))
    root = parse(output.encoded, EXPLICIT_LITTLE)
    assert root.find(0x00280010) is not None


def test_an_odd_length_in_the_middle_of_an_item_is_padded_and_the_item_stays_whole(datasets):
    content = datasets.unpadded(0x00080100, "SH", b"T-D3000") + datasets.element(CODE_MEANING, "LO", "Chest")
    item = (
        datasets.deidentify(datasets.image({KEPT: datasets.sequence(KEPT, content)})).data_set[KEPT].value[0]
    )
    assert (item.CodeValue, item.CodeMeaning) == ("T-D3000", "Chest")


@pytest.mark.parametrize("undefined", [False, True], ids=["defined length", "undefined length"])
@pytest.mark.parametrize("big", [False, True], ids=["little endian", "big endian"])
def test_a_sequence_in_vr_un_is_read_as_implicit_little_endian_and_cleaned(datasets, undefined, big):
    content = datasets.encoded(
        {CODE_MEANING: ("LO", "Chest"), 0x00081070: ("PN", "Murnau^Hedwig")}, implicit=True
    )
    wrapped = datasets.sequence(KEPT, content, vr="UN", undefined=undefined, big=big)
    output = datasets.deidentify(
        datasets.image({KEPT: wrapped}, big=big),
        transfer_syntax_uid=datasets.BIG_ENDIAN if big else datasets.EXPLICIT,
    )
    assert not output.has(b"Murnau")
    assert output.has(b"Chest")
    # pydicom does not read UN inside big endian; the attributes behind it must be where they were.
    assert parse(output.encoded, Encoding(implicit=False, little_endian=not big)).find(0x7FE00010)


@pytest.mark.parametrize("undefined", [False, True], ids=["defined length", "undefined length"])
@pytest.mark.parametrize("form", ["explicit", "implicit", "big endian"])
def test_items_are_cleaned_whatever_their_lengths_and_encoding(datasets, undefined, form):
    implicit, big = form == "implicit", form == "big endian"
    content = datasets.encoded(
        {CODE_MEANING: ("LO", "Chest"), 0x00081070: ("PN", "Murnau^Hedwig")}, implicit=implicit, big=big
    )
    data_set = datasets.image(
        {KEPT: datasets.sequence(KEPT, content, content, undefined=undefined, implicit=implicit, big=big)},
        implicit=implicit,
        big=big,
    )
    syntax = {"implicit": datasets.IMPLICIT, "big endian": datasets.BIG_ENDIAN}.get(form, datasets.EXPLICIT)
    output = datasets.deidentify(data_set, transfer_syntax_uid=syntax)
    assert [item.CodeMeaning for item in output.data_set[KEPT]] == ["Chest", "Chest"]
    assert not output.has(b"Murnau")
    assert output.data_set.PixelData == b"\1\2\3\4"


@pytest.mark.parametrize("nested", [False, True], ids=["top level", "item"])
def test_an_attribute_that_comes_twice_is_refused(datasets, nested):
    twice = datasets.element(MANUFACTURER, "LO", "First") + datasets.element(MANUFACTURER, "LO", "Second")
    extra = {KEPT: datasets.sequence(KEPT, twice)} if nested else {MANUFACTURER: twice}
    refused = datasets.outcome(datasets.image(extra))
    assert refused.reason is Reason.STRUCTURE
    assert refused.tag == MANUFACTURER


def test_a_second_patient_name_far_from_the_first_is_refused(datasets):
    data_set = datasets.image() + datasets.element(0x00100010, "PN", "Second^Patient")
    assert datasets.outcome(data_set).reason is Reason.STRUCTURE


def test_elements_out_of_order_are_sorted_at_every_depth(datasets):
    code = {0x00080100: ("SH", "T-D3000"), 0x00080102: ("SH", "SRT"), CODE_MEANING: ("LO", "Chest")}
    backwards = b"".join(datasets.element(tag, *value) for tag, value in reversed(code.items()))
    whole = {**datasets.identity(), **datasets.pixels(), KEPT: datasets.sequence(KEPT, backwards)}
    data_set = b"".join(
        value if isinstance(value, bytes) else datasets.element(tag, *value)
        for tag, value in sorted(whole.items(), reverse=True)
    )
    ordered = datasets.image({KEPT: datasets.sequence(KEPT, datasets.encoded(code))})
    output, expected = datasets.deidentify(data_set), datasets.deidentify(ordered)
    assert output.data_set.to_json_dict() == expected.data_set.to_json_dict()
    tags = [element.tag for element in parse(output.encoded, EXPLICIT_LITTLE).elements]
    assert tags == sorted(tags)


@pytest.mark.parametrize(
    "tail", [b"\0", b"\0" * 4, b"Wolkenstein^Oswald", b"\xfe\xff\x0d\xe0", b"\x10\x00\x10\x00PN"]
)
def test_bytes_behind_the_last_element_are_refused(datasets, tail):
    assert datasets.outcome(datasets.image() + tail).reason is Reason.STRUCTURE


def test_a_sequence_of_undefined_length_that_is_not_closed_is_refused(datasets):
    opened = datasets.header(KEPT, "SQ", 0xFFFFFFFF) + datasets.item(b"")
    assert datasets.outcome(datasets.image({KEPT: opened})).reason is Reason.STRUCTURE


def test_an_item_longer_than_its_sequence_is_refused(datasets):
    content = datasets.item(datasets.element(CODE_MEANING, "LO", "Chest"))
    too_short = datasets.header(KEPT, "SQ", len(content) - 2) + content
    assert datasets.outcome(datasets.image({KEPT: too_short})).reason is Reason.STRUCTURE


@pytest.mark.parametrize("vr", ["LO", "UT", "OF", "US"])
def test_undefined_length_where_none_is_allowed_is_refused(datasets, vr):
    undefined = struct.pack("<HH2sHL", 0x0018, 0x0015, vr.encode(), 0, 0xFFFFFFFF) + SEQUENCE_END
    assert isinstance(datasets.outcome(datasets.image({BODY_PART: undefined})), Refused)


@pytest.mark.parametrize("junk", [b"Wolkenstein^Oswald", b"\0" * 20])
def test_a_sequence_that_holds_something_else_than_items_is_refused_or_removed(datasets, junk):
    explicit = datasets.outcome(datasets.image({KEPT: datasets.unpadded(KEPT, "SQ", junk)}))
    assert explicit.reason is Reason.STRUCTURE
    implicit = datasets.image({KEPT: datasets.unpadded(KEPT, "SQ", junk, implicit=True)}, implicit=True)
    output = datasets.deidentify(implicit, transfer_syntax_uid=datasets.IMPLICIT)
    assert KEPT not in output.data_set
    assert not output.has(b"Wolken")


@pytest.mark.parametrize("tag", [0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD])
def test_a_stray_item_tag_with_a_name_in_it_goes(datasets, tag):
    stray = struct.pack("<HHL", tag >> 16, tag & 0xFFFF, 18) + b"Wolkenstein^Oswald"
    result = datasets.outcome(datasets.image() + stray)
    assert isinstance(result, Refused) or not result.has(b"Wolken")


def test_an_unknown_transfer_syntax_is_refused(datasets):
    refused = datasets.outcome(datasets.image(), transfer_syntax_uid="1.2.840.10008.1.2.4.94")
    assert refused.reason is Reason.STRUCTURE


def test_implicit_bytes_in_an_explicit_context_are_refused(datasets):
    assert isinstance(datasets.outcome(datasets.image(implicit=True)), Refused)
