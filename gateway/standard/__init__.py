"""Facts of DICOM, each with its clause. No behaviour of the gateway."""
