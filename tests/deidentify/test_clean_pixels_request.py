"""What an examination is told: how pixels are stored, how closely to look, and for whom."""

from __future__ import annotations

import struct

import pytest

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Palette, Window
from gateway.deidentify.pixel.message import Depth, Kind, Mode, Term
from gateway.deidentify.profile import Profile
from gateway.errors import Reason, Refused, SettingsError

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
SHARED, PER_FRAME = 0x52009229, 0x52009230
DEVICE = """
[[device]]
manufacturer = "Example*"
model = "Sono ?"
rows = 2
columns = 2
boxes = [[0, 0, 2, 1], [1, 1, 2, 2]]
reason = "banner"
"""


@pytest.fixture(scope="module")
def asked(datasets, examinations):
    """Return what the examination of a data set is asked."""

    def run(data_set, *options, keys="", read=None, **settings):
        quoted = ", ".join(f'"{option}"' for option in ("clean_pixel_data", *options))
        text = f'base = "basic"\noptions = [{quoted}]\n{keys}'
        examination = examinations.Answering()
        using = Profile.load(text, "test.toml", read)
        datasets.deidentify(data_set, using=using, pixels=examination, **settings)
        (request,) = examination.requests
        return request

    return run


def us(*numbers):
    return "US", struct.pack(f"<{len(numbers)}H", *numbers)


def scanner(datasets, modality="CT", image_type="ORIGINAL\\PRIMARY\\AXIAL", **further):
    found = {
        0x00080008: ("CS", image_type),
        0x00080060: ("CS", modality),
        0x00200032: ("DS", "0\\0\\0"),
        0x00200037: ("DS", "1\\0\\0\\0\\1\\0"),
        0x00280100: us(16),
        0x7FE00010: ("OW", bytes(8)),
    }
    return found | {int(tag, 16): value for tag, value in further.items()}


# --- how pixels are stored


def test_the_image_pixel_module_is_passed_on(datasets, asked):
    module = {
        0x00280100: us(16),
        0x00280101: us(12),
        0x00280102: us(11),
        0x00280103: us(1),
        0x00280120: ("SS", struct.pack("<h", -2000)),
        0x00281050: ("DS", "40\\300"),
        0x00281051: ("DS", "400\\1500"),
        0x00281052: ("DS", "-1024"),
        0x00281053: ("DS", "2"),
        0x7FE00010: ("OW", bytes(8)),
    }
    image = asked(datasets.image(module)).image
    assert (image.rows, image.columns, image.frames, image.samples) == (2, 2, 1, 1)
    assert (image.allocated, image.stored, image.high_bit, image.signed) == (16, 12, 11, True)
    assert (image.photometric, image.vr, image.little_endian) == ("MONOCHROME2", "OW", True)
    assert (image.padding, image.slope, image.intercept) == (-2000, 2.0, -1024.0)
    assert image.windows == (Window(40, 400), Window(300, 1500))


def test_big_endian_numbers_are_read_as_such(datasets, asked):
    image = asked(datasets.image(big=True), transfer_syntax_uid=datasets.BIG_ENDIAN).image
    assert (image.rows, image.columns, image.allocated, image.little_endian) == (2, 2, 8, False)


def test_bits_that_are_not_said_are_all_that_there_are(datasets, asked):
    image = asked(datasets.image()).image
    assert (image.stored, image.high_bit, image.signed) == (8, 7, False)


@pytest.mark.parametrize("where", [SHARED, PER_FRAME])
def test_windows_and_rescale_of_enhanced_images_are_those_of_their_functional_groups(datasets, asked, where):
    window = datasets.element(0x00281050, "DS", "50") + datasets.element(0x00281051, "DS", "250")
    rescale = datasets.element(0x00281052, "DS", "-3") + datasets.element(0x00281053, "DS", "1.5")
    group = datasets.sequence(0x00289132, window) + datasets.sequence(0x00289145, rescale)
    image = asked(datasets.image({where: datasets.sequence(where, group)})).image
    assert image.windows == (Window(50, 250),)
    assert (image.slope, image.intercept) == (1.5, -3.0)


def test_every_window_of_every_frame_is_looked_through(datasets, asked):
    groups = []
    for center in ("50", "50", "70"):
        window = datasets.element(0x00281050, "DS", center) + datasets.element(0x00281051, "DS", "250")
        groups.append(datasets.sequence(0x00289132, window))
    image = asked(datasets.image({PER_FRAME: datasets.sequence(PER_FRAME, *groups)})).image
    assert image.windows == (Window(50, 250), Window(70, 250))


@pytest.mark.parametrize("center", ["nan", "x", "", "1e999", "inf"])
def test_a_window_that_is_no_number_is_left_out(datasets, asked, center):
    image = asked(datasets.image({0x00281050: ("DS", center), 0x00281051: ("DS", "400")})).image
    assert image.windows == ()


def test_no_more_windows_are_passed_on_than_anybody_looks_through(datasets, asked):
    centers = "\\".join(map(str, range(40)))
    widths = "\\".join(["100"] * 40)
    image = asked(datasets.image({0x00281050: ("DS", centers), 0x00281051: ("DS", widths)})).image
    assert len(image.windows) == 8


def test_bits_of_overlay_planes_inside_the_pixels_are_named(datasets, asked):
    module = {
        0x00280100: us(16),
        0x00280101: us(12),
        0x00280102: us(11),
        0x7FE00010: ("OW", bytes(8)),
        0x60000102: us(14),
        0x60020102: us(12),
        0x60040102: us(5),
        0x60060102: us(13),
        0x60063000: ("OW", bytes(2)),
        0x60080102: us(16),
    }
    # Bit 5 belongs to the values, 6006 has data of its own, there is no bit 16.
    assert asked(datasets.image(module)).image.overlay_bits == (12, 14)


# --- palettes


def palette(red, bits=8, count=4, first=0, segmented=False):
    descriptor = struct.pack("<3H", count, first & 0xFFFF, bits)
    data = 0x00281221 if segmented else 0x00281201
    tables = dict.fromkeys((2625793, 2625794, 2625795), ("US", descriptor))
    return {0x00280004: ("CS", "PALETTE COLOR"), **tables} | {data + n: ("OW", red) for n in range(3)}


def words(*numbers):
    return struct.pack(f"<{len(numbers)}H", *numbers)


@pytest.mark.parametrize(
    ("given", "entries"),
    [
        (palette(bytes((1, 2, 3, 4))), (1, 2, 3, 4)),
        (palette(words(1, 2, 3, 4)), (1, 2, 3, 4)),
        (palette(words(0x100, 0x2FF, 0xFF00, 0), bits=16), (1, 2, 0xFF, 0)),
        (palette(words(1, 2, 0xFF, 4), bits=16), (1, 2, 0xFF, 4)),
        (palette(words(0, 2, 0x100, 0x200, 1, 2, 0x400), bits=16, segmented=True), (1, 2, 3, 4)),
        (palette(words(0, 1, 0x700, 1, 3, 0x700), bits=16, segmented=True), (7, 7, 7, 7)),
        (palette(words(0, 2, 0x100, 0x200, 2, 1, 0, 0), bits=16, segmented=True), (1, 2, 1, 2)),
        (palette(bytes((0, 2, 1, 2, 1, 2, 6, 0)), segmented=True), (1, 2, 4, 6)),
    ],
)
def test_palettes_are_read_in_every_form(datasets, asked, given, entries):
    expected = bytes(entries)
    assert asked(datasets.image(given)).image.palette == Palette(0, expected, expected, expected)


def test_the_first_value_of_a_palette_may_be_negative(datasets, asked):
    given = palette(bytes(4), first=-3) | {0x00280103: us(1)}
    assert asked(datasets.image(given)).image.palette.first == -3


@pytest.mark.parametrize(
    "given",
    [
        palette(bytes(2)),
        palette(bytes(4), bits=12),
        palette(words(1, 4, 0x400), bits=16, segmented=True),
        palette(words(0, 4, 1), bits=16, segmented=True),
        palette(words(0, 0, 0, 0), bits=16, segmented=True),
        palette(words(3, 4, 1, 2, 3, 4), bits=16, segmented=True),
        palette(words(0, 1, 5, 2, 1), bits=16, segmented=True),
        palette(words(0, 1, 5, 2, 1, 6, 0), bits=16, segmented=True),
        palette(words(0, 9, *range(9)), bits=16, segmented=True),
        palette(words(2, 1, 0, 0), bits=16, segmented=True),
    ],
)
def test_a_palette_that_is_not_whole_is_refused(datasets, asked, given):
    with pytest.raises(Refused) as raised:
        asked(datasets.image(given))
    assert raised.value.reason is Reason.PIXELS_UNDECODABLE


# --- how closely


@pytest.mark.parametrize(
    ("sop_class", "modality"), [("2", "CT"), ("4", "MR"), ("128", "PT"), ("2.1", "CT"), ("4.1", "MR")]
)
def test_slices_that_a_scanner_measured_are_screened(datasets, asked, sop_class, modality):
    uid = f"1.2.840.10008.5.1.4.1.1.{sop_class}"
    image = datasets.image(scanner(datasets, modality), sop_class_uid=uid)
    assert asked(image, sop_class_uid=uid).depth is Depth.SCREEN


def test_enhanced_slices_have_their_geometry_in_functional_groups(datasets, asked):
    found = scanner(datasets)
    del found[0x00200032], found[0x00200037]
    position = datasets.sequence(0x00209113, datasets.element(0x00200032, "DS", "0\\0\\0"))
    orientation = datasets.sequence(0x00209116, datasets.element(0x00200037, "DS", "1\\0\\0\\0\\1\\0"))
    found[SHARED] = datasets.sequence(SHARED, orientation)
    without = datasets.image(found, sop_class_uid=ENHANCED_CT)
    found[PER_FRAME] = datasets.sequence(PER_FRAME, position)
    whole = datasets.image(found, sop_class_uid=ENHANCED_CT)
    assert asked(without, sop_class_uid=ENHANCED_CT).depth is Depth.FULL
    assert asked(whole, sop_class_uid=ENHANCED_CT).depth is Depth.SCREEN


@pytest.mark.parametrize(
    "change",
    [
        {0x00080060: ("CS", "US")},
        {0x00080060: ("CS", "OT")},
        {0x00080008: ("CS", "DERIVED\\PRIMARY\\AXIAL")},
        {0x00080008: ("CS", "ORIGINAL\\SECONDARY\\AXIAL")},
        {0x00080008: ("CS", "ORIGINAL\\PRIMARY\\SCREEN SAVE")},
        {0x00080008: ("CS", "ORIGINAL\\PRIMARY\\AXIAL\\MIP")},
        {0x00080008: ("CS", "")},
        {0x00080064: ("CS", "WSD")},
        {0x00181012: ("DA", "20200101")},
        {0x00181016: ("LO", "Grabber")},
        {0x00280301: ("CS", "YES")},
        {0x00280100: us(8), 0x7FE00010: ("OW", bytes(4))},
        {0x00200032: ("DS", "")},
        {0x00200037: ("DS", "")},
        {
            0x00280004: ("CS", "RGB"),
            0x00280002: us(3),
            0x00280006: us(0),
            0x7FE00010: ("OW", bytes(24)),
        },
    ],
)
def test_anything_that_speaks_of_a_program_or_a_screen_is_looked_at_closely(datasets, asked, change):
    assert asked(datasets.image(scanner(datasets) | change)).depth is Depth.FULL


@pytest.mark.parametrize(
    "sop_class", ["1", "1.1", "1.2", "3.1", "6.1", "7", "7.4", "12.1", "12.2", "20", "77.1.4", "77.1.5.1"]
)
def test_images_of_other_kinds_are_looked_at_closely(datasets, asked, sop_class):
    uid = f"1.2.840.10008.5.1.4.1.1.{sop_class}"
    image = datasets.image(scanner(datasets), sop_class_uid=uid)
    assert asked(image, sop_class_uid=uid).depth is Depth.FULL


def test_a_private_sop_class_is_looked_at_closely(datasets, asked):
    uid = "1.2.826.0.1.3680043.9.1"
    assert asked(datasets.image(scanner(datasets), sop_class_uid=uid), sop_class_uid=uid).depth is Depth.FULL


@pytest.mark.parametrize(
    ("change", "depth"),
    [
        ({0x00080008: ("CS", "ORIGINAL\\PRIMARY\\LABEL\\NONE")}, Depth.WHOLE),
        ({0x00080008: ("CS", "DERIVED\\PRIMARY\\OVERVIEW\\NONE")}, Depth.WHOLE),
        ({0x00480010: ("CS", "YES")}, Depth.WHOLE),
        ({0x00080008: ("CS", "DERIVED\\PRIMARY\\VOLUME\\NONE")}, Depth.FULL),
        ({0x00480010: ("CS", "NO")}, Depth.FULL),
    ],
)
@pytest.mark.parametrize("uid", [WHOLE_SLIDE, SECONDARY_CAPTURE])
def test_the_label_of_a_slide_goes_whole(datasets, asked, change, depth, uid):
    image = datasets.image({0x00080060: ("CS", "SM"), **change}, sop_class_uid=uid)
    assert asked(image, sop_class_uid=uid).depth is depth


def test_only_screened_images_are_samples(datasets, asked, examinations):
    requests = [asked(datasets.image(scanner(datasets, "US")))]
    assert not any(request.is_sample for request in requests)


# --- where


def region(datasets, x0, y0, x1, y1):
    edges = {0x00186018: x0, 0x0018601A: y0, 0x0018601C: x1, 0x0018601E: y1}
    return b"".join(datasets.element(tag, "UL", struct.pack("<L", value)) for tag, value in edges.items())


def test_ultrasound_regions_include_their_greatest_row_and_column(datasets, asked):
    image = {0x00280010: us(20), 0x00280011: us(30), 0x7FE00010: ("OW", bytes(600))}
    regions = [
        region(datasets, 2, 3, 9, 11),
        region(datasets, 2, 3, 9, 11),
        region(datasets, 20, 10, 4_000_000_000, 50),
        region(datasets, 0, 0, 29, 19),
        region(datasets, 9, 9, 3, 3),
        datasets.element(0x00186018, "UL", struct.pack("<L", 1)),
    ]
    image[0x00186011] = datasets.sequence(0x00186011, *regions)
    found = asked(datasets.image(image)).regions
    assert found == (Box(3, 2, 12, 10), Box(10, 20, 20, 30))


@pytest.mark.parametrize(
    ("manufacturer", "model", "fits"),
    [
        ("Example Imaging", "Sono 5", True),
        ("EXAMPLE ", "sono x", True),
        ("An Example", "Sono 5", False),
        ("Example Imaging", "Sono 55", False),
        ("Example Imaging", "", False),
    ],
)
def test_the_rule_of_a_device_is_for_all_of_its_name(datasets, asked, manufacturer, model, fits):
    image = scanner(datasets) | {0x00080070: ("LO", manufacturer), 0x00081090: ("LO", model)}
    keys = '[pixels]\ndevice_rules = ["devices.toml"]\n'
    request = asked(datasets.image(image), keys=keys, read=lambda _: DEVICE)
    assert request.boxes == ((Box(0, 0, 1, 2), Box(1, 1, 2, 2)) if fits else ())
    # Where a device burns in text, the screen is not enough.
    assert request.depth is (Depth.FULL if fits else Depth.SCREEN)


def test_the_rule_of_a_device_is_for_images_of_one_size(datasets, asked):
    image = {
        0x00080070: ("LO", "Example"),
        0x00081090: ("LO", "Sono 5"),
        0x00280010: us(4),
        0x7FE00010: ("OW", bytes(8)),
    }
    keys = '[pixels]\ndevice_rules = ["devices.toml"]\n'
    assert asked(datasets.image(image), keys=keys, read=lambda _: DEVICE).boxes == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("manufacturer", "maker"), "maker"),
        (('model = "Sono ?"\n', ""), "model"),
        (("rows = 2\n", ""), "rows"),
        (("rows = 2", "rows = 0"), "rows"),
        (("[[0, 0, 2, 1], [1, 1, 2, 2]]", "[]"), "boxes"),
        (("[0, 0, 2, 1]", "[0, 0, 2]"), "boxes"),
        (("[0, 0, 2, 1]", "[0, 0, 3, 1]"), r"device\[0\]\.boxes"),
        (("[0, 0, 2, 1]", "[1, 0, 1, 1]"), r"device\[0\]\.boxes"),
        (("[0, 0, 2, 1]", "[-1, 0, 1, 1]"), "boxes"),
        (("[[device]]", "[device]"), "device"),
        (("rows = 2", "rows = "), "TOML"),
    ],
)
def test_what_is_not_exactly_a_rule_does_not_load(change, said):
    text = 'base = "basic"\noptions = ["clean_pixel_data"]\n[pixels]\ndevice_rules = ["devices.toml"]\n'
    with pytest.raises(SettingsError, match=said) as raised:
        Profile.load(text, "test.toml", lambda _: DEVICE.replace(*change))
    assert raised.value.file == "devices.toml"


def test_the_rules_of_devices_belong_to_the_fingerprint():
    text = 'base = "basic"\noptions = ["clean_pixel_data"]\n[pixels]\ndevice_rules = ["devices.toml"]\n'
    first = Profile.load(text, "test.toml", lambda _: DEVICE)
    second = Profile.load(text, "test.toml", lambda _: DEVICE.replace("[1, 1, 2, 2]", "[0, 1, 2, 2]"))
    assert first.fingerprint != second.fingerprint


def test_the_shipped_example_of_device_rules_is_one(tmp_path):
    from pathlib import Path

    from gateway.deidentify.device_rule import parse_rules

    text = (Path(__file__).resolve().parents[2] / "config" / "pixels" / "devices.toml").read_text()
    assert parse_rules(text, "devices.toml") == ()
    example = text[text.index("# [[device]]") :].replace("# ", "", 1)
    filled = "\n".join(line.removeprefix("# ") for line in example.splitlines())
    assert len(parse_rules(filled, "devices.toml")[0].boxes) == 2


@pytest.mark.parametrize(
    ("options", "keys", "said"),
    [
        ("", '[pixels]\nmode = "all"', "pixels.*clean_pixel_data"),
        ("", '[pixels]\ndevice_rules = ["a.toml"]', "pixels.*clean_pixel_data"),
        ('"clean_pixel_data"', '[pixels]\nmode = "mask"', "mode"),
        ('"clean_pixel_data"', '[pixels]\nmode = "some"', "mode"),
        ('"clean_pixel_data"', "[pixels]\nboxes = []", "boxes"),
        ('"clean_pixel_data"', '[pixels]\ndevice_rules = ["a.toml"]', "a.toml"),
    ],
)
def test_what_is_not_exactly_a_setting_of_pixels_does_not_load(options, keys, said):
    with pytest.raises(SettingsError, match=said):
        Profile.load(f'base = "basic"\noptions = [{options}]\n{keys}\n', "test.toml")


def test_mode_and_the_words_of_the_site_are_passed_on(datasets, asked):
    keys = 'vocabulary = ["words.txt"]\n[pixels]\nmode = "all"\n'
    request = asked(datasets.image(), keys=keys, read=lambda _: "Elastogram ZÜRI # of this site")
    assert request.mode is Mode.ALL
    assert request.words == ("elastogram", "zuri")


# --- for whom


def terms(request, kind):
    return {term.value for term in request.terms if term.kind is kind}


def test_every_identifying_value_is_looked_for_at_any_depth(datasets, asked):
    inner = b"".join(
        (
            datasets.element(0x00080050, "SH", "ACC-4711"),
            datasets.element(0x00081050, "PN", "Quexington^Zebulon"),
            datasets.element(0x00321032, "PN", "Murnau^Hedwig=Other^Form"),
        )
    )
    image = {
        0x00080020: ("DA", "20190417"),
        0x00080030: ("TM", "101112.25"),
        0x0008002A: ("DT", "20190418091500"),
        0x00080080: ("LO", "St. Ignatz Hospital"),
        0x00081010: ("SH", "ROOM5"),
        0x00081030: ("LO", "Knee of Zebulon"),
        0x00100030: ("DA", "19610314"),
        0x00101010: ("AS", "058Y"),
        0x00102154: ("SH", "+49 30 1234567"),
        0x00400275: datasets.sequence(0x00400275, inner),
        0x00091010: ("LO", "MAKER"),
        0x00091001: ("LO", "Private Patientin"),
    }
    image = {tag: value for tag, value in image.items() if tag not in (0x00091010, 0x00091001)}
    image |= {0x00090010: ("LO", "MAKER"), 0x00091001: ("UN", b"Private Patientin ")}
    request = asked(datasets.image(image))
    assert terms(request, Kind.NAME) >= {
        datasets.PATIENT_NAME,
        "Quexington^Zebulon",
        "Murnau^Hedwig=Other^Form",
    }
    assert terms(request, Kind.IDENTIFIER) >= {datasets.PATIENT_ID, "ACC-4711"}
    assert terms(request, Kind.PLACE) >= {"St. Ignatz Hospital", "ROOM5", "+49 30 1234567"}
    assert terms(request, Kind.DATE) >= {"20190417", "20190418", "19610314"}
    assert terms(request, Kind.TIME) >= {"101112", "091500"}
    assert terms(request, Kind.AGE) == {"058Y"}
    assert terms(request, Kind.TEXT) >= {"Knee of Zebulon", "Private Patientin"}


def test_no_uid_and_no_number_is_looked_for(datasets, asked):
    request = asked(datasets.image({0x00180050: ("DS", "2.5"), 0x00200013: ("IS", "47")}))
    values = {term.value for term in request.terms}
    assert values.isdisjoint({"2.5", "47", datasets.SOP_INSTANCE_UID, datasets.STUDY_INSTANCE_UID})


def test_what_the_profile_keeps_is_not_looked_for(datasets, asked):
    image = {
        0x00080020: ("DA", "20190417"),
        0x00080080: ("LO", "St. Ignatz Hospital"),
        0x00101010: ("AS", "058Y"),
    }
    options = ("retain_full_dates", "retain_institution_identity", "retain_patient_characteristics")
    values = {term.value for term in asked(datasets.image(image), *options).terms}
    assert values.isdisjoint({"20190417", "St. Ignatz Hospital", "058Y"})
    assert datasets.PATIENT_NAME in values


def test_an_age_that_is_capped_is_looked_for(datasets, asked):
    request = asked(datasets.image({0x00101010: ("AS", "095Y")}), "retain_patient_characteristics")
    assert terms(request, Kind.AGE) == {"095Y"}


def test_a_date_that_moves_is_looked_for(datasets, asked):
    request = asked(datasets.image({0x00080020: ("DA", "2019.04.17")}), "retain_modified_dates")
    assert "20190417" in terms(request, Kind.DATE)


def test_the_patient_comes_first_and_each_value_once(datasets, asked):
    image = {0x00080090: ("PN", "Aalen^Arzt"), 0x00081048: ("PN", f"{datasets.PATIENT_NAME}\\Aalen^Arzt")}
    request = asked(datasets.image(image))
    assert request.terms[0] == Term(Kind.NAME, datasets.PATIENT_NAME)
    assert len(set(request.terms)) == len(request.terms)


def test_text_is_read_by_the_character_set_of_its_data_set_and_as_utf_8(datasets, asked):
    name = "Müller^Zoë".encode("latin-1")
    image = {0x00080005: ("CS", "ISO_IR 100"), 0x00100010: ("PN", name)}
    assert "Müller^Zoë" in terms(asked(datasets.image(image)), Kind.NAME)
    image = {0x00080005: ("CS", "ISO_IR 100"), 0x00100010: ("PN", "Müller".encode())}
    assert "Müller" in terms(asked(datasets.image(image)), Kind.NAME)


def test_more_names_than_anybody_could_look_for_are_refused(datasets, asked):
    names = [datasets.element(0x00081050, "PN", f"Name{number}") for number in range(2_100)]
    image = {0x00400275: datasets.sequence(0x00400275, *names)}
    with pytest.raises(Refused) as raised:
        asked(datasets.image(image))
    assert raised.value.reason is Reason.LIMIT


def test_dates_without_end_are_cut_and_names_are_not(datasets, asked):
    times = [datasets.element(0x0008002A, "DT", f"20190417{number:06}") for number in range(2_000)]
    request = asked(datasets.image({0x00400275: datasets.sequence(0x00400275, *times)}))
    assert len(request.terms) <= 1_010
    assert terms(request, Kind.NAME) == {datasets.PATIENT_NAME}
