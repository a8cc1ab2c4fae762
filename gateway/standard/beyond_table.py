"""Attributes that identify and that PS3.15 Table E.1-1, edition 2026d, does not list.

Note 4 of PS3.15 E.1.1 invites to extend the table. Each of these names a person, a place or an
order in a way that one of its rows removes elsewhere.
"""

from __future__ import annotations

from typing import Final

from gateway.standard.dictionary import tag_of

IDENTIFYING: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        # The birth and death dates of (0010,0030) in another calendar.
        "PatientBirthDateInAlternativeCalendar",
        "PatientDeathDateInAlternativeCalendar",
        "PatientAlternativeCalendar",
        # Issuers: the hospital's or department's name beside an identifier that is removed.
        "IssuerOfAccessionNumberSequence",
        "IssuerOfPatientIDQualifiersSequence",
        "AssigningFacilitySequence",
        "AssigningJurisdictionCodeSequence",
        "AssigningAgencyOrDepartmentCodeSequence",
        "OrderPlacerIdentifierSequence",
        "OrderFillerIdentifierSequence",
        # People and departments as codes.
        "HumanPerformerCodeSequence",
        "RequestingServiceCodeSequence",
        "CodingSchemeResponsibleOrganization",
        # Orders, retired.
        "PlacerOrderNumberProcedure",
        "FillerOrderNumberProcedure",
        "PlacerOrderNumberImagingServiceRequestRetired",
        "FillerOrderNumberImagingServiceRequestRetired",
        # Hosts, addresses and file names of the institution.
        "RetrieveURL",
        "HL7InstanceIdentifier",
        "RetrieveURI",
        "PixelDataProviderURL",
        "StorageURL",
        "NTPSourceAddress",
        "StoredInstanceBaseURI",
        "FolderAccessURI",
        "FileAccessURI",
        "FilenameInContainer",
        "StorageMediaFileSetID",
        # Free text and identifiers of one device or one plan.
        "CommentsOnTheScheduledProcedureStep",
        "DeviceID",
        "RadiationMachineName",
        # What another de-identifier encrypted decrypts to the originals (PS3.15 E.1.1).
        "EncryptedAttributesSequence",
    )
)
"""Treated as X/Z: removed, or emptied where the IOD demands them."""
