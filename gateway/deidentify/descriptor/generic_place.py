"""Words that many names of places have, and that name none by themselves."""

from __future__ import annotations

from typing import Final

GENERIC_PLACES: Final = frozenset(
    "hospital hospitals clinic clinics klinik kliniken klinikum krankenhaus praxis center centre centro "
    "zentrum centrum "
    "medical medizin medicine medizinisches department dept abteilung institut institute instituto "
    "istituto university "
    "universitat universitatsklinikum universite universidad universita universitair radiology "
    "radiologie radiologia "
    "radiologische gemeinschaftspraxis imaging health healthcare care general national regional "
    "community city county "
    "state north south east west saint sankt san santa street strasse road avenue platz allee weg rue "
    "calle suite floor "
    "ward station room raum zimmer unit building house haus school division service services group north "
    "america europe "
    "hopital clinique chu ospedale policlinico ziekenhuis the and for und der die das des of united "
    "states germany france "
    "chest head heart cancer eye children childrens women womens kinder diagnostic diagnostics private "
    "public royal "
    "scanner workstation console main test".split()
)
"""Words of places that name none by themselves."""
