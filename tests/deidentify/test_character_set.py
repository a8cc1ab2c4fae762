"""A name in any character set is found, and text that stays keeps its bytes."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.deidentify.character_set import character_set
from gateway.deidentify.instance import Origin
from gateway.errors import Refused

CHARACTER_SET, MANUFACTURER, MODEL, REFERRING = 0x00080005, 0x00080070, 0x00081090, 0x00080090
KEPT, CODE_MEANING = 0x0040A043, 0x00080104


def jis(text):
    """Encode in ISO 2022 IR 87; the escape sequences are those of iso2022_jp."""
    return text.encode("iso2022_jp")


def ks(text):
    """Encode in ISO 2022 IR 149."""
    return b"\x1b$)C" + text.encode("euc_kr")


def script(codec, name, around, part):
    return name.encode(codec), around.encode(codec), part.encode(codec)


SCRIPTS = {
    # defined terms: the name, other text, and a part of the name, as encoded
    "ISO_IR 100": script("latin-1", "Müller^Jürgen", "Gerät ", "Müller"),
    "ISO_IR 101": script("iso8859-2", "Łęcki^Wąs", "Zdjęcie ", "Łęcki"),
    "ISO_IR 110": script("iso8859-4", "Bērziņš^Jānis", "Mod ", "Bērziņš"),
    "ISO_IR 126": script("iso8859-7", "Διονυσιος", "Κεφαλή ", "Διονυσιος"),
    "ISO_IR 127": script("iso8859-6", "قباني^لنزار", "صدر ", "قباني"),
    "ISO_IR 138": script("iso8859-8", "שרון^דבורה", "ראש ", "דבורה"),
    "ISO_IR 144": script("iso8859-5", "Люкceмбypг", "Грудь ", "Люкceмбypг"),
    "ISO_IR 148": script("iso8859-9", "Çavuşoğlu^Ay", "Mod ", "Çavuşoğlu"),
    "ISO_IR 166": script("tis-620", "นามสกุล^ชื่อ", "Mod ", "นามสกุล"),
    "ISO_IR 192": script("utf-8", "Wang^XiaoDong=王^小东", "扫描 ", "王 小东"),
    "GB18030": script("gb18030", "Wang^XiaoDong=王^小东", "扫描 ", "王^小东"),
    "GBK": script("gbk", "Wang^XiaoDong=王^小东", "扫描 ", "王 小东"),
    "ISO_IR 13": (b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", b"Mod ", b"\xd4\xcf\xc0\xde"),
    "\\ISO 2022 IR 87": (b"Yamada^Tarou=" + jis("山田") + b"^" + jis("太郎"), b"Mod ", jis("山田")),
    "ISO 2022 IR 13\\ISO 2022 IR 87": (
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=" + jis("山田") + b"^" + jis("太郎"),
        b"Mod ",
        jis("山田"),
    ),
    "\\ISO 2022 IR 149": (b"Hong^Gildong=" + ks("홍") + b"^" + ks("길동"), b"Mod ", ks("길동")),
    "\\ISO 2022 IR 58": (
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab",
        b"Mod ",
        b"\x1b$)A\xd0\xa1\xb6\xab",
    ),
    "ISO 2022 IR 100\\ISO 2022 IR 126": (
        "Müller^Jürgen".encode("latin-1"),
        b"Mod ",
        "MÜLLER".encode("latin-1"),
    ),
}


@pytest.mark.parametrize("terms", SCRIPTS)
@pytest.mark.parametrize("place", ["top level", "item that inherits", "item with its own"])
def test_a_name_left_in_a_kept_text_is_found_in_every_character_set(terms, place, datasets):
    name, around, part = SCRIPTS[terms]
    charset = {CHARACTER_SET: ("CS", terms)}
    extra = {REFERRING: ("PN", name)}
    left = datasets.element(CODE_MEANING, "LO", around + part)
    match place:
        case "top level":
            extra |= charset | {MANUFACTURER: ("LO", around + part)}
        case "item that inherits":
            extra |= charset | {KEPT: datasets.sequence(KEPT, left)}
        case "item with its own":
            named = datasets.encoded({**charset, REFERRING: ("PN", name), CODE_MEANING: left})
            extra = {KEPT: datasets.sequence(KEPT, named)}
    output = datasets.deidentify(datasets.image(extra))
    assert output.result.removed_by_residual == ((MANUFACTURER,) if place == "top level" else (CODE_MEANING,))
    assert not output.has(part)


@pytest.mark.parametrize("terms", SCRIPTS)
def test_text_that_stays_keeps_its_bytes(terms, datasets):
    _, around, _ = SCRIPTS[terms]
    element = datasets.element(MANUFACTURER, "LO", around)
    output = datasets.deidentify(
        datasets.image(
            {
                CHARACTER_SET: ("CS", terms),
                MANUFACTURER: element,
                KEPT: datasets.sequence(KEPT, datasets.element(CODE_MEANING, "LO", around)),
            }
        )
    )
    assert element in output.encoded
    assert output.encoded.count(around) == 2


@pytest.mark.parametrize("name", ["アレクサンドロス^コンスタンティノス", "勘解由小路^左衛門之丞"])
def test_a_long_japanese_name_is_found_though_its_encoding_is_ascii(name, datasets):
    family, given = name.split("^")
    extra = {
        CHARACTER_SET: ("CS", "\\ISO 2022 IR 87"),
        REFERRING: ("PN", b"=" + jis(family) + b"^" + jis(given)),
        MANUFACTURER: ("LO", jis(family)),
    }
    assert not datasets.deidentify(datasets.image(extra)).has(jis(family))


@pytest.mark.parametrize(
    ("term", "escape", "codec", "name", "text"),
    [
        ("ISO 2022 IR 149", b"\x1b$)C", "euc_kr", "길동", "흉부 길동 촬영"),
        ("ISO 2022 IR 58", b"\x1b$)A", "gb2312", "小东", "扫描 小东 胸部"),
    ],
)
def test_a_name_is_found_behind_a_designation_that_it_shares_with_other_text(
    term, escape, codec, name, text, datasets
):
    extra = {
        CHARACTER_SET: ("CS", "\\" + term),
        REFERRING: ("PN", b"Aaaaa^Bbbbb=" + escape + name.encode(codec)),
        MANUFACTURER: ("LO", escape + text.encode(codec)),
    }
    assert not datasets.deidentify(datasets.image(extra)).has(name.encode(codec))


@pytest.mark.parametrize("declared", ["", "ISO_IR 6", "ISO_IR 100", "ISO_IR 999"])
def test_a_wrong_or_missing_character_set_hides_no_name(declared, datasets):
    charset = {CHARACTER_SET: ("CS", declared)} if declared else {}
    name = "Müller^Jürgen".encode()
    extra = {**charset, REFERRING: ("PN", name), MANUFACTURER: ("LO", "Gerät Müller".encode())}
    for origin in (Origin(), Origin(character_set="ISO_IR 192"), Origin(character_set="ISO_IR 100")):
        output = datasets.deidentify(datasets.image(extra), origin=origin)
        assert not output.data_set[MANUFACTURER].value
        assert not output.has("Müller")


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("", "Gerät".encode("latin-1")),
        ("ISO_IR 192", "Gerät".encode("latin-1")),
        ("ISO_IR 999", b"Ger\xe4t"),
        ("\\ISO 2022 IR 87", b"\x1b$BGer\x1b(B"),
        ("", b"\x1b$)C\xb1\xe8"),
    ],
)
def test_text_that_its_character_set_cannot_say_does_not_leave(declared, value, datasets):
    charset = {CHARACTER_SET: ("CS", declared)} if declared else {}
    output = datasets.deidentify(datasets.image({**charset, MODEL: ("LO", value)}))
    assert MODEL not in output.data_set


@pytest.mark.parametrize("declared", ["", "ISO_IR 999"])
def test_the_peers_character_set_reads_the_name_and_is_said_in_the_output(declared, datasets):
    charset = {CHARACTER_SET: ("CS", declared)} if declared else {}
    extra = {
        **charset,
        0x00100010: ("PN", "王^小东".encode("gb18030")),
        MODEL: ("LO", "扫描".encode("gb18030")),
    }
    output = datasets.deidentify(datasets.image(extra), origin=Origin(character_set="GB18030"))
    assert output.result.originals["PatientName"] == "王^小东"
    assert output.data_set.SpecificCharacterSet == "GB18030"
    assert output.data_set.ManufacturerModelName == "扫描"
    assert output.result.attributes["ManufacturerModelName"] == "扫描"


def test_a_peers_character_set_does_not_override_one_that_is_valid(datasets):
    extra = {CHARACTER_SET: ("CS", "ISO_IR 100"), 0x00100010: ("PN", "Müller^Jürgen".encode("latin-1"))}
    output = datasets.deidentify(datasets.image(extra), origin=Origin(character_set="ISO_IR 192"))
    assert output.result.originals["PatientName"] == "Müller^Jürgen"
    assert output.data_set.SpecificCharacterSet == "ISO_IR 100"


@pytest.mark.parametrize("terms", SCRIPTS)
def test_the_original_name_is_decoded_for_the_linkage(terms, datasets):
    name, _, _ = SCRIPTS[terms]
    extra = {CHARACTER_SET: ("CS", terms), 0x00100010: ("PN", name)}
    decoded = datasets.deidentify(datasets.image(extra)).result.originals["PatientName"]
    assert "\x1b" not in decoded
    assert "�" not in decoded
    if "Müller" not in decoded:
        assert decoded.split("=")[-1].split("^")[0] in {
            *("Łęcki", "Bērziņš", "Διονυσιος", "قباني", "שרון", "Люкceмбypг", "Çavuşoğlu", "นามสกุล"),
            *("王", "ﾔﾏﾀﾞ", "山田", "홍", "张"),
        }


ODD = [b"\x1b", b"\x1b$B", b"\xff\xfe\xfd", b"\x1b$)C\xff", b"\x80" * 9, b"\x1b(Zabc"]
TERMS = [(), ("ISO_IR 192",), ("", "ISO 2022 IR 87"), ("nonsense",), ("", "nonsense")]


@pytest.mark.filterwarnings("ignore:Found unknown escape sequence")
def test_decoding_never_raises():
    for raw, terms in product(ODD, TERMS):
        assert isinstance(character_set(terms, "").decode(raw), str)


def test_decoding_warns_nobody():
    for raw, terms in product(ODD, TERMS):
        character_set(terms, "").decode(raw)


@pytest.mark.parametrize("garbage", [b"\xff\xfe", b"\\\\\\", b"ISO_IR 100\\\x1b$B", b"Wolkenstein"])
def test_a_character_set_that_is_garbage_is_read_without_an_error(garbage, datasets):
    extra = {CHARACTER_SET: ("CS", garbage), 0x00100010: ("PN", "Müller^Jürgen".encode("latin-1"))}
    result = datasets.outcome(datasets.image(extra))
    assert isinstance(result, Refused) or not result.has("Müller".encode("latin-1"))


@pytest.mark.parametrize("composed", [True, False])
def test_composed_and_decomposed_letters_are_the_same(composed, datasets):
    one, other = "Müller", "Mu\u0308ller"
    name, left = (one, other) if composed else (other, one)
    extra = {
        CHARACTER_SET: ("CS", "ISO_IR 192"),
        REFERRING: ("PN", f"{name}^Jens".encode()),
        MANUFACTURER: ("LO", f"x {left} y".encode()),
    }
    assert datasets.deidentify(datasets.image(extra)).result.removed_by_residual == (MANUFACTURER,)
