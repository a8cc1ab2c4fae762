"""What screens and films show that is no one's secret: measurements, settings, views, sides.

The list is independent of the vocabulary of the gateway: neither was made from the other.
A number sign stands for a digit.
"""

from __future__ import annotations

from typing import Final

from numpy.random import Generator

from scripts.pixels.people import measured, pick

_ULTRASOUND: Final = """
MI #.#|MI: 0.#|TIS 0.#|TIs #.#|TIB 1.#|FR ##Hz|## Hz|##fps|Gain ##|GN ##%|DR ##|D ##.#cm|Depth ## cm
##.# cm|PRF #.# kHz
Freq #.# MHz|#.#MHz|AO% ##|AP 100%|WF 1##Hz|Persist Med|THI|CHI|Gen|2D|CPA|M-Mode|PW|Color|Zoom|LV|RV|LA
RA|AO|MV|TV|PLAX
A4C|A2C|LVEF ##%|EF: ##.#%|LVIDd #.## cm|IVSd #.# cm|LVPWd 0.# cm|HR ## bpm|##bpm|Vmax ###cm/s|PG ## mmHg
AVA #.# cm2
BPD ##.# mm|HC ###mm|FL #.## cm|AC ##.# cm|CRL #.#cm|GA ##w#d|Liver|Spleen|Gallbladder|Pancreas
Right Kidney|Left Kidney
RT KID SAG|LT KID TRANS|Aorta|IVC|Uterus|Bladder|RT LOBE|Thyroid|SAG|TRANS|LONG AXIS|CBD #.# mm|ICA|ECA
CCA|R CCA|L ICA
RI 0.##|PI 1.##|PSV ##.# cm/s|EDV ##cm/s|+##.# cm/s|-##.#|dB ##|Map 3|SV #.#mm|Angle ##°|1 L ##.# mm
Dist #.## cm|Vol ##.# ml
"""
_CT: Final = """
kV 120|120 kV|mA ###|mAs ##|W ### L ##|W: 400 L: 40|WW 1500 WL -600|C 40 W 350|THK #.# mm|SL #.# mm|#.# mm
FOV ### mm|DFOV ##.# cm
Z: #.###|Zoom 1.#|Axial|AXIAL|Coronal|Sagittal|HFS|FFS|R|L|A|P|H|F|RA|LP|GT 0.0|TI 0.5|T ##.#|L ###.#
Contrast|Post contrast
Lung|BONE|Soft tissue|Abdomen|Chest|HEAD|Arterial|Venous|Portal venous|B30f|STANDARD|MIP|MPR|10 mm|5cm
Tilt 0.0
"""
_MR: Final = """
TR ###|TE ##|TR: ####.0|TE: ##.0|TI ###|FA ##|ETL #|NEX 2|T1|T2|T1 SE|T2 TSE|FLAIR|STIR|DWI|ADC|b 1000|SAG
COR|TRA|AX|R|L|A|P|H|F
FOV ###*###|SL #.0|SP -##.#|SP R##.#|A 1/#|BW ###|EC 1/1|thk 5.0|Head|Knee|Spine|L-Spine|Brain|W ### C ###
256*256|GRE
"""
_XRAY: Final = """
R|L|PA|AP|LAT|LATERAL|OBL|ERECT|SUPINE|PORTABLE|UPRIGHT|DECUB|STANDING|W/B|INSP|EXP|CHEST|HAND|KNEE|PELVIS
## kV|#.# mAs|SID ###
R LAT|L LAT|AP SUPINE|Chest PA|L-Spine lat|Grid|S ###|EI ####|DI -#.#|TRAUMA|WEIGHT BEARING|SITTING
CROSS TABLE
"""
_MAMMOGRAPHY: Final = (
    "R CC|L CC|R MLO|L MLO|RCC|LMLO|CC|MLO|ML|## kV|### mAs|Rh|Mo|W/Rh|## N|#.# cm|AGD #.# mGy|Spot|MAG"
)
_ANGIOGRAPHY: Final = """
LAO ##|RAO ##|CRAN ##|CAUD ##|LAO ## CRAN ##|RAO ## / CAU ##|## kV|### mA|## f/s|15 fps|FD ## cm|SID ###
LCA|RCA|LAD|Cine|Fluoro|DSA
R|L|W ### C ###|# ms|Mask|AP|LV|Zoom #.#|Stenosis ##%|Dist #.# mm|PA
"""
_NUCLEAR: Final = """
ANT|POST|RAO|LAO|LT LAT|RT LAT|R|L|SUV #.#|SUVmax ##.#|Tc-99m|FDG|## kcts|### kcnts|140 keV|Stress|Rest|SA
HLA|VLA|Whole Body|Zoom #.#
"""
_PAGE: Final = """
CTDIvol|DLP|CTDIvol ##.## mGy|DLP ###.# mGy*cm|Total DLP|mGy|mGy-cm|Phantom|32 cm|Head 16|Body 32|Scan
Series|kV|mAs|Type|Topogram
Helical|Axial|Total mAs ####|TI|cSL|Abdomen|Thorax|Scout|Exam Description|Scan Range|##.##|###.##|I-###.#
Dose Report|Summary
"""
_BY_MODALITY: Final = {
    "US": _ULTRASOUND, "CT": _CT, "MR": _MR, "CR": _XRAY, "DX": _XRAY, "RF": _XRAY, "MG": _MAMMOGRAPHY,
    "XA": _ANGIOGRAPHY, "NM": _NUCLEAR, "PT": _NUCLEAR, "OT": _PAGE,
}  # fmt: skip
_PAIRS: Final = (
    "MARK",
    "LONG",
    "Mark 1",
    "Long",
    "HEAD",
    "CHEST",
    "BONE",
    "Contrast",
    "R LAT",
    "SAG",
    "Field ##",
    "MAX",
)
"""Labels that are names of people elsewhere."""


def label(rng: Generator, modality: str) -> tuple[str, bool]:
    """Return a clinical label of a modality, and whether it is one that is a name elsewhere."""
    if rng.random() < 0.04:
        return measured(rng, pick(rng, _PAIRS)), True
    source = _BY_MODALITY.get(modality, _CT)
    text = measured(rng, pick(rng, source.strip().replace("\n", "|").split("|")))
    return text, False
