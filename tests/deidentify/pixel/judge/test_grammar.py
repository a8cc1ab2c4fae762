"""What is proved to be clinical by its words and numbers, and what is not."""

from __future__ import annotations

import pytest

from gateway.deidentify.pixel.judge.grammar import is_clinical
from gateway.deidentify.pixel.judge.vocabulary import Vocabulary
from gateway.deidentify.pixel.message import Ground

LABELS = """
MI 1.2|TIs 0.1 MI 1.3|TIB<0.4|Gn 62|2D Gain 48 dB|FR 25Hz|Frq 3.5 MHz|DR 60|PRF 1200 Hz|SV Angle 60|
Depth: 8.0cm|15cm|Power 100%|Map 3|C5-1|9L-D|Zoom 1.2|M-Mode|CFM|PSV 85.2 cm/s|S/D 3.9|mean PG 3 mmHg|
+ Dist 1.23 cm|1 D 2.34cm|Area 12.3 cm2|LVIDd 4.9 cm|LV EF 55 %|EF (Simpson) 58%|E/e' 8.4|HR 72 bpm|
GA 20w3d|EFW 340 g|RT KIDNEY|LT KIDNEY LONG|GB LONG|IVC|RT BREAST 10 O'CLOCK|12:00 4 CM FN|RT CCA PROX|
A4C|PLAX|4 CHAMBER|L|R|A|AR|LPF|SAG T2 TSE|DWI b1000|T2 FLAIR|ep2d_diff_b1000|TR 4500|TR/TE 4500/102|
FOV 24.0 cm|FOV 240x240|SP F34.2|Thk 5.0 mm|SE 4|Im: 12/40|Slice 12|1/30|Page 1 of 3|W 400|C40 W400|
WW: 1500 WL: -600|kVp 120|120kV 200mA|Rot 0.50s/HE 39.4mm/rot|H30f|Br38|BONEPLUS|AP SUPINE PORTABLE|
R MLO|LCC|LAT C-SPINE|SHOULDER Y VIEW|LEFT HAND|THORAX PA|KNIE RE|LAO 30|RAO 30 CRAN 20|EI 1234|
DLP 456 mGycm|CTDIvol 12.3 mGy|SUVmax 4.2|Mean 45 SD 12|Min -100 Max 250|45.2 HU|23.4 mm|Cobb 23°|5|12.3|
0 5 10 15|x1.5|Lossy 10:1|NOT FOR DIAGNOSTIC USE|ARTERIAL PHASE|DELAYED 5 MIN|+C|T1W+C|Mitral Valve|MARK|
LONG|+|T+30s
""".replace("\n", "").split("|")
OTHERS = """
John Doe|DOE^JOHN|DOE, JOHN|J. Doe|Doe J|MARK LONG|BLACK|BLACK, PETER|YOUNG|BROWN 12|WHITE GRAY|BONE, T|
Wood Gardner SP F34.2|Roth Costa t1_mprage_sag_iso|JD|MK|M 45|F 45|F45|M|45 J|45Y|12345|1234 5678|555 1234|
2019|CT 2019|A1234567|C-123456|ABC1234|GE-US-R00M2|Springfield|Kowalski 12 mm|MI\ufffd 1.2|a@b|x^y|1.2.3|
012345|T2 Meier|KNEE AP Huber|R. Lat|Ali|Sal|12 34 57|987 12 11|SE4711|+49 89 1234567
""".replace("\n", "").split("|")


@pytest.mark.parametrize("label", LABELS)
def test_a_label_stays_when_the_header_does_not_say_it(label, ground_of):
    assert ground_of(label) is Ground.CLINICAL


@pytest.mark.parametrize("text", OTHERS)
def test_what_has_one_unproved_part_is_not_clinical(text, vocabulary):
    assert not is_clinical(text, vocabulary)


def test_a_word_of_the_site_is_clinical(vocabulary):
    assert not is_clinical("Quantex 12 mm", vocabulary)
    assert is_clinical("Quantex 12 mm", Vocabulary(frozenset({"quantex"})))


@pytest.mark.parametrize("text", ["", " ", "x" * 200, "|" * 90, "1" * 90, "a " * 45])
def test_a_line_of_any_length_is_answered(text, vocabulary):
    assert not is_clinical(text, vocabulary)
