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
        "RelativeURIReferenceWithinEncapsulatedDocument",
        "StorageMediaFileSetID",
        # Free text and identifiers of one device or one plan.
        "CommentsOnTheScheduledProcedureStep",
        "DeviceID",
        "RadiationMachineName",
        # Numbers and sources of equipment and of laboratory animals.
        "AuthorizationEquipmentCertificationNumber",
        "StrainStockNumber",
        "StrainSource",
        "BreedRegistrationNumber",
        # The sender's words about private attributes, most of which go.
        "PrivateDataElementCharacteristicsSequence",
        # What another de-identifier encrypted decrypts to the originals (PS3.15 E.1.1).
        "EncryptedAttributesSequence",
    )
)
"""Treated as X/Z/D, sequences as X/Z: removed, or emptied or replaced where the IOD demands them."""

DESCRIPTORS: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        # Graphic Annotation, Compound Graphic (PS3.3 C.10.5).
        *("TickLabel", "TrackingID", "FontName"),
        # Graphic Layer, Graphic Group (PS3.3 C.10.7, C.10.11).
        *("GraphicLayerDescription", "GraphicGroupLabel", "GraphicGroupDescription"),
        # Content Identification (PS3.3 10.9), also inside Alternate Content Description Sequence.
        "ContentDescription",
        # Structured displays, volume renderings, spatial fiducials (PS3.3 C.11.17, C.11.28, C.21.2).
        *("HangingProtocolName", "HangingProtocolCreator", "RGBATransferFunctionDescription"),
        *("FiducialDescription", "FiducialIdentifier"),
        # Encapsulated Document (PS3.3 C.24.2).
        "DocumentTitle",
        # The text of content items that no option of structured content reaches.
        "TextValue",
        # Comments and explanations.
        *("SOPAuthorizationComment", "StrainAdditionalInformation", "MaskOperationExplanation"),
        *("RTImageDescription", "DoseComment", "SegmentDescription", "PartialViewDescription"),
        *("DetectorDescription", "ExposureControlModeDescription", "CompletionFlagDescription"),
        # A drawing of 32 x 32 bits, in which letters have room (PS3.3 C.10.5).
        "FillPattern",
    )
)
"""Texts that people write like the descriptors of the table: treated as those of action X/Z/D."""

LABELS: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        *("BeamName", "PatientSetupLabel", "PatientAdditionalPosition", "ToleranceTableLabel"),
        *("TreatmentProtocols", "RTImageLabel", "RTImageName", "SegmentLabel", "ApplicatorDescription"),
        *("AcquisitionProtocolName", "ReconstructionDescription", "AlgorithmDescription"),
        *("InstructionText", "WindowCenterWidthExplanation", "LUTExplanation", "FrameOfInterestDescription"),
        *("ContrastBolusRoute", "InterventionDrugName", "Radiopharmaceutical", "StageName", "ViewName"),
        *("PositionReferenceIndicator", "ImageID", "BodyPartExamined", "ContentLabel"),
        *("ImageType", "FrameType"),
    )
)
"""Names that people or protocols give, and codes that devices let them write: kept as settings are, and
cleaned as descriptors where there is a cleaner."""
