r"""De-identification gateway between DICOM scanners and the archive.

::

    scanner --C-STORE--> receive -> deidentify -> spool + ledger -> forward --C-STORE--> archive
                                        |                  \-> index <- query_retrieve <-- researcher
                                        \-> linkage (sealed)
"""

__version__ = "0.1.0"
