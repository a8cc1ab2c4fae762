"""Character sets of PS3.3 C.12.1.1.2, each with a name that needs it, and text encoded in them.

All people are invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_CODEC: Final = {
    "6": "ascii",
    "13": "shift_jis",
    "100": "iso8859-1",
    "101": "iso8859-2",
    "109": "iso8859-3",
    "110": "iso8859-4",
    "126": "iso8859-7",
    "127": "iso8859-6",
    "138": "iso8859-8",
    "144": "iso8859-5",
    "148": "iso8859-9",
    "166": "iso8859-11",
    "192": "utf-8",
    "87": "iso2022_jp",
    "159": "iso2022_jp_2",
    "149": "euc_kr",
    "58": "gb2312",
    "GB18030": "gb18030",
    "GBK": "gbk",
}
_INTO_G1: Final = {
    "149": b"\x1b$)C",
    "58": b"\x1b$)A",
    "13": b"\x1b)I",
    "100": b"\x1b-A",
    "144": b"\x1b-L",
    "126": b"\x1b-F",
}
"""What designates a set of ISO 2022 that is not the first (PS3.3 Table C.12-3, C.12-4)."""
_DELIMITERS: Final = re.compile(r"([\^=\\\r\n]+)")
"""Behind each the first set is in force again (PS3.5 6.1.2.5.3)."""


@dataclass(frozen=True, slots=True)
class Script:
    """One way to declare and write text.

    Parameters
    ----------
    label
        For reports.
    terms
        Values of (0008,0005); none at all when empty.
    name
        Person Name in the script, groups separated by ``=``.
    region
        A part of the body in the script: clinical, so it must stay.
    written
        Sets that are really used, where that differs from what is declared.
    """

    label: str
    terms: tuple[str, ...]
    name: str
    region: str
    written: tuple[str, ...] = ()

    @property
    def honest(self) -> bool:
        """Whether a reader who believes the declaration reads what was meant."""
        return not self.written

    def encode(self, text: str) -> bytes:
        """Encode a value that may have several components and values."""
        if text.isascii():
            return text.encode("ascii")
        sets = [re.sub(r"^ISO(?:_IR|\s2022\sIR)\s", "", term) for term in self.written or self.terms]
        return b"".join(_run(run, sets or ["6"]) for run in _DELIMITERS.split(text))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the parts of the name that are long enough to be searched for."""
        parts = re.split(r"[\^= ]", self.name)
        return tuple(part for part in parts if len(part) >= (4 if part.isascii() else 2))


def _run(text: str, sets: list[str]) -> bytes:
    for place, name in enumerate(sets):
        try:
            raw = text.encode(_CODEC[name or "6"])
        except UnicodeEncodeError:
            continue
        if any(designation in raw for designation in (b"\x1b.", b"\x1b$A", b"\x1b$(C")):
            # Python's codec knows more designations than DICOM has for this set.
            continue
        return raw if place == 0 or text.isascii() else _INTO_G1.get(name, b"") + raw
    raise ValueError(f"not in {sets}: {text}")


SCRIPTS: Final = (
    Script("ASCII", (), "Quastenberg^Leontine^Maud^Dr^PhD", "Head"),
    Script("Latin-1", ("ISO_IR 100",), "Quärwöhler^Jörgèn^Änne", "Schädel"),
    Script("Latin-2", ("ISO_IR 101",), "Świętosławczyk^Bořivoj", "Páteř"),
    Script("Latin-3", ("ISO_IR 109",), "Ĝermansĥulo^Ħelenira", "Ĉefparto"),
    Script("Latin-4", ("ISO_IR 110",), "Žvirbliņšķe^Ģirtsōn", "Ķermenis"),
    Script("Cyrillic", ("ISO_IR 144",), "Громозвяков^Евстигней", "Голова"),
    Script("Arabic", ("ISO_IR 127",), "قنطرجيان^زهيرون", "الرأس"),
    Script("Greek", ("ISO_IR 126",), "Κουτσοβλαχίδης^Θρασύβουλος", "Κεφάλι"),
    Script("Hebrew", ("ISO_IR 138",), "קסטנבוימר^ירחמיאל", "ראש"),
    Script("Latin-5", ("ISO_IR 148",), "Öztürkoğluğil^Şükrügül", "Göğüs"),
    Script("Katakana", ("ISO_IR 13",), "ﾔﾏﾀﾞｼﾞﾏ^ﾀﾛｳｽｹ", "ｱﾀﾏ"),
    Script("Thai", ("ISO_IR 166",), "ศรีวัฒนากูล^สมชายชาญ", "ศีรษะ"),
    Script("UTF-8", ("ISO_IR 192",), "Ñuñezgarçía^Ïñaki=山田島^太郎介=やまだじま^たろうすけ", "頭部"),
    Script("GB18030", ("GB18030",), "Wangdongfa^XiaoDongli=王东方^小栋梁", "头部"),
    Script("GBK", ("GBK",), "Zhangfeili^XiaoMingli=张飞利^小明理", "胸部"),
    Script(
        "Kanji", ("", "ISO 2022 IR 87"), "Yamadajima^Tarosuke=山田島^太郎介=やまだじま^たろうすけ", "胸部"
    ),
    Script(
        "Katakana and Kanji",
        ("ISO 2022 IR 13", "ISO 2022 IR 87"),
        "ﾔﾏﾀﾞｼﾞﾏ^ﾀﾛｳｽｹ=山田島^太郎介=やまだじま^たろうすけ",
        "腹部",
    ),
    Script(
        "Supplementary Kanji",
        ("", "ISO 2022 IR 87", "ISO 2022 IR 159"),
        "Nakadomari^Hidekazuo=中泊里^侄丂俍",
        "骨盤",
    ),
    Script("Korean", ("", "ISO 2022 IR 149"), "Hongchulsu^Gildongi=洪吉洞^吉童二=홍철수^길동이", "머리"),
    Script("Chinese", ("", "ISO 2022 IR 58"), "Zhangquan^XiaoDonghe=张泉林^小东河", "头部"),
    Script(
        "Latin-1 and Cyrillic",
        ("ISO 2022 IR 100", "ISO 2022 IR 144"),
        "Quärwöhler^Jörgèn=Громозвяков^Евстигней",
        "Schädel",
    ),
    Script(
        "Greek extension",
        ("", "ISO 2022 IR 126"),
        "Koutsovlachi^Thrasyvou=Κουτσοβλαχίδης^Θρασύβουλος",
        "Κεφάλι",
    ),
    Script("undeclared Latin-1", (), "Brömßelkamp^Käthelore", "Schädel", ("ISO_IR 100",)),
    Script("undeclared UTF-8", (), "Łukaszczykova^Źdźisława", "Głowa", ("ISO_IR 192",)),
    Script("UTF-8 declared as Latin-1", ("ISO_IR 100",), "Őrszágházi^Gyöngyvér", "Fej", ("ISO_IR 192",)),
    Script("Latin-1 declared as UTF-8", ("ISO_IR 192",), "Hägglundström^Åsalinn", "Huvud", ("ISO_IR 100",)),
    Script("Shift JIS declared as ASCII", (), "Yamadajima^Tarosuke=山田島^太郎介", "頭部", ("ISO_IR 13",)),
    Script("unknown term", ("ISO_IR 999",), "Quärwöhler^Jörgèn", "Schädel", ("ISO_IR 100",)),
)
"""Every single-byte set, every set with code extensions, and the ways in which declarations are wrong."""
