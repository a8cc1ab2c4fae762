"""Terms that hold a word which is a name too: what it describes, counts or shows where it is none."""

from __future__ import annotations

from typing import Final

DESCRIBING: Final = frozenset(
    "agudo alba alta alte alter alto arco achilles armes arms artis barrier bassi basso beam belt "
    "bench bland "
    "blank blauw blow blue bolt bolts border borders boring bridge broad bruin bruine brune "
    "burden cable casa ceja cerna click collet copper cordes cordon corti costal cote crystal "
    "curtain cutting czarny damp descending duim dunkle early emit fair fe fin flat fold folds fugen "
    "fuma garde gentle glas glasses grandes grob grobe groote grosser harness hazard helle hide hoek "
    "hoog hoogte huis ice innocent jama jong jonge jongen junge junger juni kammer kasten klare kleiner "
    "klep knopf kon kostka kosten kropf kugel langue lata lean light locker lokiec longue longo longa "
    "maigre malas maly mano manos marrow mnoga modesta modesto mozg mutter nail nails narbe "
    "needle needles nervi neus nez nickel nina nino ninos nye occhi open orange oreille orta palma "
    "parada pelle petite persistent pies plana poor poort pot powder power quadri quinto "
    "rails raison rasch rays rein reni rolling sand schlaf schlag schnell schoon schuh schutz "
    "seda septi sera severo shock sieben simple sink snel solar spires spitze stamp "
    "starke stem straw stuck stuip surgeon tache tan tasche teen tilt tore torn "
    "triplet triplets valva valve vel villi vita vitro waist warmer washer weil wide "
    "wings wisdom wit witte wooden wool zeller zona μηνα белыи большои голова лев малыи сила "
    "толстои черныи".split()
)
"""Words that describe a clinical word behind them, and that few families are called by."""

COUNTED: Final = frozenset(
    "april august case chamber chambers chip day days feld field fields grams juli july june juni "
    "level march may mayis "
    "pack pound pounds race room sala salle step tag temple unit ward way week weeks yard yards "
    "zimmer".split()
)
"""Words that a number makes a count or an address inside the house: Day 3, Ward 12, 3 way."""

SIZES: Final = frozenset(
    "gran grand grande gros grosse grosser gross klein kleine kleiner large little long longue petit "
    "petite small young brown dark light white black blue green gray grey".split()
)
"""Words of size and colour, which describe what a finding is and no part of a body."""
SIZED: Final = frozenset(
    "abscess aneurysm aneurysma area axe axis bassin calcification calcifications cyst cysts defect "
    "effusion effusions epanchement finding focus foyer fracture fractures fragment fragments gas "
    "hematoma hematome hemorrhage hernia herniation hernie herd herde infarct infarction infarkt "
    "intestin intestine kyste kystes lesion lesions lymph mass masse masses metastasis node nodes "
    "nodule nodules opacite opacity pericardial pleural pleuraerguss pneumothorax polyp polype polyps "
    "protrusion raumforderung rundherd rundherde segment stenose stenosis stone stones tear thrombus "
    "trochanter tumor tumour ulcer versamento zyste zysten".split()
)
"""What has a size."""

VIEWS: Final = {
    eponym: frozenset(anatomy.split())
    for eponyms, anatomy in (
        (
            "waters caldwell towne townes schuller schueller stenvers rhese haas hirtz law mayer",
            "sinus sinuses skull facial face orbit orbits mandible mastoid zygoma schadel nnh crane",
        ),
        (
            "rosenberg merchant laurin holmblad hughston settegast knutsson ficat",
            "knee knees patella patellae patellar knie knien genou genoux rodilla rodillas ginocchio",
        ),
        (
            "grashey neer stryker garth lawrence hermodsson bernageau didiee west rockwood velpeau",
            "shoulder shoulders scapula humerus schulter epaule hombro spalla axillary",
        ),
        (
            "judet dunn lauenstein danelius miller ferguson johnson lequesne",
            "pelvis hip hips acetabulum sacrum becken hufte huften hanche bassin si sacroiliac",
        ),
        ("zanca", "clavicle ac acromioclavicular shoulder"),
        ("robert roberts burman brewerton bett norgaard", "thumb hand hands wrist daumen pouce"),
        ("broden saltzman canale", "calcaneus heel ankle hindfoot subtalar foot"),
        ("fuchs judd", "odontoid dens cervical spine hws"),
    )
    for eponym in eponyms.split()
}
"""Projections that are called by a name, and what they show."""

GRADED: Final = frozenset(
    "balthazar bosniak fazekas ficat forrest frykman garden gartland glasgow apgar gleason gustilo "
    "hinchey hounsfield kellgren killip koos mallampati meyerding modic neer outerbridge pauwels "
    "pfirrmann pipkin rockwood salter schatzker siewert spetzler stanford tile torg tscherne weber "
    "fisher hunt enneking spaulding sarmiento schilling allman anderson pirani rutherford fontaine "
    "borden cognard mirels".split()
)
"""Names of classifications, which a grade follows."""

WEAK_HEADS: Final = frozenset(
    "abscess approach area block bodies body bone bypass calcification canal carcinoma catheter cell "
    "cells contusion cyst cysta cyste cysts cisti cisto defect diagram dissection drain drainage duct "
    "effect fat fistula fossa graft hernia herniation hernie hump impression incision index infarct "
    "injury intervention intervento joint junction kyste knee knoten katheter lagerung ligament line "
    "linea lines lobe loop mb nerve node nodes nodule nodules nodulo operatie operation osteotomy pack "
    "patch plaque plexus point polyp pouch probe procedure prosthesis quiste raum reflux repair ring "
    "rod ruimte sac schnitt sinus space spasm spot stenosis stent stricture sulcus system tendinitis "
    "tendon tract transplant tube tumor tumore tumors tumour tumours tumeur typ unit valve vein wave "
    "winkel zone zyste".split()
)
"""Words beside an eponym that stand beside any other word as well, such as a patient's name."""
