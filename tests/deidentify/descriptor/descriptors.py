"""Descriptors and what is left of them, by what is in them. Every person and place is invented."""

from __future__ import annotations

STAY = """
CT ABDOMEN W/O CONTRAST
CT ABDOMEN AND PELVIS WITH CONTRAST
MRT Schädel nativ und nach KM
IRM cérébrale sans injection
4.6 COLONOSCOPY (ACRIN)
t1_mprage_sag_p2_iso_1.0mm
Dx: Hodgkin lymphoma
AX T2 FLAIR
C-Spine 2V
L4/L5
BI-RADS 4
TR 500 TE 12
XR CHEST AP PORTABLE
P4^P101^S108^I0, Gated, 0.0%
LONG AXIS
RT KNEE
MARK NIPPLE
LEFT WRIST
CT, HEAD/BRAIN WO CONTRAST
1.1 Routine Brain
Chest PA
Head^Routine
abdomen^liver
3-PLANE LOC
T1 Mapping
Scout
MRI Brain w/o & w
PET 7S 6IT 6 POST
SE - TI 2500
5/5mm Plain
Lossy compression with JPEG baseline, quality factor 90, compression ratio 21.521
JPEG 2000 reversible (lossless)
2.5mm Disc
7.1 L-Spine 3 Level 2.5mm
CHEST 120kV 200mAs
b1000
DWI b 0-500-1000
0.5T
70%
ratio 0.084906
512x512
3x3
ep2d_diff_3scan_trace_p2
t2_tse_tra_320
AX T1 +C
Abdomen C+
GASTRIC EMPTYING 90 min
LUMBAR SPINE 2 OR 3 VIEWS
CT HEAD
RT HAND 3 VIEWS
LT FOOT
HEAD AND NECK
WHITE MATTER
BLACK BLOOD
SHORT AXIS
HAND RT
MG BILATERAL CC MLO
US ABDOMEN COMPLETE
NM BONE SCAN
CHEST PAIN
BLUNT TRAUMA HEAD
WATER FAT
FIRST PASS
TRUE FISP
GATED 2:30 min
BAKER CYST
Child C cirrhosis
Morbus Crohn
MRT Knie nach Weber B Fraktur
Colles fracture
T12-L1
BP 120/80
coil for head
r/o PE
Tc-99m MDP
Patient supine
CTA CHEST (PE)
MR CARDIAC LONG AXIS CINE
LWS in 2 Ebenen
Röntgen Thorax p.a.
CT Thorax mit KM
MRT Knie rechts
IRM du genou droit
TDM thoracique avec injection
Échographie abdominale
TAC de abdomen con contraste
RM de rodilla izquierda
RX torax
GREY MATTER
HEAD CT
SMALL BOWEL FOLLOW THROUGH
SMALL LEFT EFFUSION
CROSS TABLE LATERAL HIP
PET DAY 2
RENAL STONE
Ax FSPGR BRAVO +C
SINUSES WATERS
Skull Townes
MRA CIRCLE OF WILLIS
Bilateral AP standing knees Rosenberg
HIP DUNN LATERAL
Osgood-Schlatter disease
Graves disease
Chiari malformation
Miller Fisher syndrome
GLEASON 7
VEN_BOLD_HR
CT H\u0435ad
Gallium scan 48 hr
μSv 2
"""
"""Nothing of these goes."""

NAMES = [
    ("XR CHEST AP PORTABLE for Douglas Davidson", "XR CHEST AP PORTABLE"),
    ("CT HEAD for Ebenezer Quillfeather", "CT HEAD"),
    ("CT HEAD ordered by Dr. Quillfeather", "CT HEAD"),
    ("CT HEAD ordered for by Quillfeather", "CT HEAD"),
    ("CT CHEST, performed by Dr. Ada Quillfeather", "CT CHEST"),
    ("CT CHEST read by E. Quillfeather", "CT CHEST"),
    ("CT CHEST dictated by: QUILLFEATHER, EBENEZER", "CT CHEST"),
    ("Dr. Quillfeather CT CHEST", "CT CHEST"),
    ("DR.QUILLFEATHER CT CHEST", "CT CHEST"),
    ("Prof. Dr. med. Quillfeather CT CHEST", "CT CHEST"),
    ("CT CHEST referred by Quillfeather MD", "CT CHEST"),
    ("CT CHEST Quillfeather, MD", "CT CHEST"),
    ("CT CHEST (Quillfeather)", "CT CHEST"),
    ("CT CHEST [Dr. Quillfeather]", "CT CHEST"),
    ("CT CHEST - Quillfeather - PORTABLE", "CT CHEST - PORTABLE"),
    ("CT CHEST, Quillfeather, PORTABLE", "CT CHEST, PORTABLE"),
    ("Quillfeather: CT CHEST", "CT CHEST"),
    ("Quillfeather_CHEST", "CHEST"),
    ("CHEST_Quillfeather", "CHEST"),
    ("t1_mpr_quillfeather_001", "t1_mpr_001"),
    ("Name: Quillfeather Ebenezer CT CHEST", "CT CHEST"),
    ("Patient: Quillfeather, CT CHEST", "CT CHEST"),
    ("CT CHEST per Quillfeather", "CT CHEST"),
    ("CT CHEST via Quillfeather", "CT CHEST"),
    ("CT CHEST attn Quillfeather", "CT CHEST"),
    ("CT CHEST attn: Quillfeather", "CT CHEST"),
    ("CT CHEST c/o Mrs Quillfeather", "CT CHEST"),
    ("CT CHEST Mr. Quillfeather", "CT CHEST"),
    ("CT CHEST Ms. Quillfeather", "CT CHEST"),
    ("CT CHEST for Mark Long", "CT CHEST"),
    ("CT CHEST for Long Axis", "CT CHEST for Long Axis"),
    ("CT CHEST, Long, Mark", "CT CHEST"),
    ("CT HEAD YOUNG", "CT HEAD"),
    ("CT CHEST Brown Quillfeather", "CT CHEST"),
    ("CT CHEST J. Brown", "CT CHEST"),
    ("CT CHEST for Grace", "CT CHEST"),
    ("MR Dr Brown", "MR"),
    ("JOHNSON CT HEAD", "CT HEAD"),
    ("CT CHEST Patel", "CT CHEST"),
    ("CT CHEST Walker", "CT CHEST"),
    ("MRT Kopf Braun", "MRT Kopf"),
    ("MRI brain Will Smith", "MRI brain"),
    ("CT CHEST Rose", "CT CHEST"),
    ("CT CHEST, Jones", "CT CHEST"),
    ("CT CHEST April", "CT CHEST"),
    ("CT CHEST Jean Martin", "CT CHEST"),
    ("M. Parkinson", ""),
    ("MRT Knie Dr. Quillfeder", "MRT Knie"),
    ("MRT Knie Herr Quillfeder", "MRT Knie"),
    ("MRT Knie Frau Quillfeder", "MRT Knie"),
    ("MRT Knie für Quillfeder", "MRT Knie"),
    ("MRT Knie von Dr. Quillfeder", "MRT Knie"),
    ("MRT Knie, Überweiser: Dr. Quillfeder", "MRT Knie"),
    ("MRT Knie Arzt: Quillfeder", "MRT Knie"),
    ("geb. Quillfeder MRT Knie", "MRT Knie"),
    ("IRM du genou pour Mme Plumeciel", "IRM du genou"),
    ("IRM du genou Dr Plumeciel", "IRM du genou"),
    ("IRM du genou, médecin : Plumeciel", "IRM du genou"),
    ("IRM du genou M. Plumeciel", "IRM du genou"),
    ("nom: Plumeciel IRM du genou", "IRM du genou"),
    ("TAC de abdomen para Sra. Plumacielo", "TAC de abdomen"),
    ("TAC de abdomen Dr. Plumacielo", "TAC de abdomen"),
    ("TAC de abdomen, paciente: Plumacielo", "TAC de abdomen"),
    ("CT torace per sig. Piumacielo", "CT torace"),
    ("CT torace dott. Piumacielo", "CT torace"),
    ("paziente: Piumacielo CT torace", "CT torace"),
    ("CT thorax voor dhr. Veerhemel", "CT thorax"),
    ("CT thorax mevr. Veerhemel", "CT thorax"),
    ("naam: Veerhemel CT thorax", "CT thorax"),
    ("CT thorax för Herr Fjäderhimmel", "CT thorax"),
    ("CT thorax pacjent: Piórniebo", "CT thorax"),
    ("CT thorax hasta: Tüygök", "CT thorax"),
    ("CT CHEST by tech: Quillfeather", "CT CHEST"),
    ("CT CHEST operator Quillfeather", "CT CHEST"),
    ("CT CHEST technologist=Quillfeather", "CT CHEST"),
    ("SMITH BRAIN", "BRAIN"),
    ("JOHNSON BRAIN", "BRAIN"),
    ("HALL BRAIN", "BRAIN"),
    ("Smith brain MRI", "brain MRI"),
    ("smith brain MRI", "brain MRI"),
    ("SMITH KNEE", "KNEE"),
    ("CT SMITH BRAIN", "CT BRAIN"),
    ("Brown Knee", "Knee"),
    ("YOUNG CHEST PA", "CHEST PA"),
    ("STRONG CT HEAD", "CT HEAD"),
    ("Dr. Strong CT head", "CT head"),
    ("Dr. Good CT head", "CT head"),
    ("Prof. Branch CT head", "CT head"),
    ("Mr. Couch CT head", "CT head"),
    ("Mrs Small CT head", "CT head"),
    ("Dr. Crane CT head", "CT head"),
    ("Dr. Cross CT head", "CT head"),
    ("Dr. Head CT head", "CT head"),
    ("Herr Kopf Schädel", "Schädel"),
    ("HERR KOPF SCHÄDEL", "SCHÄDEL"),
    ("Mme Court genou", "genou"),
    ("Sra. Cabeza abdomen", "abdomen"),
    ("MR Head", "MR Head"),
    ("XR CHEST AP BELL", "XR CHEST AP"),
    ("XR CHEST AP WARD", "XR CHEST AP"),
    ("XR CHEST AP WEST", "XR CHEST AP"),
    ("XR CHEST AP STONE", "XR CHEST AP"),
    ("XR CHEST AP DAY", "XR CHEST AP"),
    ("XR Knee Lange", "XR Knee"),
    ("CT ABD Cortes", "CT ABD"),
    ("CT ABD Marks", "CT ABD"),
    ("PlantedSh", ""),
    ("CT McQuill", "CT"),
    ("CT QuillDe", "CT"),
    ("QuillChest CT", "Chest CT"),
    ("CT Quillf\u0435ath\u0435r", "CT"),
    ("OMNIPAQUE 350 ref. by Dr Quillx", "OMNIPAQUE 350"),
    ("NODULE 12 mm performed by Dr. Quillx", "NODULE 12 mm"),
    ("12 LEAD ECG performed by Dr. Quillx", "12 LEAD ECG"),
    ("SINUS call 555-1234", "SINUS"),
    ("SINUS ref Quillx", "SINUS"),
    ("SINUS ref. Dr Quillx", "SINUS"),
    ("CHEST, call Dr Quillx", "CHEST"),
    ("CT HEAD ref: Dr. Quillx", "CT HEAD"),
    ("Ax FSPGR BRAVO +C for Sigridur Quillsdottir", "Ax FSPGR BRAVO +C"),
    ("Mrs. Quillfeather Chiari malformation with syrinx", "Chiari malformation with syrinx"),
    ("Gallium scan 48 hr - Ada Quillfeather", "Gallium scan 48 hr"),
]
"""Strangers: nobody whom a header names."""

DATES = [
    ("P4^P101^S108^I0, Gated, 0.0% 20140321", "P4^P101^S108^I0, Gated, 0.0%"),
    ("p4_20190619", "p4"),
    ("p4 20190619", "p4"),
    ("scan20190619a", "scan a"),
    ("CT CHEST 2019-06-19", "CT CHEST"),
    ("CT CHEST 2019/06/19", "CT CHEST"),
    ("CT CHEST 2019.06.19", "CT CHEST"),
    ("CT CHEST 2019_06_19", "CT CHEST"),
    ("CT CHEST 19.06.2019", "CT CHEST"),
    ("CT CHEST 19. 6. 2019", "CT CHEST"),
    ("CT CHEST 19.6.19", "CT CHEST"),
    ("CT CHEST 19/06/2019", "CT CHEST"),
    ("CT CHEST 06/19/2019", "CT CHEST"),
    ("CT CHEST 06/19/19", "CT CHEST"),
    ("CT CHEST 6/9/19", "CT CHEST"),
    ("CT CHEST 19-06-2019", "CT CHEST"),
    ("CT CHEST 19-JUN-2019", "CT CHEST"),
    ("CT CHEST 19JUN2019", "CT CHEST"),
    ("CT CHEST 19-Jun-19", "CT CHEST"),
    ("CT CHEST June 19, 2019", "CT CHEST"),
    ("CT CHEST June 19th, 2019", "CT CHEST"),
    ("CT CHEST 19th of June 2019", "CT CHEST"),
    ("CT CHEST June 2019", "CT CHEST"),
    ("CT CHEST 06/2019", "CT CHEST"),
    ("CT CHEST 2019-06", "CT CHEST"),
    ("CT CHEST on Monday, June 17, 2019", "CT CHEST"),
    ("CT CHEST 12.-14.06.2019", "CT CHEST"),
    ("CT CHEST 12.06.2019 - 14.06.2019", "CT CHEST"),
    ("CT CHEST on 6/19", "CT CHEST"),
    ("CT CHEST 20190619143200", "CT CHEST"),
    ("CT CHEST 2019-06-19T14:32:05", "CT CHEST"),
    ("CT CHEST 2019-06-19 14:32", "CT CHEST"),
    ("Thorax vom 19.06.2019", "Thorax"),
    ("Thorax am 19. Juni 2019", "Thorax"),
    ("Thorax 17. März 1961", "Thorax"),
    ("Thorax 3. Mai", "Thorax"),
    ("Thorax 17 avril 1961", "Thorax"),
    ("Thorax le 1er août 2019", "Thorax"),
    ("Thorax du 12 décembre 2019", "Thorax"),
    ("Thorax 17 de abril de 1961", "Thorax"),
    ("Thorax 17 de marzo del 2019", "Thorax"),
    ("Thorax 17 aprile 1961", "Thorax"),
    ("Thorax 17 maart 1961", "Thorax"),
    ("Thorax 17 de março de 1961", "Thorax"),
    ("Thorax 17 kwietnia 1961", "Thorax"),
    ("Thorax 17 Nisan 1961", "Thorax"),
    ("Thorax 17 апреля 1961", "Thorax"),
    ("Thorax 17 באפריל 1961", "Thorax"),
    ("Thorax 17 أبريل 1961", "Thorax"),
    ("Thorax ١٩/٠٦/٢٠١٩", "Thorax"),
    ("Thorax ２０１９/０６/１９", "Thorax"),
    ("Thorax 2019年6月19日", "Thorax"),
    ("Thorax 令和元年6月19日", "Thorax"),
    ("Thorax 平成30年6月", "Thorax"),
    ("Thorax 二〇一九年六月十九日", "Thorax"),
    ("Thorax R1.6.19", "Thorax"),
    ("Thorax 2019년 6월 19일", "Thorax"),
    ("DOB: 17.04.1961 CT CHEST", "CT CHEST"),
    ("CT CHEST DOB 04/17/1961", "CT CHEST"),
    ("CT CHEST born 17 April 1961", "CT CHEST"),
    ("CT CHEST date of birth: 1961-04-17", "CT CHEST"),
    ("MRT Knie geb. 17.04.1961", "MRT Knie"),
    ("MRT Knie, geboren am 17.04.1961", "MRT Knie"),
    ("IRM du genou né le 17/04/1961", "IRM du genou"),
    ("IRM du genou, née le 17 avril 1961", "IRM du genou"),
    ("TAC de abdomen fecha de nacimiento 17/04/1961", "TAC de abdomen"),
    ("CT torace nato il 17/04/1961", "CT torace"),
    ("CT CHEST 14:32", "CT CHEST"),
    ("CT CHEST at 14:32:05", "CT CHEST"),
    ("CT CHEST 2.30 pm", "CT CHEST"),
    ("CT CHEST 2:30PM", "CT CHEST"),
    ("Thorax um 14 Uhr", "Thorax"),
    ("Thorax 14h32", "Thorax"),
    ("Thorax 14時32分", "Thorax"),
]

NUMBERS = [
    ("CT CHEST MRN: 12345", "CT CHEST"),
    ("CT CHEST MRN 00123456", "CT CHEST"),
    ("CT CHEST MRN #A-123-45", "CT CHEST"),
    ("CT CHEST acc 2019-00123", "CT CHEST"),
    ("CT CHEST Acc#: 99812", "CT CHEST"),
    ("CT CHEST accession number 99812-3", "CT CHEST"),
    ("CT CHEST ID: 4711", "CT CHEST"),
    ("CT CHEST patient id 471199", "CT CHEST"),
    ("CT CHEST Fallnummer 471199", "CT CHEST"),
    ("CT CHEST Pat.-Nr. 471199", "CT CHEST"),
    ("CT CHEST 123-45-6789", "CT CHEST"),
    ("CT CHEST SSN 123-45-6789", "CT CHEST"),
    ("CT CHEST NHS 943 476 5919", "CT CHEST"),
    ("CT CHEST A123456780", "CT CHEST"),
    ("CT CHEST AB123456", "CT CHEST"),
    ("CT CHEST 1 85 05 78 006 084 36", "CT CHEST"),
    ("CT CHEST RSSMRA85T10A562S", "CT CHEST"),
    ("CT CHEST 4711998", "CT CHEST"),
    ("CT CHEST 12345", "CT CHEST"),
    ("CT CHEST 55-30-9174", "CT CHEST"),
    ("CT CHEST tel 555-1234", "CT CHEST"),
    ("CT CHEST tel. +1 (212) 555-0147", "CT CHEST"),
    ("CT CHEST 212-555-0147", "CT CHEST"),
    ("CT CHEST (212) 555-0147 x12", "CT CHEST"),
    ("CT CHEST +49 711 955-4820", "CT CHEST"),
    ("CT CHEST 0711-955-4820", "CT CHEST"),
    ("CT CHEST Tel.: 0711 / 955 48 20", "CT CHEST"),
    ("CT CHEST 06 12 34 56 78", "CT CHEST"),
    ("CT CHEST +33 6 12 34 56 78", "CT CHEST"),
    ("CT CHEST fax 0711 9554820", "CT CHEST"),
    ("CT CHEST ext. 4711", "CT CHEST"),
    ("CT CHEST ada.quillfeather@example.org", "CT CHEST"),
    ("CT CHEST https://pacs.example.org/a?b=c", "CT CHEST"),
    ("CT CHEST www.example.org", "CT CHEST"),
    ("CT CHEST pacs.klinik.local", "CT CHEST"),
    ("CT CHEST 192.168.10.20", "CT CHEST"),
    ("CT CHEST from 10.1.2.3", "CT CHEST"),
    ("CT CHEST 00:1A:2B:3C:4D:5E", "CT CHEST"),
    (r"CT CHEST C:\Users\quillf\scan.dcm", "CT CHEST"),
    (r"CT CHEST \\srv01\quillf\scan", "CT CHEST"),
    ("CT CHEST /home/quillf/scan", "CT CHEST"),
    ("acc A1234567", ""),
    ("CT acc A-1234567", "CT"),
    ("CT MRN A12345B", "CT"),
    ("CHEST AP PORTABLE MRN: 12345", "CHEST AP PORTABLE"),
    ("CT head 92 yo", "CT head"),
    ("CT head 94-year-old", "CT head"),
    ("CT Kopf 93 J.", "CT Kopf"),
    ("TDM 91 ans", "TDM"),
    ("TAC 95 años", "TAC"),
    ("CT head 88 yo", "CT head 88 yo"),
    ("CT HEAD, call Quillx", "CT HEAD"),
]

PLACES = [
    ("CT CHEST at St. Quillith's Hospital", "CT CHEST"),
    ("CT CHEST St. Quillith Hospital", "CT CHEST"),
    ("CT CHEST Quillith Medical Center", "CT CHEST"),
    ("CT CHEST Klinikum Quillstadt", "CT CHEST"),
    ("CT CHEST Universitätsklinikum Quillstadt", "CT CHEST"),
    ("CT CHEST Quillstadt-Klinikum", "CT CHEST"),
    ("CT CHEST CHU de Quillville", "CT CHEST"),
    ("CT CHEST Hôpital Quillville", "CT CHEST"),
    ("CT CHEST Ospedale San Quillio", "CT CHEST"),
    ("CT CHEST 12 Quillith Street", "CT CHEST"),
    ("CT CHEST 12 Main St", "CT CHEST"),
    ("CT CHEST 12 Quillith Road, Quilltown, IL 62701", "CT CHEST"),
    ("CT CHEST Quillstraße 5", "CT CHEST"),
    ("CT CHEST Quillstr. 5, 12345 Quillstadt", "CT CHEST"),
    ("CT CHEST Quillweg 12a", "CT CHEST"),
    ("CT CHEST 12 rue de la Quille, 75002 Quillville", "CT CHEST"),
    ("CT CHEST Calle Quilla 12", "CT CHEST"),
    ("CT CHEST Via Quilla 12", "CT CHEST"),
    ("CT CHEST Quillstraat 12", "CT CHEST"),
    ("CT CHEST P.O. Box 123", "CT CHEST"),
    ("CT CHEST SW1A 1AA", "CT CHEST"),
    ("12 rue des Quillines douleur", "douleur"),
    ("wohnhaft Quillstraße 14, Knieschmerz", "Knieschmerz"),
    ("CT Klinikum Quillstadt Kopf", "CT Kopf"),
]

TECHNICAL = """
B30f
syngo MR E11
1.2.3.4 build 7
SOMATOM Definition AS+
VIA5.2
V3.51*P25
LightSpeedApps308I.2_H3.1M5
LightSpeedApps14.13_2.8.2L_H2.1M4
R1.0.D
c25_1008
Eclipse 1.5T
HELICAL MODE
LARGE BOWTIE FIL
Vivid E95:201.61.0
6.1.0 1.0
coreload.81
NT 8.1.1
51.80.108.010
NeuViz 16 Essence 1.0
bj_sles_cl.68
PMS5.1 Ultrasound iU22_6.3.3.145
syngo MR 2004V 4VB11D
*tseR2d1_17
0d533f1
CView:1.0.0.8
MR Software release:DV25.1_R05_2131.a
I30f\\3
Ingenuity CT
STANDARD
9.1.308201
FAST_GEMS
Xyzzy Frobnicator 3
"""
"""Texts of devices, of which nothing goes although their words are in no vocabulary."""

TECHNICAL_CLEANED = [
    ("Xyzzy 3 Dr. Quillfeather", "Xyzzy 3"),
    ("Xyzzy 3 for Ebenezer Quillfeather", "Xyzzy 3"),
    ("Xyzzy 3 performed by Quillfeather", "Xyzzy 3"),
    ("Xyzzy 3 Patient: Quillfeather", "Xyzzy 3"),
    ("Xyzzy 3 19.06.2019", "Xyzzy 3"),
    ("Xyzzy 3 20190619", "Xyzzy 3"),
    ("Xyzzy 3 2019-06-19", "Xyzzy 3"),
    ("Xyzzy 3 14:32:05", "Xyzzy 3"),
    ("Xyzzy 3 ada@example.org", "Xyzzy 3"),
    ("Xyzzy 3 tel 0711 955-4820", "Xyzzy 3"),
    ("Xyzzy 3 MRN 12345", "Xyzzy 3"),
    ("Xyzzy 3 471199800", "Xyzzy 3"),
    ("Xyzzy 3 Klinikum Quillstadt", "Xyzzy 3"),
]

KNOWN_NAME = "Quillfeather^Ebenezer^Tobias^Prof.^Jr."
KNOWN = [
    ("Quillfeather Ebenezer", ""),
    ("Ebenezer Quillfeather", ""),
    ("Quillfeather, Ebenezer", ""),
    ("Quillfeather^Ebenezer^Tobias", ""),
    ("E. Quillfeather", ""),
    ("E.T. Quillfeather", ""),
    ("Quillfeather E", ""),
    ("Quillfeather, E.", ""),
    ("QUILLFEATHER", ""),
    ("quillfeather", ""),
    ("QuillfeatherEbenezer", ""),
    ("EbenezerQuillfeather", ""),
    ("EBENEZERQUILLFEATHER", ""),
    ("quillfeather_ebenezer", ""),
    ("equillfeather", ""),
    ("quillfeathere", ""),
    ("Quilfeather", ""),
    ("Quillfaether", ""),
    ("Ebeneser", ""),
    ("xQuillfeathers", ""),
    ("Quillfeather's", ""),
    ("t1_mpr_quillfeather_001", "t1_mpr_001"),
    ("HEAD Quillfeather 3", "HEAD 3"),
    ("Q u i l l f e a t h e r", ""),
    ("Quill feather", ""),
    ("HEAD Tobias", "HEAD"),
    ("HEAD for EQ", "HEAD"),
    ("C:/scans/Quillfeather_L/1", ""),
]
"""With `KNOWN_NAME` in the header, in a descriptor and in a technical text alike."""
