"""Parts of the independent check: coded pixels and conformance."""
