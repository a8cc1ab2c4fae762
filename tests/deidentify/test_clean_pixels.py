"""What an examination of pixels finds decides what the output holds, and what it says of itself."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import generate_frames, parse_basic_offsets

from gateway.deidentify.deflate import deflated
from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.message import Depth, Ground, Region, Verdict
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import OutOfResources, Reason, Refused

CLEANED = ("clean_pixel_data",)
BURNED_IN = 0x00280301
JPEG_LS = "1.2.840.10008.1.2.4.80"
EXTREMES = {
    **dict.fromkeys((2621702, 2621703, 2621704, 2621705), ("US", b"\x01\x00")),
    **dict.fromkeys((2621712, 2621713), ("US", b"\x01\x00")),
}
NAMES_OF_EXTREMES = (
    *("SmallestImagePixelValue", "LargestImagePixelValue"),
    *("SmallestPixelValueInSeries", "LargestPixelValueInSeries"),
)


@pytest.fixture(scope="module")
def cleaned(datasets):
    """De-identify with the option and a given examination."""

    def run(data_set, pixels, *options, override="", **settings):
        using = datasets.profile((*CLEANED, *options), override)
        return datasets.deidentify(data_set, using=using, pixels=pixels, **settings)

    return run


@pytest.fixture(scope="module")
def refusal(cleaned):
    def run(*args, **settings):
        with pytest.raises(Refused) as raised:
            cleaned(*args, **settings)
        return raised.value.reason

    return run


def codes(output):
    return {item.CodeValue for item in output.data_set.get("DeidentificationMethodCodeSequence", ())}


def methods(output):
    value = output.data_set.DeidentificationMethod
    return [value] if isinstance(value, str) else list(value)


def coded(datasets, bitstreams, kind, count, extra=None):
    frames = [bitstreams.frame(kind, number) for number in range(count)]
    values = {
        **datasets.identity(),
        **bitstreams.module(count),
        0x7FE00010: datasets.fragments(*frames),
        **(extra or {}),
    }
    return datasets.encoded(values)


# --- what is claimed


def test_a_picture_without_text_keeps_its_bytes_and_says_that_it_is_clean(datasets, cleaned, examinations):
    output = cleaned(datasets.image(), examinations.Answering())
    assert output.data_set.BurnedInAnnotation == "NO"
    assert "113101" in codes(output)
    assert output.data_set.PixelData == datasets.pixels()[0x7FE00010][1]
    assert output.result.transfer_syntax_uid == datasets.EXPLICIT
    assert not any("changed" in value for value in methods(output))


@pytest.mark.parametrize("verdict", [Verdict.NO_TEXT, Verdict.TEXT])
@pytest.mark.parametrize("said", ["YES", "NO", "", "MAYBE"])
def test_what_the_sender_said_of_burned_in_text_is_replaced_by_what_was_found(
    datasets, cleaned, examinations, verdict, said
):
    image = datasets.image({BURNED_IN: ("CS", said)})
    assert cleaned(image, examinations.Answering(verdict)).data_set.BurnedInAnnotation == "NO"


def test_a_burned_in_annotation_that_is_a_sequence_is_replaced_too(datasets, cleaned, examinations):
    image = datasets.image({BURNED_IN: datasets.sequence(BURNED_IN, b"")})
    assert cleaned(image, examinations.Answering()).data_set.BurnedInAnnotation == "NO"


def test_no_override_goes_before_what_is_said_of_the_pixels(datasets, cleaned, examinations):
    image = datasets.image({BURNED_IN: ("CS", "YES"), **EXTREMES})
    override = '"BurnedInAnnotation" = "K"\n"SmallestImagePixelValue" = "K"'
    output = cleaned(image, examinations.Blacking(), override=override)
    assert output.data_set.BurnedInAnnotation == "NO"
    assert "SmallestImagePixelValue" not in output.data_set


@pytest.mark.parametrize("said", ["YES", "NO", None])
def test_pixels_that_were_only_masked_claim_nothing(datasets, cleaned, examinations, said):
    image = datasets.image({BURNED_IN: ("CS", said)} if said else {})
    masking = examinations.Answering(Verdict.NOT_EXAMINED, (bytes(4),))
    output = cleaned(image, masking)
    assert output.data_set.get("BurnedInAnnotation") == (None if said == "NO" else said)
    assert "113101" not in codes(output)
    assert output.data_set.PixelData == bytes(4)
    assert any("Pixel Data was changed" in value for value in methods(output))


def test_an_instance_without_pixels_is_not_asked_about_and_claims_nothing(datasets, cleaned, examinations):
    examination = examinations.Answering()
    report = datasets.document(sop_class_uid=datasets.COMPREHENSIVE_SR)
    output = cleaned(report, examination, sop_class_uid=datasets.COMPREHENSIVE_SR)
    assert examination.requests == []
    assert "113101" not in codes(output)
    assert "BurnedInAnnotation" not in output.data_set


def test_an_instance_without_pixels_needs_no_examination(datasets, cleaned):
    report = datasets.document(sop_class_uid=datasets.COMPREHENSIVE_SR)
    assert cleaned(report, None, sop_class_uid=datasets.COMPREHENSIVE_SR).result.pixels is None


@given(
    verdict=st.sampled_from(Verdict),
    changed=st.booleans(),
    said=st.sampled_from(["YES", "NO", None]),
    retains=st.booleans(),
)
def test_clean_is_claimed_when_and_only_when_the_pixels_were_examined(
    datasets, examinations, verdict, changed, said, retains
):
    image = datasets.image({BURNED_IN: ("CS", said)} if said else {})
    examination = examinations.Answering(verdict, (bytes(4),) if changed else None)
    using = datasets.profile(("clean_pixel_data", *(["retain_uids"] if retains else [])))
    output = datasets.outcome(image, using=using, pixels=examination)
    if verdict is Verdict.IDENTIFYING_TEXT and not changed:
        assert output.reason is Reason.PIXELS_NOT_CLEAN
        return
    is_examined = verdict is not Verdict.NOT_EXAMINED
    assert ("113101" in codes(output)) == is_examined
    believed = None if said == "NO" else said
    assert output.data_set.get("BurnedInAnnotation") == ("NO" if is_examined else believed)
    assert ("113110" in codes(output)) == (retains and not changed)
    is_same = output.result.sop_instance_uid == datasets.SOP_INSTANCE_UID
    assert is_same == (retains and not changed)


# --- what is refused


@pytest.mark.parametrize("said", ["NO", "YES", None])
def test_a_picture_that_nothing_can_examine_is_refused(datasets, refusal, said):
    image = datasets.image({BURNED_IN: ("CS", said)} if said else {})
    assert refusal(image, None) is Reason.PIXELS_NOT_CLEAN


def test_letting_unexamined_pixels_pass_is_for_profiles_that_do_not_ask_for_an_examination(datasets, refusal):
    assert refusal(datasets.image(), None, unexamined_pixels="pass") is Reason.PIXELS_NOT_CLEAN


def test_without_a_worker_the_sender_is_asked_to_try_again(datasets, cleaned):
    class Busy:
        def examine(self, request, frames):
            raise OutOfResources("no worker")

    with pytest.raises(OutOfResources):
        cleaned(datasets.image(), Busy())


@pytest.mark.parametrize("suffix", ["4.100", "4.107", "4.110"])
def test_video_and_codecs_that_nothing_decodes_are_refused(
    datasets, bitstreams, refusal, examinations, suffix
):
    image = coded(datasets, bitstreams, "JPEG", 1)
    syntax = f"1.2.840.10008.1.2.{suffix}"
    assert refusal(image, examinations.Answering(), transfer_syntax_uid=syntax) is Reason.PIXELS_UNDECODABLE


@pytest.mark.parametrize(
    "module",
    [
        {0x00280101: ("US", b"\x09\0")},
        {0x00280101: ("US", b"\0\0")},
        {0x00280102: ("US", b"\x09\0")},
        {0x00280101: ("US", b"\x08\0"), 0x00280102: ("US", b"\x03\0")},
        {0x00280004: ("CS", "RGB")},
        {0x00280004: ("CS", "")},
        {0x00280004: ("CS", "PALETTE COLOR")},
        {0x00280006: ("US", b"\x02\0")},
        {0x00280002: ("US", b"\x04\0"), 0x00280004: ("CS", "CMYK"), 0x7FE00010: ("OB", bytes(16))},
    ],
)
def test_a_header_that_contradicts_itself_is_refused_before_anything_looks(
    datasets, refusal, examinations, module
):
    examination = examinations.Answering()
    assert refusal(datasets.image(module), examination) is Reason.PIXELS_UNDECODABLE
    assert examination.requests == []


LIES = {
    "changed without frames": (Verdict.TEXT, None, {"is_changed": True}),
    "frames without change": (Verdict.TEXT, (bytes(4),), {"is_changed": False}),
    "somebody found, nothing changed": (Verdict.IDENTIFYING_TEXT, None, {}),
    "another image, nothing changed": (Verdict.NO_TEXT, None, {"image": {"photometric": "MONOCHROME1"}}),
    "another syntax, nothing changed": (Verdict.NO_TEXT, None, {"transfer_syntax_uid": JPEG_LS}),
    "an unknown syntax": (Verdict.TEXT, (bytes(4),), {"transfer_syntax_uid": "1.2.3"}),
    "with loss": (Verdict.TEXT, (bytes(4),), {"is_lossless": False}),
    "another number of frames": (Verdict.TEXT, (bytes(4), bytes(4)), {}),
    "a frame too small": (Verdict.TEXT, (bytes(3),), {}),
    "a frame too large": (Verdict.TEXT, (bytes(6),), {}),
    "an empty frame": (Verdict.TEXT, (b"",), {}),
    "more rows": (Verdict.TEXT, (bytes(8),), {"image": {"rows": 4}}),
    "more frames": (Verdict.TEXT, (bytes(8),), {"image": {"frames": 2}}),
    "colour": (Verdict.TEXT, (bytes(12),), {"image": {"samples": 3, "photometric": "RGB"}}),
    "fewer bits": (Verdict.TEXT, (bytes(4),), {"image": {"stored": 7, "high_bit": 6}}),
    "other bits": (Verdict.TEXT, (bytes(8),), {"image": {"allocated": 16}}),
    "a sign": (Verdict.TEXT, (bytes(4),), {"image": {"signed": True}}),
    "coded, though it came uncoded": (Verdict.TEXT, (b"\xff\xd8\xff\xd9",), {"transfer_syntax_uid": JPEG_LS}),
    "written in another way": (
        Verdict.TEXT,
        (bytes(4),),
        {"transfer_syntax_uid": "1.2.840.10008.1.2"},
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_examination_that_contradicts_itself_is_refused(datasets, refusal, examinations, lie):
    verdict, frames, further = LIES[lie]
    examination = examinations.Answering(verdict, frames, dict(further))
    reason = refusal(datasets.image(), examination)
    assert reason in (Reason.PIXELS_NOT_CLEAN, Reason.PIXELS_UNDECODABLE)


@pytest.mark.parametrize("box", [(0, 0, 3, 2), (-1, 0, 1, 1), (0, 0, 0, 2), (1, 1, 0, 0)])
def test_an_area_outside_of_the_image_is_refused(datasets, refusal, examinations, box):
    region = Region(Box(*box), 0, 0, Ground.MATCH)
    examination = examinations.Answering(Verdict.TEXT, (bytes(4),), {"regions": (region,)})
    assert refusal(datasets.image(), examination) is Reason.PIXELS_NOT_CLEAN


@pytest.mark.parametrize(("first", "last"), [(0, 1), (-1, 0), (1, 0)])
def test_an_area_in_a_frame_that_is_not_there_is_refused(datasets, refusal, examinations, first, last):
    region = Region(examinations.BOX, first, last, Ground.MATCH)
    examination = examinations.Answering(Verdict.TEXT, (bytes(4),), {"regions": (region,)})
    assert refusal(datasets.image(), examination) is Reason.PIXELS_NOT_CLEAN


# --- what changes in the output


@pytest.mark.parametrize("syntax", ["EXPLICIT", "IMPLICIT", "BIG_ENDIAN", "DEFLATED"])
def test_native_pixels_are_replaced_in_the_syntax_that_they_came_in(datasets, cleaned, examinations, syntax):
    big, implicit = syntax == "BIG_ENDIAN", syntax == "IMPLICIT"
    image = datasets.image(EXTREMES if not big else {}, implicit=implicit, big=big)
    if syntax == "DEFLATED":
        image = b"".join(deflated([image]))
    uid = getattr(datasets, syntax)
    output = cleaned(image, examinations.Blacking(), transfer_syntax_uid=uid)
    assert output.data_set.PixelData == b"\0\0\3\4"
    assert output.result.transfer_syntax_uid == output.data_set.file_meta.TransferSyntaxUID == uid
    assert output.data_set.BurnedInAnnotation == "NO"
    assert not [name for name in NAMES_OF_EXTREMES if name in output.data_set]
    assert "Pixel Data was changed to remove burned-in information" in methods(output)


def test_a_changed_instance_has_a_new_uid_also_where_uids_are_retained(datasets, cleaned, examinations):
    image = datasets.image()
    same = cleaned(image, examinations.Answering(), "retain_uids")
    changed = cleaned(image, examinations.Blacking(), "retain_uids")
    assert same.data_set.SOPInstanceUID == datasets.SOP_INSTANCE_UID
    assert changed.data_set.SOPInstanceUID == changed.result.sop_instance_uid != datasets.SOP_INSTANCE_UID
    assert changed.data_set.file_meta.MediaStorageSOPInstanceUID == changed.result.sop_instance_uid
    assert changed.data_set.SeriesInstanceUID == datasets.SERIES_INSTANCE_UID
    assert changed.result.uids == {datasets.SOP_INSTANCE_UID: changed.result.sop_instance_uid}
    assert "113110" in codes(same)
    assert "113110" not in codes(changed)
    assert "SOP Instance UID was not retained: Pixel Data was changed" in methods(changed)
    assert all(len(value) <= 64 for value in methods(changed))


def test_the_new_uid_is_the_one_that_the_instance_has_without_retained_uids(datasets, cleaned, examinations):
    retained = cleaned(datasets.image(), examinations.Blacking(), "retain_uids")
    replaced = cleaned(datasets.image(), examinations.Blacking())
    assert retained.result.sop_instance_uid == replaced.result.sop_instance_uid


def test_frames_coded_anew_have_an_offset_table_and_no_words(datasets, bitstreams, cleaned, examinations):
    image = coded(
        datasets,
        bitstreams,
        "JPEG",
        2,
        {0x7FE00001: ("OV", bytes(16)), 0x7FE00002: ("OV", bytes(16))},
    )
    frames = [
        bitstreams.jpeg_with(bitstreams.frame("JPEG-LS", number), bitstreams.segment(0xFE, bitstreams.NAME))
        for number in (5, 6)
    ]
    examination = examinations.Answering(Verdict.TEXT, frames, {"transfer_syntax_uid": JPEG_LS})
    output = cleaned(image, examination, transfer_syntax_uid=bitstreams.SYNTAX["JPEG"])
    written = output.data_set
    assert written.file_meta.TransferSyntaxUID == output.result.transfer_syntax_uid == JPEG_LS
    found = list(generate_frames(written.PixelData, number_of_frames=2))
    plain = [bitstreams.frame("JPEG-LS", number) for number in (5, 6)]
    assert [frame[: len(one)] for frame, one in zip(found, plain, strict=True)] == plain
    assert parse_basic_offsets(written.PixelData)[0] == 0
    assert len(parse_basic_offsets(written.PixelData)) == 2
    assert not output.has(bitstreams.NAME)
    assert "ExtendedOffsetTable" not in written
    assert "ExtendedOffsetTableLengths" not in written
    assert written["PixelData"].VR == "OB"
    # The new syntax does not say any more that there was a loss.
    assert written.LossyImageCompression == "01"


def test_coded_frames_are_examined_as_they_leave(datasets, bitstreams, cleaned, examinations):
    frame = bitstreams.frame("JPEG")
    commented = bitstreams.jpeg_with(frame, bitstreams.segment(0xFE, bitstreams.NAME))
    values = {**datasets.identity(), **bitstreams.module(1), 0x7FE00010: datasets.fragments(commented)}
    examination = examinations.Answering()
    cleaned(datasets.encoded(values), examination, transfer_syntax_uid=bitstreams.SYNTAX["JPEG"])
    assert not any(bitstreams.NAME in asked for asked in examination.asked[0])


def test_coded_frames_may_come_back_uncoded(datasets, bitstreams, cleaned, examinations):
    image = coded(datasets, bitstreams, "JPEG", 1)
    pixels = bytes(bitstreams.ROWS * bitstreams.COLUMNS)
    examination = examinations.Answering(Verdict.TEXT, (pixels,), {"transfer_syntax_uid": datasets.EXPLICIT})
    output = cleaned(image, examination, transfer_syntax_uid=bitstreams.SYNTAX["JPEG"])
    assert output.data_set.PixelData == pixels
    assert output.data_set.file_meta.TransferSyntaxUID == datasets.EXPLICIT


def test_the_image_pixel_module_says_what_the_new_pixels_are(datasets, cleaned, examinations):
    colour = {
        0x00280002: ("US", datasets.number(3)),
        0x00280004: ("CS", "YBR_FULL"),
        0x00280006: ("US", datasets.number(1)),
        0x7FE00010: ("OB", bytes(12)),
    }
    examination = examinations.Answering(
        Verdict.TEXT, (bytes(12),), {"image": {"photometric": "RGB", "planar": 0}}
    )
    output = cleaned(datasets.image(colour), examination)
    assert output.data_set.PhotometricInterpretation == "RGB"
    assert output.data_set.PlanarConfiguration == 0
    assert output.data_set["PixelData"].VR == "OB"


def test_pixels_with_an_odd_length_are_padded(datasets, cleaned, examinations):
    image = datasets.image({0x00280010: ("US", datasets.number(1)), 0x00280011: ("US", datasets.number(1))})
    output = cleaned(image, examinations.Answering(Verdict.TEXT, (b"\0",), {"regions": ()}))
    assert output.data_set.PixelData == b"\0\0"


def test_the_report_says_that_pixels_changed_and_why(datasets, cleaned, examinations):
    touched = cleaned(datasets.image(), examinations.Blacking()).result.touched
    entry = next(one for one in touched if one.tag == 0x7FE00010)
    assert (entry.path, entry.action.value, entry.why) == ((), "C", "clean_pixel_data")


def test_the_output_is_the_same_every_time(datasets, cleaned, examinations):
    first, second = (cleaned(datasets.image(EXTREMES), examinations.Blacking()).file for _ in range(2))
    assert first == second


def test_pixels_that_an_override_removes_are_not_examined(datasets, cleaned, examinations):
    examination = examinations.Answering()
    output = cleaned(datasets.image(), examination, override='"PixelData" = "X"')
    assert examination.requests == []
    assert "113101" not in codes(output)


# --- what is asked


@pytest.mark.parametrize("said", ["NO", "YES", None])
def test_no_claim_of_the_header_spares_an_image(datasets, cleaned, examinations, said):
    examination = examinations.Answering()
    cleaned(datasets.image({BURNED_IN: ("CS", said)} if said else {}), examination)
    assert len(examination.requests) == 1


@pytest.mark.parametrize("suffix", ["66.4", "66.7", "66.8", "30", "481.2"])
def test_pixels_that_are_numbers_and_no_picture_are_not_examined_and_claim_nothing(
    datasets, cleaned, examinations, suffix
):
    examination = examinations.Answering()
    uid = f"1.2.840.10008.5.1.4.1.1.{suffix}"
    output = cleaned(datasets.image(sop_class_uid=uid), examination, sop_class_uid=uid)
    assert examination.requests == []
    assert "113101" not in codes(output)


def test_a_segmentation_with_colours_is_a_picture(datasets, cleaned, examinations):
    uid, examination = "1.2.840.10008.5.1.4.1.1.66.4", examinations.Answering()
    colour = {
        0x00280002: ("US", datasets.number(3)),
        0x00280004: ("CS", "RGB"),
        0x7FE00010: ("OB", bytes(12)),
    }
    cleaned(datasets.image(colour, sop_class_uid=uid), examination, sop_class_uid=uid)
    assert len(examination.requests) == 1


FLOATS = {0x00280100: ("US", b"\x20\0"), 0x7FE00008: ("OF", bytes(16))}


def test_a_picture_of_floating_point_is_refused(datasets, refusal, examinations):
    image = datasets.image(FLOATS, without=(0x7FE00010,))
    assert refusal(image, examinations.Answering()) is Reason.PIXELS_UNDECODABLE


def test_numbers_of_floating_point_are_not_examined(datasets, cleaned, examinations):
    examination, uid = examinations.Answering(), "1.2.840.10008.5.1.4.1.1.30"
    image = datasets.image(FLOATS, without=(0x7FE00010,), sop_class_uid=uid)
    assert "113101" not in codes(cleaned(image, examination, sop_class_uid=uid))
    assert examination.requests == []


@pytest.mark.parametrize(("suffix", "becomes"), [("66.4", None), ("7.2", "YES")], ids=["a map", "Type 1"])
def test_that_unexamined_pixels_are_clean_is_not_believed(datasets, cleaned, examinations, suffix, becomes):
    uid = f"1.2.840.10008.5.1.4.1.1.{suffix}"
    image = datasets.image({BURNED_IN: ("CS", "NO")}, sop_class_uid=uid)
    masking = examinations.Answering(Verdict.NOT_EXAMINED, (bytes(4),))
    output = cleaned(image, masking, sop_class_uid=uid)
    assert output.data_set.get("BurnedInAnnotation") == becomes


def test_what_is_no_picture_keeps_a_word_that_its_iod_demands(datasets, cleaned, examinations):
    uid = "1.2.840.10008.5.1.4.1.1.30"
    image = datasets.image({BURNED_IN: ("CS", "NO")}, sop_class_uid=uid)
    assert cleaned(image, examinations.Answering(), sop_class_uid=uid).data_set.BurnedInAnnotation == "NO"


def test_the_sample_is_chosen_by_the_key_and_the_instance(datasets, cleaned, examinations):
    scanner = {
        0x00080008: ("CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        0x00080060: ("CS", "CT"),
        0x00200032: ("DS", "0\\0\\0"),
        0x00200037: ("DS", "1\\0\\0\\0\\1\\0"),
        0x00280100: ("US", datasets.number(16)),
        0x7FE00010: ("OW", bytes(8)),
    }
    examination = examinations.Answering()
    image = datasets.image(scanner)
    for number in range(400):
        cleaned(image, examination, key=PseudonymKey(struct.pack("<L", number) * 8))
    samples = sum(request.is_sample for request in examination.requests)
    assert {request.depth for request in examination.requests} == {Depth.SCREEN}
    assert 0 < samples < 16


PICTURE = 0x2001107D


@pytest.mark.parametrize("cleans", [False, True])
def test_pictures_in_private_attributes_that_the_standard_calls_safe_go_because_nobody_looks_at_them(
    datasets, examinations, cleans
):
    options = ("retain_safe_private", *(CLEANED if cleans else ()))
    private = {
        0x20010010: ("LO", "Philips Imaging DD 001"),
        0x20011003: ("FL", bytes(4)),
        PICTURE: ("OW", bytes(8)),
    }
    output = datasets.deidentify(
        datasets.image(private), using=datasets.profile(options), pixels=examinations.Answering()
    )
    assert (PICTURE in output.data_set) is not cleans
    assert 0x20011003 in output.data_set
