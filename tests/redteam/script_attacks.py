"""Names beyond ASCII: other scripts, character sets that differ, letters that look or sort alike."""

from __future__ import annotations

from .builders import FAMILY, Attack, attack, code, note

UTF8 = "ISO_IR 192"
KANJI = {"family": b"\x1b$B;3ED\x1b(B", "given": b"\x1b$BB@O:\x1b(B"}
JAPANESE_NAME = b"Yamada^Tarou=" + KANJI["family"] + b"^" + KANJI["given"]
HANGUL = {"family": b"\x1b$)C\xb1\xe8", "given": b"\x1b$)C\xc8\xf1\xc1\xdf"}
KOREAN_NAME = b"Kim^Huijung=" + HANGUL["family"] + b"^" + HANGUL["given"]


def _utf8(planted: str, name: str = f"{FAMILY}^L", inside: str = "{}") -> Attack:
    return note(planted, inside, name=name, charset=UTF8)


_LOOK_ALIKES = {
    "soft hyphen": _utf8("Silber\u00adhorn"),
    "zero width space": _utf8("Silber\u200bhorn"),
    "zero width space in the header only": _utf8(FAMILY, "Silber\u200bhorn^L"),
    "right-to-left mark": _utf8("Silber\u200fhorn"),
    "variation selector": _utf8("Silber\ufe0fhorn"),
    "full width": _utf8("".join(chr(ord(letter) + 0xFEE0) for letter in FAMILY)),
    "mathematical letters": _utf8(
        "".join(chr(ord(letter) - ord("a") + 0x1D41A) for letter in FAMILY.lower())
    ),
    "no-break space": _utf8("Ode\u00a0Ana", "Ode^Ana", "x{}"),
    "Cyrillic look-alike": _utf8("Silb\u0435rhorn"),
    "decomposed": _utf8("Ko\u0308nigs", "Königs^A"),
    "accent dropped": _utf8("Konigs", "Königs^A"),
    "umlaut spelled out": _utf8("KOENIGS", "Königs^A"),
    "sharp s spelled out": _utf8("GROSSER", "Großer^A"),
    "slashed o as o": _utf8("SORBYE", "Sørbye^A"),
    "slashed o spelled out": _utf8("SOERBYE", "Sørbye^A"),
    "ligature spelled out": _utf8("KJAERBO", "Kjærbo^A"),
    "Polish l without its stroke": _utf8("LOZINSKA", "Łozińska^A"),
    "Croatian d without its stroke": _utf8("DORDEVA", "Đorđeva^A"),
    "Turkish dotless i in capitals": _utf8("YILDIZHAN", "Yıldızhan^A"),
    "Turkish dotless i as i": _utf8("Yildizhan", "Yıldızhan^A"),
    "Turkish dotted capital I": _utf8("ibisoglu", "İbişoğlu^A"),
    "Turkish name in Latin-5": note("YILDIZHAN", name="Yıldızhan^A", charset="ISO_IR 148"),
}

_CHARACTER_SETS = {
    "UTF-8 name under a Latin-1 header": attack(
        {"SoftwareVersions": "Königs".encode("iso8859-1")},
        "Königs".encode("iso8859-1"),
        name="Königs^A".encode(),
        charset="ISO_IR 100",
    ),
    "UTF-8 text under a Latin-1 header": note("x Königs".encode(), name="Königs^A", charset="ISO_IR 100"),
    "Cyrillic": note("Малинова", "xx {}", name="Малинова^А", charset="ISO_IR 144"),
    "Cyrillic as UN": attack(
        {"Manufacturer": ("UN", "xx Малинова")},
        "Малинова".encode("iso8859-5"),
        name="Малинова^А",
        charset="ISO_IR 144",
    ),
    "item in another character set": attack(
        {"AnatomicRegionSequence": [{"SpecificCharacterSet": UTF8, **code("Малинова".encode())}]},
        "Малинова".encode(),
        name="Малинова^А",
        charset="ISO_IR 144",
    ),
    "item in GB18030": attack(
        {
            "AnatomicRegionSequence": [
                {"SpecificCharacterSet": "GB18030", **code("患者欧阳".encode("gb18030"))}
            ]
        },
        "欧阳".encode("gb18030"),
        name="Ouyang^Li=欧阳^丽",
        charset=UTF8,
    ),
    "Greek in capitals without accents": note("ΑΝΘΟΠΟΥΛΟΣ", name="Ανθόπουλος^Α", charset="ISO_IR 126"),
    "Hebrew": note("אלמוגי", "של {}", name="אלמוגי^נ", charset="ISO_IR 138"),
    "Hebrew with points": _utf8("אַלְמוֹגִי", "אלמוגי^נ"),
    "Arabic": note("الزهراني", "ل {}", name="الزهراني^س", charset="ISO_IR 127"),
    "Arabic with a tatweel": note("الزهـــراني", name="الزهراني^س", charset="ISO_IR 127"),
    "Arabic presentation forms": _utf8("\ufef3\ufeee\ufeb3\ufed2", "يوسف^س"),
    "Thai": note("สมบูรณ์ชัย", "คุณ{}ค่ะ", name="สมบูรณ์ชัย^ก", charset="ISO_IR 166"),
    "Vietnamese without tone marks": _utf8("Nguyen", "Nguyễn^Ái"),
    "Vietnamese with a stroke": _utf8("Dangthi", "Đangthi^Ái"),
    "Devanagari": _utf8("शर्मा", "शर्मा^अ", "श्री {} जी"),
}

_WITHOUT_SPACES = {
    "two ideographs": _utf8("王霖", "Wang^Lin=王^霖", "患者{}的"),
    "ideographs in a sentence": _utf8("山田太郎", "Yamada^Tarou=山田^太郎", "撮影{}様"),
    "family name alone between spaces": _utf8("山田", "Yamada^Tarou=山田^太郎", "撮影 {} 様"),
    "Hangul in a sentence": _utf8("김희중", "Kim^Huijung=김^희중", "{}님"),
    "short Latin name in a sentence of ideographs": _utf8("Ode", "Ode^Ana", "患者{}的"),
    "hiragana in katakana": _utf8("ヤマモト", "Yamamoto^Ken=山本^健=やまもと^けん"),
    "half-width katakana": _utf8("ﾔﾏﾓﾄ", "Yamamoto^Ken=山本^健=ヤマモト^ケン"),
    "kanji by escape sequence": note(
        KANJI["family"], "x {} y", name=JAPANESE_NAME, charset="\\ISO 2022 IR 87"
    ),
    "kanji by escape sequence in a code meaning": attack(
        {"AnatomicRegionSequence": [code(KANJI["family"] + KANJI["given"])]},
        KANJI["family"] + KANJI["given"],
        name=JAPANESE_NAME,
        charset="\\ISO 2022 IR 87",
    ),
    "Hangul by escape sequence": note(
        HANGUL["family"] + HANGUL["given"], name=KOREAN_NAME, charset="\\ISO 2022 IR 149"
    ),
}

ATTACKS = {**_LOOK_ALIKES, **_CHARACTER_SETS, **_WITHOUT_SPACES}
