"""Texts as people write them into an examination's descriptions: what is in braces must go.

Nobody in them exists. A row holds texts between bars; `KNOWN` gives the Patient's Name before a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .builders import CT, Elements, code

_STRANGERS: Final = """
{SMITH} {JOHN} CT CHEST | MRI Brain {Brown} {James} | MR KNEE LEFT ({WILLIAMS}) | MR KNEE LEFT [{JONES}]
MR_KNEE_LEFT_{DAVIS} | MR-KNEE-{WILSON} | MR KNEE/{MOORE} | ax t1 post gad {rose} {park} | CT Head {Cook}
CT Schädel {Lang} {Maria} | CT Schädel {Koch} {Robert} | CT Schädel {Klein} | CT Schädel {Weiß} {Anna}
CT Schädel {Schwarz} | CT Schädel {Groß}, {Karl} | Röntgen Hand {Frau Müller} | Röntgen Hand Hr. {Schmidt}
Röntgen Hand Fr. {Meier}-{Schulze} | Röntgen Hand Patient {Öztürk} | IRM cérébrale M. {Dupont}
IRM cérébrale Mme {Lefèvre} | IRM cérébrale {Jean}-{Pierre} {Blanc} | IRM genou {Petit} {Marie}
TAC torax {García} {López} | TAC torax Sr. {Hernández} | RX torace {Rossi} {Mario}
RX torace sig.ra {Bianchi} | CT thorax {van der Berg} | CT thorax {van den Heuvel}, {J.}
CT thorax dhr. {de Vries} | CT thorax mevr. {Jansen}-{Bakker} | CT CHEST {McDonald}
CT CHEST {Smith}-{Jones} {Emily} | CT CHEST {Smith}'s | CT CHEST {Smith} and {Jones} | Mr {Smith} CT CHEST
CT CHEST Mrs. {Long} | CT CHEST pt {John} | CT CHEST pt: {Mary Ann} | CT CHEST Dr.{Jones} | CT CHEST Dr{Jones}
CT CHEST MD: {Jones} | CT CHEST tech {JB} | CT CHEST TECH={KLM} | CT CHEST by {JS} | CT CHEST J {SMITH}
CT CHEST {SMITH} J | CT CHEST {YILMAZ} {AYSE} | 胸部CT {田中太郎} | 胸部CT {山本 花子} 様 | 頭部MRI {高橋}先生
胸部CT {王伟} | 头部CT 患者{李娜} | 흉부 CT {김민준} | 뇌 MRI {박지영} 님 | КТ грудной клетки {Иванов} {Иван}
КТ головы {Петрова} А.С. | ΑΞΟΝΙΚΗ ΘΩΡΑΚΟΣ {ΠΑΠΑΔΟΠΟΥΛΟΣ} | CT θώρακος {Γιώργος Παππάς} | أشعة الصدر {فاطمة}
CT CHEST {כהן} | CTCHEST{SMITH} | chest{Smith} | {SmithJohn}CT | CT_{SmithJ}_chest | CT CHEST @{jsmith}
CT CHEST for {Douglas} {Davidson} | CT CHEST for {Young} | CT CHEST of {Long} | CT CHEST on {Brown}
AXIAL {ROSE} | AXIAL {HOPE} {FAITH} | SAG T2 {APRIL} {MAY} | PET CT {Graves} {Tom}
PET CT {Wilson} {Parkinson} | MR LIVER {Wilson} {Ana} | MR BRAIN {Parkinson}, {Leo} | CT {Cushing}, {H}
US THYROID {Hashimoto} {Ken} | CT CHEST {Bill} | CT CHEST {Philips} {Ann} | CT chest call {555-0142}
call {(212) 555-0187} | contact {212.555.0187} x{4411} | cell {+1-212-555-0187} | phone {2125550187}
{2125550187} | CT chest {212 555 0187} | Tel {020 7946 0958} | {07700 900123} | {+44 (0)20 7946 0958}
{0049 30 901820} | {030/90182-0} | Tel. {0711 / 123 45 67} | {+33 1 42 68 53 00} | {01 42 68 53 00}
{+31 6 12345678} | {06-12345678} | {+81-3-1234-5678} | {03-1234-5678} | {+86 138 0013 8000} | {13800138000}
{+34 612 345 678} | {+39 06 698 1234} | {+90 532 123 45 67} | {+7 (495) 123-45-67} | pager {4471}
ext. {4471} | ext {55123} | fax {555 0199} | Mobile no {0401 234 567}
lives at {12 Baker Street}, {London NW1 6XE} | {1600 Pennsylvania Ave}
{742 Evergreen Terrace}, {Springfield} IL {62704} | {Hauptstr. 5}, {70173 Stuttgart}
{Königsallee 92a}, D-{40212 Düsseldorf} | {12 rue de la Paix}, {75002 Paris}
{Calle Mayor 15}, {28013 Madrid} | {Via Roma 12}, {00184 Roma} | {北京市海淀区中关村大街1号}
{Atatürk Cad. No:12}, {Ankara} | from {Boston} | from {Springfield}, {MA} {01101} | {SW1A 1AA}
transferred from {Mount Sinai} | seen at {Mayo} Clinic | Images from {Charité} {Berlin}
outside study {Memorial} General {Hospital} | imported from {Johns Hopkins} | Praxis Dr. {Huber} und Kollegen
seen {20190417} | seen {2019-04-17} | seen {17.04.2019} | seen {17.4.19} | seen {04/17/2019} | seen {4/17/19}
seen {17/04/19} | seen {17-04-2019} | seen {17-Apr-2019} | seen {17APR2019} | seen {17APR19}
seen {Apr 17, 2019} | seen {April 17th} {2019} | seen {17th of April 2019} | {2nd of May 1999} follow up
{May '99} follow up | {May 2nd} follow up | {20190417T143200} | {2019-04-17T14:32:00Z} | {2019/04/17 14:32}
{1555511520} follow up | {1555511520000} follow up | {20190417143200.123456} | {190417} follow up | {041719}
{20190417_143200} | chest_{20190417} | chest{20190417} | {2019_04_17} | {2019.04.17} | {17 04 2019}
{17. April 2019} | {17 avril 2019} | {17 de abril de 2019} | {17 aprile 2019} | {17 april 2019}
{17 kwietnia 2019} | {17 Nisan 2019} | {17 апреля 2019} | {2019年4月17日} | {平成31年4月17日}
{2019년 4월 17일} | Wednesday {April 17} | DOB {1/2/50} | dob {010250} | geb. {01.02.1950} | geb. {1.2.50}
né le {01/02/1950} | nacido el {1-2-1950} | {04/2019} prior | {2019-04} prior | {April 2019} prior
scanned {April seventeenth} | P4^P101^S108^I0, Gated, 0.0% {20140321} | p4 {20190619} | {91}y F
{95}F chest pain | {93}YO | {93}yr old | {93}歳 男性 | MRN {1234567} | MRN#{1234567} | MRN={1234567}
MR# {1234567} | Med Rec {1234567} | medical record number is {1234567} | Hosp no {A123456}
Hospital number {X99123} | pat id {88213} | PID {88213} | ID {88213} | case {18-2213} | Case# {S18-22134}
encounter {10099887} | Fall-Nr. {4711883} | Pat.-Nr. {4711883} | Vers.-Nr. {A123456789} | acc {A19004417}
ACC#{19004417} | Accession {RAD-19-004417} | {RAD19004417} | NHS {943 476 5919} | NHS No {9434765919}
{943 476 5919} | SSN {219099999} | {219-09-9999} | {219099999} | last four SSN {9999} | Medicaid {AB12345C}
Insurance {XYZ123456789} | member id {W123456789} | BSN {123456782} | CPR {010250-1234} | {010250-1234}
personnummer {500102-1234} | DNI {12345678Z} | NIE {X1234567L} | codice fiscale {RSSMRA80A01H501U}
{RSSMRA80A01H501U} | NIR {1 85 05 78 006 084 36} | PESEL {50010212345} | driver license {D1234567}
DL {D1234567} | NPI {1234567893} | DEA {AB1234563} | lic {A12345} | account {000123456} | acct# {123456}
serial {SN12345} | pacemaker SN {PJN123456} | order {5512345} | order# {5512345} | VIN {1HGCM82633A004352}
MAC {00:1B:44:11:3A:B7} | IP {192.168.10.20} | www.{stmarys}.org | {stmarys.org}/patients | @{janedoe}
twitter {@janedoe} | user {jsmith} | {CT19-04417} | {7781234} | {AB123456C} | contrast given by nurse {Walker}
injected by {Young} | notified {Long} | called Dr {Bell} at 5 pm | Mrs. {Day} moved
images reviewed with {Cook} | daughter {Hope} present | wife: {Grace} | escort {Will} Park | wristband {88213}
born {1/2/50} | dob {1-2-1950} sex M | {02/01/1950} | arrived from {Iraq} | inmate #{99123}
US Army {Sgt. Pepper} | employer {Boeing} | works at {Walmart} | Baby {Boy} {Jones} | BB {Smith}
BABY GIRL {JACKSON} | {Smith}, baby boy | {Jane Roe} | same as {SMITH12345} | {smith.john.19500102}
{SmithJohn_19500102} | C:/data/{Smith_John}/chest | {JSMITH} workstation | printed {4/17/19 2:32 PM}
{2019Apr17} | {20190417}-1432 | {2019-04-17}_chest | CT{20190417} | {17042019} | {04172019} | {170419} chest
on {4-17} | {4.17.2019} | {17.04.} | {10.03.19} u. {11.03.19} | {Mai 2019} | VU vom {17.04.}
prior {2018-2019} | {1999-05} | lot# {4471122} | Discussed with {Walker}.
Discussed with Dr. {Hope}, Dr. {Rose} and Dr. {Park}. | Read by {Gray}/{White}.
Resident: {Hill} Attending: {Bell} | Radiologist: {Foot} | Referring: {HEAD} | Dictated by {Price}
Mr. {Day} left | Herrn {Lang} | Befund: {Jung} / {Stern} | gez. {Stern} | M. {Blanc} | Sra. {Cabeza}
Dott. {Testa} | dhr. {Hand} | name={Smith};dob={19500102};exam=CT | Patient Name : {SMITH}   Exam: chest
Pt name is {Brown}, left knee pain | Surname: {Long}. Forename: {Mark}. | {Smith}/{Jones} left knee
CT chest "{Smith}" | CT chest {𝐒𝐦𝐢𝐭𝐡} | CT chest {ⓈⓂⒾⓉⒽ} | MRS {BROWN} BRAIN | DR {BROWN} LEFT KNEE
LEFT KNEE {MARY} {SMITH} | MR_KNEE_{MILLER}_LEFT | T2 FLAIR {Mark} {Stone} | CT CHEST Ms {Head}
CT CHEST tech: {ABC} | COR STIR {Art} {Wood} | CT CHEST {Sharp} {Joy} | CT CHEST {Ray} {Fisher}
CT CHEST {Dawn} {Winter} | {8 800 555 35 35} | bleep {2234} | {EC1A1BB} | {May 99} follow up
{2 May} follow up | {2019 04 17} | {Wed 17 Apr} | {4/19} prior | {92} yo male | {94}-year-old woman with cough
{93} J. | {93}-jähriger Patient | {95} F chest pain | age {97} | Age: {102} | aged {93} | {091Y} | {93} ans
{93} años | {93} years | {93} y/o | {ninety-two} year old | {93} лет | {100}-year-old | in his {90s}
MR No. {12-34-56} | {219 09 9999} | last 4 {9999} | Medicare {1EG4-TE5-MK73} | Policy # {W0012 34567}
passport {C01X00T47} | credit card {4111 1111 1111 1111} | S/N {A-4471-22} | login: {rad_jsm} | subj {017}
CT chest {Smith} left message | {Smith} CHEST PA | patient {Brown} moved during scan
patient {Brown} was coughing | tech {Baker} repeated scan | per {Hill} protocol | {Hill} protocol | Mr {Bell}
Ms {Hand} | {Reed} reviewed images | initials {KW} | tech {KW} | RT: {KW} | rad {KW} | Performed by {KW}
done by {TB} RT(R) | prisoner {A4471} | Study of {Apr. 17} | {17/iv/2019} | {17.4.} Kontrolle | KM {10.3.}
Voraufnahme {3/18} | {93} yo F MVC | {93yo}F fall | {93yF} | {93 y.o.} M | {93M} SOB | {93 M} SOB | {104} yrs
{Smith} left knee | MR KNEE {SMITH} LEFT | CT {SMITH} CHEST | Chest {Jones} AP portable | {YOUNG} CHEST PA
{Brown}_BRAIN | {Patel}-KNEE | {Long}^KNEE | KNEE_{SMITH}_LEFT | Head^{Brown}_Routine (Adult) | 01_{Long}_Knee
{Jones}Chest | J {Wilson} chest PA | knee for {Brown} left | CT for {Smith} chest | by {Smith} left knee
Performed by {Smith} chest | nurse {Smith} left message | mother {Patel} present | called {Young} at 5
Name {Young} Exam chest | MR {BROWN} LEFT KNEE | MS {BROWN} BRAIN | patient {Smith} left knee
ref: {Smith} left | CT chest – {Smith} – left | CT.{Smith}.chest | CT chest #{smith} | CT chest {Smith1}
CT chest {Smith2019} | {Ray} {Bell} left knee | {Mark} {Stone} kidney | {Smith} called back.
{Jones} agrees with the findings. | {Young} reviewed this study. | {Long} was notified at 5 pm.
Patient {Brown} tolerated the procedure well. | I, {Mark} {Stone}, personally reviewed the images.
Reported to {Ward} on 4/17 | Technologist: {AB} | Interpreted by {Field} | Attending radiologist {Good}
cc Dr {Summer} | Thank you for referring Mr {Hand} | her son {Tim} lives in {Bath} | Mrs {Hand}'s knee
Miss {Summer} | Herr {Kopf} klagt | Frau {Herz} berichtet | Frau {Kurz}, {93} Jahre | Hr. {Bein}
Dr. med. {Finger} | OA Dr. {Bruch} | Dr {Li} | Mr {He} | Dr. {Ma} | Mr {An} | Dr. {Su}
CUBE T2 {Apr 17, 2019} | TI-RADS 3 {April 17, 2019} | knee 1.5T {May 2, 2019}
CT chest 12 Baker Street, {Bath} | CT Head {Bell} | CT Head {Day} | CT CHEST {Summer}
CT CHEST {Field} {Sally} | CT CHEST {West} | CT CHEST {GATES} | CT CHEST {KEY} {ALICIA}
CT CHEST {STRONG} {MARK} | CT CHEST {SMALL} {TIM} | CT CHEST {LITTLE} | CT CHEST {GOOD} {JACK}
CT CHEST {STONE} {SHARON} | prior {17 Apr} | seen by {Bell} and {Day}
"""
"""A person, place, date, number or age that the header does not mention, in a descriptor."""

_KNOWN: Final = """
Long^Mary: CT LONG AXIS {Mary} {Long} | Long^Mary: CT CHEST {LONG} | Young^Ann: MR BRAIN {Young}
Head^Jo: CT CHEST {HEAD} {JO} | Head^Jo: {Jo} {Head} CT chest | Li^Na: CT CHEST {LI} | Li^Na: CT CHEST {LINA}
Brown^T: T2 AX {Brown} | Stern^Uwe: Thorax {Stern} | Koch^Ida: {KOCH} Thorax
Smith^Jonathan: CT CHEST {SMYTH} | Smith^Jonathan: CT CHEST {Smithh} | Smith^Jonathan: CT CHEST {Jon}
Smith^Jonathan: CT CHEST {JSM} | Smith^Jonathan: CT CHEST {JS} | Chest^Paul: MR {CHEST} {PAUL}
"""

_LIMITS: Final = """
AX T2 {white} | ax t1 post gad {will} {short} | CT ABDOMEN {Hand} {Petra} | XR HAND {HAND} {PETER}
CT Head {Foot} {Daniel} | CT Schädel {Kopf} {Hans} | Thorax p.a. {Herz} {Ludwig} | Thorax {Fuß} {Helga}
CT CHEST {LI} {NA} | CT CHEST {Ma} {Li} | CT CHEST {Xu} {Li} | PET {Crohn} | CT CHEST {Max} {Lung}
CT CHEST {Bone} {Steven} | CT CHEST {Leão} {Boca} | CT CHEST {Siemens} {Werner} | CT CHEST {Power} {Tyrone}
CT CHEST {FAST} {HOWARD} | CT CHEST {REST} {ALBERT} | CT CHEST {BLUNT} {EMILY} | CT CHEST {PAIN} {WALTER}
RM rodilla {Delgado} {Cabeza} | {KW}/{JB} | {T. B.} | {17-4} prior | pt is {96} | Kaiser {Permanente} transfer
seit {März} | last menses {03-12} | XR WRIST {Colles} {Abraham} | saved by {ct99user} | plate {B-MW 1234}
CT chest {S m i t h} | CT chest {S.M.I.T.H} | CT chest {U21pdGg}= | SAG T2 {JUNE} | МРТ {Белых}
interpreter {Li} | CT chest {Sm1th} | CT chest {Qw4ndor}
"""
"""What nobody can tell from a clinical text without knowing the person."""
LIMIT: Final = "an ordinary word, an abbreviation or an encoding; nothing beside it says it is a name"

_HALVES: Final = """
CT CHEST {HEAD}, {MICHAEL} | {Head}^{Michael} CT thorax | AX T2 {grace} {kelly} | CT CHEST {Nguyễn Văn An}
CT CHEST {NGUYEN THI HOA} | CT CHEST {Ng} {Wai Man} | CT CHEST {KIM} {MIN}-{JUN} | PET CT {Hodgkin} {Dorothy}
CT CHEST {Lung}, {Max} | CT CHEST {Contrast}, {Jane} | {Iris} {Winter} brain | Signed {Short}, {William}
works as a teacher at {Lincoln} {High}
"""
"""Names of which one half goes, and the other is a clinical word."""
HALF: Final = "beside what goes, the clinical word is as often one of the examination as a name"

_KEPT: Final = """
CT CHEST W CONTRAST | SWI_Images mIP | FIESTA-C | Ultravist-370, 80 ml, 3.5 ml/s | NECK 3.0 B31s
LT ANKLE AP/LAT/MORTISE | Gleason 3+4=7, PSA 8.4 ng/ml | Lexiscan stress 31 mCi Tc99m sestamibi
LLQ tenderness, diverticulitis? | Hill-Sachs lesion | contrast reaction 2015
Findings are suspicious for malignancy; biopsy is recommended. | IRM cérébrale sans et avec gadolinium
TK klatki piersiowej z kontrastem | Patient Protocol | PRE-MONITORING | C SPINE | US LOW EXT VEN DUP BILAT
CTV 54Gy | zPTV opt | QTc 440 ms | BILATERAL SCREENING DIGITAL MAMMO TOMO | PRONE Obl | KUB
OMNI 350 90CC@3CC/SEC | INR 1.1 | Exam limited by body habitus | Ewing sarcoma | Morgagni hernia
Morton neuroma | Down syndrome | Lauenstein | AX PD FS | COR VIBRANT | Survey_BFFE | SpinEchoFieldMap_AP
Recon 5: AX BONE PLUS | LWS 2.0 | Z.n. Sectio, V.a. Sinusvenenthrombose
"""
"""Clinical texts that lose nothing."""

_SIDES: Final = """
Femoral Head L | Lung_L | Parotid_R | Ax T1 FLAIR +C | LAVA FLEX +C | Lung-RADS 4A | RT HIP 2V | VRT 3D
FIESTA-C | QTc 440 ms | Isovue 300 / 75cc | 1.2 ABD/PEL W | Temp 38.5 C | CT CHEST AP/PA | T2N1M0 | C4-C5 disc
L FOOT 3V | Lt breast MLO | F-18 FDG 10.2 mCi | LI-RADS LR-5 seg 7 | Low dose CT KUB | BLADE T2 tra
e-THRIVE dyn | Wilson disease | Ewing sarcoma | Gleason 3+4=7 | Weber B ankle fx
"""
"""Clinical texts that lose nothing beside a name either."""

_PATTERNS: Final = (
    "{} for Douglas Davidson | {} Quimbley, John | {}, Dr. Brown | Mr. Young {} | {} MRN: 1234567"
)
BESIDE: Final = _PATTERNS.split(" | ")

_EPONYMS: Final = """
Thorax 1.0 I70f 3 LCAD | Ca Score 3.0 B35f Diast 75% | CT IVU / CT urogram 3 phase
BI-RADS 4B left breast 10 o'clock 3 cm FN | Hounsfield units -10 HU | STD ALGO | DYNAMIC-3dfgre SER
AX BRAVO +C | CHEST 2 VWS | 100cc Isovue-370 @ 4 cc/s, 30 cc saline chaser | Creat 0.9 GFR >60
Bochdalek hernia | Chiari I malformation | Dandy-Walker | Arnold-Chiari | Salter-Harris II | Osgood-Schlatter
Legg-Calve-Perthes | Freiberg infraction | Pott puffy | Budd-Chiari | Ehlers-Danlos | Sturge-Weber
von Hippel-Lindau | Conn adenoma | Guillain-Barre | Circle of Willis | Vein of Galen | Foramen of Monro
Harris heel | Nuss bar | Greenfield filter | Ax SSFSE MBH | Thin Bone Alg | Abdomenübersicht LSL
"""
"""Clinical texts with words that are rare, or somebody's name too."""

_LOST: Final = """
Melanoma left calf, Breslow 2.3 mm | ADC_1400 | Gartland | Galeazzi | Segond | Jefferson | Kohler | Haglund
Fontan, Glenn shunt | Kawasaki | Wegener | Addison | Cushing | Huntington | Rosenberg | Merchant | Foley
Nissen | Kasai | Hartmann | Ivor Lewis
"""
"""Clinical texts of which a word is lost."""
LOSS: Final = "a family's name or a time of day too; nothing beside it says it is medicine"


@dataclass(frozen=True, slots=True)
class Text:
    """A text, the parts of it that must go, and the Patient's Name; None for the usual one."""

    text: str
    planted: tuple[str, ...]
    name: str | None = None

    def left(self, out: str) -> list[str]:
        """Return the words of what was planted that are in what is left."""
        words = [word for part in self.planted for word in re.findall(r"[^\W_]+", part)]
        return [word for word in words if _holds(out, word)]


def _holds(out: str, word: str) -> bool:
    if len(word) > 3:
        return word.casefold() in out.casefold()
    return re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", out, re.IGNORECASE) is not None


def _rows(table: str) -> Iterator[str]:
    return (text.strip() for row in table.strip().splitlines() for text in row.split(" | "))


def _text(marked: str, name: str | None = None) -> Text:
    return Text(re.sub("[{}]", "", marked), tuple(re.findall(r"\{(.*?)\}", marked)), name)


STRANGERS: Final = [_text(row) for row in _rows(_STRANGERS)]
KNOWN: Final = [_text(text, name) for name, text in (row.split(": ", 1) for row in _rows(_KNOWN))]
LIMITS: Final = [_text(row) for row in _rows(_LIMITS)]
HALVES: Final = [_text(row) for row in _rows(_HALVES)]
KEPT: Final = list(_rows(_KEPT))
EPONYMS: Final = list(_rows(_EPONYMS))
LOST: Final = list(_rows(_LOST))
SIDES: Final = list(_rows(_SIDES))

_WHO: Final = "Qwandor Hestrick"
_RT: Final = "1.2.840.10008.5.1.4.1.1.481."
_FINDINGS: Final = code("Findings", "121071", "DCM")
_ITEM: Final = {"RelationshipType": "CONTAINS", "ValueType": "TEXT"}


@dataclass(frozen=True, slots=True)
class Field:
    """Elements that hold somebody whom the header does not mention."""

    elements: Elements
    modality: str = "CT"
    sop_class: str = CT


def _root(*keywords: str) -> dict[str, Field]:
    return {keyword: Field({keyword: ("LO", _WHO)}) for keyword in keywords}


def _nested(sequence: str, modality: str, sop_class: str, *keywords: str) -> dict[str, Field]:
    return {
        f"{sequence}/{keyword}": Field({sequence: [{keyword: ("LO", _WHO)}]}, modality, sop_class)
        for keyword in keywords
    }


FIELDS: Final[dict[str, Field]] = {
    **_root("PatientComments", "AdditionalPatientHistory", "MedicalAlerts", "Allergies", "PatientState"),
    **_root("StudyDescription", "ProtocolName", "ContrastBolusAgent", "DerivationDescription"),
    **_root("RequestedProcedureDescription", "ReasonForStudy", "AcquisitionComments", "FrameComments"),
    **_root("AcquisitionProtocolName", "ReconstructionDescription", "AlgorithmDescription"),
    **_root("WindowCenterWidthExplanation", "LUTExplanation", "ContrastBolusRoute", "InstructionText"),
    **_nested("BeamSequence", "RTPLAN", _RT + "5", "BeamName", "BeamDescription"),
    **_nested("PatientSetupSequence", "RTPLAN", _RT + "5", "PatientSetupLabel", "PatientAdditionalPosition"),
    **_nested("ToleranceTableSequence", "RTPLAN", _RT + "5", "ToleranceTableLabel"),
    **_nested("StructureSetROISequence", "RTSTRUCT", _RT + "3", "ROIName", "ROIDescription"),
    "DoseComment": Field({"DoseComment": _WHO}, "RTDOSE", _RT + "2"),
    **_nested("SegmentSequence", "SEG", "1.2.840.10008.5.1.4.1.1.66.4", "SegmentLabel", "SegmentDescription"),
    "local procedure code": Field({"ProcedureCodeSequence": [code(f"CT Chest {_WHO}", "CTCH", "99LOC")]}),
    "local code with a cue": Field({"ProcedureCodeSequence": [code(f"Chest for {_WHO}", "CTCH", "99LOC")]}),
    "ImageType": Field({"ImageType": f"ORIGINAL\\PRIMARY\\AXIAL\\{_WHO.upper()}"}),
    "ImageType with a title": Field({"ImageType": f"ORIGINAL\\PRIMARY\\DR {_WHO.split()[1].upper()}"}),
    "BodyPartExamined": Field({"BodyPartExamined": f"{_WHO[:7].upper()} CHEST"}),
    "OverlayComments": Field({0x60004000: ("LT", f"CT chest {_WHO}")}),
    "request attributes": Field({"RequestAttributesSequence": [{"ScheduledProcedureStepDescription": _WHO}]}),
    "waveform annotation": Field(
        {"WaveformAnnotationSequence": [{"UnformattedTextValue": f"sinus rhythm {_WHO}"}]},
        "ECG",
        "1.2.840.10008.5.1.4.1.1.9.1.1",
    ),
    "structured report": Field(
        {
            "ValueType": "CONTAINER",
            "ConceptNameCodeSequence": [code("Imaging Report", "18748-4", "LN")],
            "ContinuityOfContent": "SEPARATE",
            "ContentSequence": [{**_ITEM, "ConceptNameCodeSequence": [_FINDINGS], "TextValue": _WHO}],
        },
        "SR",
        "1.2.840.10008.5.1.4.1.1.88.33",
    ),
}
"""Where somebody whom nothing announces must not stay."""
STRANGER: Final = tuple(_WHO.split())
