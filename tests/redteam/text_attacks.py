"""The patient in a text that stays: Software Versions, a code string, a code."""

from __future__ import annotations

from .builders import FAMILY, IMPLICIT, NAME, PATIENT_ID, STRANGER, attack, code, note

_PHYSICIAN = {"OperatorsName": f"{STRANGER}^Jost"}

_NAMES = {
    "name in capitals": note(FAMILY.upper()),
    "name inside a word": note(FAMILY.lower(), "x{}s"),
    "name in a path": note(FAMILY, "C:/scans/{}_L/1"),
    "name behind NUL": note(FAMILY, "1.0\0{}"),
    "NUL inside the name": note(b"Silber\0horn", "{} "),
    "vertical tab inside the name": note(b"Silber\x0bhorn"),
    "form feed inside the name": note(b"Silber\x0chorn"),
    "escape sequence inside the name": note(b"Silber\x1b(Bhorn", charset="\\ISO 2022 IR 87"),
    "escape sequence that nothing declares": note(b"Silber\x1b(Bhorn"),
    "name as UTF-16": note(FAMILY.encode("utf-16-le")),
    "letter-spaced name": note(" ".join(FAMILY)),
    "name split into two values": note("Silber\\horn"),
    "name split over two lines of text": note(b"Silber\r\nhorn"),
    "name of a component that is rarely used": note(STRANGER, "for Jost {}", name=f"^^^Jost {STRANGER}"),
    "name in a fourth component group": note(STRANGER, name=f"A^B=C^D=E^F={STRANGER}^X"),
    "short names run together": note("odeana", name="Ode^Ana"),
    "short names run together the other way": note("anaode", name="Ode^Ana"),
    "given name before family name": note(f"Leontine {FAMILY}"),
    "three names in another order": note("Ida Ode Ana", name="Ode^Ana^Ida"),
    "initials and family name": note(f"L.{FAMILY}"),
    "name of the other patient in a list": note(STRANGER, name=f"{NAME}\\{STRANGER}^X"),
    "short name behind a line break": note(b"Ode", "scanned by\r\n{}", name="Ode^Ana"),
    "short name behind a tab": note(b"Ode", "scanned by\t{}", name="Ode^Ana"),
    "short name behind a vertical tab": note(b"Ode", "scanned by\x0b{}", name="Ode^Ana"),
    "short name in brackets": note("Ode", "scan [{}] 2", name="Ode^Ana"),
    "short name behind a number sign": note("Ode", "scan #{}", name="Ode^Ana"),
    "short name before a question mark": note("Ode", "scan of {}?", name="Ode^Ana"),
    "short names joined by a plus": note("Ode+Ana", name="Ode^Ana"),
    "short name before a digit": note("Ode1", name="Ode^Ana"),
    "short name between dashes": note("Ode", "a \u2013{}\u2013 b", name="Ode^Ana", charset="ISO_IR 192"),
}

_DOUBLE_NAMES = {
    "half of a hyphenated name": note(STRANGER, "for {}", name=f"Abendroth-{STRANGER}^Ada"),
    "halves of a hyphenated name exchanged": note(f"{STRANGER}-Abendroth", name=f"Abendroth-{STRANGER}^Ada"),
    "hyphenated name without its hyphen": note(f"ABENDROTH{STRANGER}", name=f"Abendroth-{STRANGER}^Ada"),
    "short hyphenated name without its hyphen": note("OdeUhl", "of {}", name="Ode-Uhl^Ada"),
    "particles left out": note("Abendroth", "to {}", name="van der Abendroth^Ada"),
    "particles run together": note("vanderUhl", "to {}", name="van der Uhl^Ada"),
    "Arabic article run together": note("AlUhl", "to {}", name="al-Uhl^Ada"),
    "apostrophe left out": note("OBreen", "to {}", name="O'Breen^Ada"),
    "apostrophe left out of a short name": note("ODEA", "to {}", name="O'Dea^Ada"),
    "apostrophe of a typesetter": note("O\u2019Dea", "to {}", name="O'Dea^Ada", charset="ISO_IR 192"),
    "family name that is also a title": note("Ma Do", name="Ma^Do"),
    "family name that is also a degree": note("to MA only", name="Ma^Jun"),
    "name with its academic title": note(f"Dr. {STRANGER}", name=f"{STRANGER}^Ada^^Dr."),
}

_CODE_STRINGS = {
    "name in a code string": attack({"BodyPartExamined": FAMILY.upper()}, FAMILY),
    "name in Laterality": attack({"Laterality": FAMILY.upper()}, FAMILY),
    "name glued in a code string": attack({"ImageType": f"ORIGINAL\\PRIMARY\\X{FAMILY.upper()}X"}, FAMILY),
    "short name as a value of a code string": attack(
        {"ImageType": "ORIGINAL\\PRIMARY\\ODE"}, b"\\ODE", name="Ode^Ana"
    ),
    "sentence in a code string": attack(
        {"PatientPosition": "call Dr. Ibanez 0711-955-4820"}, "0711-955-4820"
    ),
    "stranger in a code string": attack({"SmokingStatus": STRANGER.upper()}, STRANGER),
    "identifier with dashes in a code string": attack(
        {"ImageType": "ORIGINAL\\PRIMARY\\55-30-9174"}, "55-30-9174", patient_id="55-30-9174"
    ),
    "name as a character set": attack({"SpecificCharacterSet": f"ISO_IR 100\\{FAMILY}"}, FAMILY),
}

_CODES = {
    "name as a code meaning": attack({"AnatomicRegionSequence": [code(FAMILY)]}, FAMILY),
    "name as a code value": attack({"AnatomicRegionSequence": [code("Head", FAMILY, "99L")]}, FAMILY),
    "name as a coding scheme": attack({"AnatomicRegionSequence": [code("Head", "T1", FAMILY)]}, FAMILY),
    "name as a code meaning in the acquisition context": attack(
        {"AcquisitionContextSequence": [{"ValueType": "CODE", "ConceptCodeSequence": [code(FAMILY)]}]}, FAMILY
    ),
    "name as a text in the acquisition context": attack(
        {"AcquisitionContextSequence": [{"ValueType": "TEXT", "TextValue": f"for {FAMILY}"}]}, FAMILY
    ),
    "identifier as the value of a public code": attack(
        {"AnatomicRegionSequence": [code("Head", PATIENT_ID)]}, PATIENT_ID
    ),
    "name as the value of a public code": attack(
        {"AnatomicRegionSequence": [code("Head", f"{FAMILY} L")]}, FAMILY, name=f"{FAMILY}^L"
    ),
    "name as the meaning of a modifier three levels down": attack(
        {"AnatomicRegionSequence": [code("Head", AnatomicRegionModifierSequence=[code(f"of {FAMILY}")])]},
        FAMILY,
    ),
    "name in an equivalent code": attack(
        {"AnatomicRegionSequence": [code("Head", EquivalentCodeSequence=[code(FAMILY)])]}, FAMILY
    ),
    "stranger as a code meaning": attack(
        {"PerformedProtocolCodeSequence": [code(f"CT for {STRANGER}", "P1", "99L")]}, STRANGER
    ),
}

_OTHERS = {
    "operator": note(STRANGER, elements=_PHYSICIAN),
    "operator in Implicit VR": note(STRANGER, elements=_PHYSICIAN, syntax=IMPLICIT),
    "operator known by the meaning of a code only": note(
        STRANGER,
        elements={
            "OperatorIdentificationSequence": [
                {"PersonIdentificationCodeSequence": [code(f"{STRANGER} J", "OP88301", "99L")]}
            ]
        },
    ),
    "code of the operator": note(
        "OP88301",
        elements={
            "OperatorIdentificationSequence": [
                {"PersonIdentificationCodeSequence": [code(f"{STRANGER} J", "OP88301", "99L")]}
            ]
        },
    ),
    "person of a private element": note(
        STRANGER, elements={0x00090010: ("LO", "ACME"), 0x00091001: ("PN", f"{STRANGER}^J")}
    ),
    "hospital": note("Hildegund", "at St {} Hospital", elements={"InstitutionName": "St Hildegund Hospital"}),
    "hospital known by the meaning of a code only": note(
        "Hildegund",
        "at St {} Hospital",
        elements={"InstitutionCodeSequence": [code("St Hildegund Hospital")]},
    ),
    "mother": note(
        STRANGER,
        elements={"PatientMotherBirthName": f"{STRANGER}^Ida"},
    ),
    "subject of a clinical trial": note("SUBJ-88301", elements={"ClinicalTrialSubjectID": "SUBJ-88301"}),
}

ATTACKS = {**_NAMES, **_DOUBLE_NAMES, **_CODE_STRINGS, **_CODES, **_OTHERS}
