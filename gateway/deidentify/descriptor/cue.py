"""Cue words: what announces a name, a number, a date of birth or a place, in several languages."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from gateway.deidentify.descriptor.folding import folded_text


class Cue(IntEnum):
    """What a word announces."""

    TITLE = 1
    """A form of address: what follows is a name."""
    PERSON = 2
    """A role or the word name: what follows is a name unless it is clinical."""
    AGENT = 3
    """A preposition behind which a name may stand, and many other things."""
    PLACE = 4
    """A preposition of place behind a verb: performed at."""
    BIRTH = 5
    """What follows is a date of birth, or a name at birth."""
    NUMBER = 6
    """What follows is an identifier."""
    PHONE = 7
    """What follows is a number to call."""
    DATE = 8
    """A word before a date, which goes with it."""
    VERB = 9
    """What somebody did; goes with the preposition and name behind it."""


_WORDS: Final = {
    Cue.TITLE: (
        "dr drs dres prof professor mr mrs ms miss mister herr herrn frau hr fr mme mlle monsieur madame "
        "mademoiselle "
        "senor senora señor señora sra srta sr don doña dott dottor dottore dottssa dottoressa sig "
        "signor signora sigra "
        "dhr mevr mevrouw meneer mw herre fru pan pani bay bayan hasta doktor docteur doctor doctora dra "
        "dottsa "
        "\u0433-\u043d \u0433-\u0436\u0430 \u0434-\u0440 κος κα"
    ),
    Cue.PERSON: (
        "patient patientin patiente paziente paciente patiënt pt pat patienten pasient hasta pacjent "
        "pacjentka "
        "name names nom prenom prénom nombre nome apellido apellidos cognome naam voornaam achternaam namn "
        "nachname vorname familienname surname firstname lastname forename imie nazwisko adi soyadi nimi "
        "physician doctor operator op oper tech technologist technician mtra mtr mta radiologist "
        "radiologe radiologin "
        "arzt ärztin aerztin überweiser ueberweiser einweiser befunder zuweiser hausarzt médecin medecin "
        "radiologue "
        "manipulateur medico médico radiologo radiólogo radioloog arts huisarts lekarz lakare läkare "
        "doktor hekim "
        "sonographer nurse referrer referring attn attention mother father mutter vater mere mère pere "
        "père madre padre "
        "moeder vader son daughter sohn tochter wife husband child baby kind attending surgeon chirurg "
        "resident fellow "
        "reader author user username login signed operateur operatore operador angefordert requester "
        "contact "
        "患者 氏名 患者氏名 医師 担当医 姓名 医生 환자 이름 пациент пациентка врач фио ασθενής المريض מטופל"
    ),
    Cue.AGENT: (
        "for by per via from to von für fuer durch an bei par pour chez por para da di per door voor av "
        "för af til till "
        "przez dla tarafindan na"
    ),
    Cue.PLACE: "at bei in im chez presso en bij hos",
    Cue.BIRTH: (
        "dob born birth birthdate birthday geb geboren geburtsdatum geburtstag gebdat née né nee ne nato "
        "nata nascita "
        "nacido nacida nacimiento nascido nascida nascimento geboortedatum född fodd født urodzony "
        "urodzona urodzenia "
        "dogum doğum gebdatum ddn naissance ddb 生年月日 рождения"
    ),
    Cue.NUMBER: (
        "mrn id ids pid acc accession acsn accn ssn nhs kvnr nir nss insee patid patientid pin mpi urn "
        "hn ipp dni nie nif "
        "cpf cns bsn pesel tckn personnummer fallnummer fallnr fall patnr patientennummer auftragsnummer "
        "auftragsnr "
        "versichertennummer versnr case caseid order dossier ref reference serial sn s/n matricule nhc "
        "visit encounter episode subject subj record chart numero número folio expediente cf codice"
    ),
    Cue.PHONE: (
        "tel telefon telephone téléphone teléfono telefono telefone telefoon phone ph fax telefax mobile "
        "mobil handy cell "
        "call gsm pager beeper portable portatile movil durchwahl ext callback rückruf tlf puh"
    ),
    Cue.DATE: (
        "on am vom dated date datum fecha data dato le del du el em op since until seit bis zum depuis "
        "desde dal al "
        "performed acquired scanned examined untersuchung"
    ),
    Cue.VERB: (
        "performed read dictated ordered referred reported reviewed transcribed signed verified approved "
        "requested done "
        "acquired scanned prepared entered authorized authorised electronically interpreted created "
        "edited seen examined "
        "diktiert befundet angefordert überwiesen ueberwiesen durchgeführt durchgefuehrt untersucht "
        "erstellt geschrieben "
        "unterschrieben freigegeben veranlasst réalisé realise effectué effectue demandé demande "
        "prescrit adressé adresse lu "
        "dicté dicte signé signe interprété eseguito richiesto refertato dettato firmato inviato "
        "realizado solicitado "
        "informado leído leido dictado firmado referido pedido uitgevoerd aangevraagd verwezen gelezen "
        "utförd remitterad "
        "wykonane wykonał called call paged faxed sent copy consult consulted discussed"
    ),
}
CUES: Final[dict[str, frozenset[Cue]]] = {}
"""Folded word: what it announces."""
for _cue, _words in _WORDS.items():
    for _word in _words.split():
        _key = folded_text(_word)
        CUES[_key] = CUES.get(_key, frozenset()) | {_cue}

NAMERS: Final = frozenset({Cue.TITLE, Cue.PERSON, Cue.AGENT})
"""Cues that a name follows."""
STRONG: Final = frozenset({Cue.TITLE, Cue.PERSON})
AFTER_NAME: Final = frozenset(
    "md phd mba do rn rt(r) frcr facr dds msc esq 様 さん 先生 殿 氏 님 씨 先生 女士".split()
)
"""What stands behind a name; of Latin letters in capitals."""
GLUE: Final = frozenset(
    "is the no nr num number nummer numero n il le la el am den dem de del di of und and y et e i for "
    "with da do der "
    "name names nom date datum data med habil dent dipl ing priv doz pd vom on".split()
)
"""What may stand between a cue and what it announces."""
LEADING: Final = frozenset(
    "for by of at from to on per via and the von vom zum am an der dem den bei fur und durch im in du de "
    "des d par pour le la "
    "les et chez por para y el del da di della dal il al e per van voor door en op bij av for af til "
    "till with c o "
    "a as um gegen vers kl klo w cc re is was were has been call ref "
    "nr no dated date datum fecha".split()
)
"""Words that mean nothing without the name or date behind them."""
PARTICLES: Final = frozenset(
    "van von der den de del della di da do dos das du des la le lo ten ter te vom zu zum zur el al bin "
    "ibn ben bint abu "
    "y e mac mc o st san santa saint af av und and".split()
)
"""Small words of names that name nobody."""
ORDINARY_TITLES: Final = frozenset(
    {"mr", "ms", "sr", "fr", "don", "hr", "bay", "pan", "op", "pt", "ne", "nee"}
)
"""Cues that are abbreviations of other things as well; they need a full stop, colon or a name in capitals."""
