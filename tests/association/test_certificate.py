import pytest

from gateway.association.certificate import certificate_of


class Connection:
    """A TLS connection whose peer showed a certificate of these names."""

    def __init__(self, *alternatives):
        self._fields = {"subject": ((("countryName", "DE"),), (("commonName", "CT1.example"),))}
        if alternatives:
            self._fields["subjectAltName"] = alternatives

    def getpeercert(self, binary_form=False):
        return b"encoded" if binary_form else self._fields


def test_alternative_names_of_hosts_count_in_lower_case():
    shown = certificate_of(Connection(("DNS", "MR.example"), ("IP Address", "10.0.0.7"), ("email", "a@b")))
    assert shown.names == {"mr.example", "10.0.0.7"}


def test_the_common_name_counts_when_there_is_no_alternative_name():
    assert certificate_of(Connection()).names == {"ct1.example"}


@pytest.mark.parametrize("kind", ["URI", "email", "DirName", "othername"])
def test_the_common_name_does_not_count_beside_an_alternative_name_of_any_kind(kind):
    assert certificate_of(Connection((kind, "something"))).names == frozenset()
