"""Values that PS3.3 and PS3.16 define for an attribute, so that they say nothing about a person.

Only attributes whose value an IOD demands are here: a patient called Axial must not cost a study.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.standard.dictionary import tag_of

_MODALITIES: Final = (
    "ANN AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DMS DG DOC DX ECG EEG EMG EOG EPS ES FID GM "
    "HC HD IO IOL IVOCT IVUS KER KO LEN LS M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS "
    "OT PA PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD "
    "RTSEGANN RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA WSI XA XAPROTOCOL XC AS CD "
    "CF CP CS DD DF DM DS EC FA FS LP MA MS OPR ST TH VF"
)
"""PS3.3 C.7.3.1.1.1, retired ones too."""
_IMAGE_TYPES: Final = (
    "ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER MIXED OTHER PROJECTION VOLUME BIPLANE "
    "SINGLE FLUOROSCOPY ANGIO CARDIAC NONE STATIC DYNAMIC GATED TOMO EMISSION TRANSMISSION "
    "REPROJECTION PORTAL SIMULATOR DRR BLANK MULTIPLANAR RESAMPLED MPR MAXIMUM MINIMUM MEAN "
    "MEDIAN MODE STD_DEVIATION THICKNESS LABEL OVERVIEW THUMBNAIL SPECTROSCOPY PERFUSION "
    "DIFFUSION M P R I M_FFE P_FFE FFE SE IR VELOCITY MAGNITUDE PHASE REAL IMAGINARY ADD SUB"
)
"""PS3.3 C.7.6.1.1.2 and the image modules that add to it."""
_IMAGE_TYPES_OF_VENDORS: Final = frozenset(
    {"CSA MPR", "CSA 3D EDITOR", "CSA RESAMPLED", "CSAPARALLEL", "DIS2D", "DOSEINFO", "MFSPLIT", "ND", "NORM"}
)
"""Third and later values that scanners write often."""
_BODY_PARTS: Final = (
    "ABDOMEN ABDOMENPELVIS ADRENAL ANKLE AORTA ARM AXILLA BACK BLADDER BRAIN BREAST BRONCHUS BUTTOCK "
    "CALCANEUS CALF CAROTID CEREBELLUM CERVIX CHEEK CHEST CHESTABDOMEN CHESTABDPELVIS CIRCLEOFWILLIS "
    "CLAVICLE COCCYX COLON CORNEA CORONARYARTERY CSPINE CTSPINE DUODENUM EAR ELBOW ESOPHAGUS EXTREMITY "
    "EYE EYELID FACE FEMUR FINGER FOOT GALLBLADDER HAND HEAD HEADNECK HEART HIP HUMERUS IAC ILEUM ILIUM "
    "JAW JEJUNUM KIDNEY KNEE LARYNX LEG LIVER LSPINE LSSPINE LUNG MAXILLA MEDIASTINUM MOUTH NECK NECKCHEST "
    "NECKCHESTABDOMEN NECKCHESTABDPELV NOSE ORBIT OVARY PANCREAS PAROTID PATELLA PELVIS PENIS PHARYNX "
    "PROSTATE RECTUM RIB SCALP SCAPULA SCLERA SCROTUM SHOULDER SKULL SPINE SPLEEN SSPINE STERNUM STOMACH "
    "SUBMANDIBULAR TESTIS THIGH THUMB THYMUS THYROID TLSPINE TMJ TOE TONGUE TRACHEA TSPINE URETER URETHRA "
    "UTERUS VAGINA VULVA WHOLEBODY WRIST ZYGOMA"
)
"""PS3.16 Annex L, values of Body Part Examined."""
_SCHEMES: Final = (
    "DCM DCMUID SRT SCT SNM3 SNM LN UCUM UMLS FMA RADLEX NCIt MA NDC RXNORM I9C I10 IANA_RFC5646 "
    "ISO3166_1 ISO639_1 ISO639_2 ISO11073 HL7 BARI ACR CPT4 C4 C5 CD2 NPI NEU NYUMCCG PATHLEX "
    "RFC3066 DC UNS UNTD UBERON"
)
"""PS3.16 Table 8-1."""


def _terms(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEFINED_TERMS: Final[Mapping[int, frozenset[str]]] = MappingProxyType(
    {
        tag_of("Modality"): _terms(_MODALITIES),
        tag_of("ImageType"): _terms(_IMAGE_TYPES) | _IMAGE_TYPES_OF_VENDORS,
        tag_of("FrameType"): _terms(_IMAGE_TYPES) | _IMAGE_TYPES_OF_VENDORS,
        tag_of("BodyPartExamined"): _terms(_BODY_PARTS),
        tag_of("CodingSchemeDesignator"): _terms(_SCHEMES),
        tag_of("ConversionType"): _terms("DV DI DF WSD SD SI DRW SYN"),
        tag_of("PatientSex"): _terms("M F O"),
        tag_of("Laterality"): _terms("L R"),
        tag_of("ImageLaterality"): _terms("L R U B"),
        tag_of("ScanningSequence"): _terms("SE IR GR EP RM"),
        tag_of("SequenceVariant"): _terms("SK MTC SS TRSS SP MP OSP NONE"),
        tag_of("PhotometricInterpretation"): _terms(
            "MONOCHROME1 MONOCHROME2 RGB YBR_FULL YBR_FULL_422 YBR_PARTIAL_422 YBR_PARTIAL_420 "
            "YBR_ICT YBR_RCT XYB HSV ARGB CMYK"
        )
        | {"PALETTE COLOR"},
        tag_of("ValueType"): _terms(
            "TEXT NUM CODE DATE TIME DATETIME UIDREF PNAME COMPOSITE IMAGE WAVEFORM SCOORD "
            "SCOORD3D TCOORD CONTAINER TABLE"
        ),
        tag_of("RelationshipType"): _terms("CONTAINS")
        | {
            "HAS PROPERTIES",
            "HAS CONCEPT MOD",
            "HAS OBS CONTEXT",
            "HAS ACQ CONTEXT",
            "INFERRED FROM",
            "SELECTED FROM",
        },
        tag_of("PresentationIntentType"): frozenset({"FOR PRESENTATION", "FOR PROCESSING"}),
        tag_of("LossyImageCompression"): _terms("00 01"),
        tag_of("ReasonForTheAttributeModification"): _terms("COERCE CORRECT"),
        tag_of("BurnedInAnnotation"): _terms("YES NO"),
    }
)
"""Terms by tag."""
_ENCODED_TERMS: Final = {
    tag: frozenset(term.encode("ascii") for term in terms) for tag, terms in DEFINED_TERMS.items()
}


def undefined_part(tag: int, value: bytes) -> bytes:
    """Return those of an attribute's values that are no terms which the Standard defines for it.

    Parameters
    ----------
    tag
        Of an attribute in `DEFINED_TERMS`.
    value
        Encoded value; several are separated by a backslash.
    """
    terms = _ENCODED_TERMS[tag]
    parts = [part.strip(b" \0") for part in value.split(b"\\")]
    return b"\\".join([part for part in parts if part not in terms])
