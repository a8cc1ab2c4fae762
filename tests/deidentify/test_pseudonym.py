"""Keyed codes: deterministic, apart from each other, and noticed when they change."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.deidentify.pseudonym import CROCKFORD, PseudonymKey, base32, delimited

SECRET = bytes(range(32))
GOLDEN_DIGEST = "95617c91cc6fe42f288549b52292ec6fc5b894d79a8891f4e35e87e2f2d7ecfb"
GOLDEN_CODE = "JNGQS4ECDZJ2Y"
secrets = st.binary(min_size=32, max_size=32)
parts = st.lists(st.text(max_size=8), max_size=5)


def hkdf(secret, info):
    """Return RFC 5869 with an empty salt and one block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_than_32_bytes_is_an_error(length):
    with pytest.raises(ValueError, match="32 bytes"):
        PseudonymKey(bytes(length))


@given(secret=secrets, purpose=st.text(max_size=20))
def test_a_subkey_is_hkdf_sha256_of_its_purpose(secret, purpose):
    info = b"deidentification-gateway/v1/" + purpose.encode("utf-8")
    assert PseudonymKey(secret).subkey(purpose) == hkdf(secret, info)


@given(secret=secrets, purpose=st.sampled_from(["uid", "patient-id"]), values=parts)
def test_a_digest_is_hmac_sha256_of_the_delimited_parts(secret, purpose, values):
    key = PseudonymKey(secret)
    assert key.digest(purpose, *values) == hmac.digest(
        key.subkey(purpose), delimited(*values), hashlib.sha256
    )


def test_the_first_digest_that_was_ever_issued_is_still_the_same():
    digest = PseudonymKey(SECRET).digest("patient-id", "1", "patient", "", "PAT-778899")
    assert digest.hex() == GOLDEN_DIGEST
    assert base32(digest, 13) == GOLDEN_CODE


@given(one=secrets, other=secrets, values=parts)
def test_other_keys_give_other_digests(one, other, values):
    assume(one != other)
    assert PseudonymKey(one).digest("uid", *values) != PseudonymKey(other).digest("uid", *values)


@given(secret=secrets, values=parts)
def test_other_purposes_give_other_digests(secret, values):
    key = PseudonymKey(secret)
    assert key.digest("uid", *values) != key.digest("patient-id", *values)


@given(one=parts, other=parts)
def test_different_lists_never_give_the_same_input(one, other):
    assume(one != other)
    assert delimited(*one) != delimited(*other)


@pytest.mark.parametrize(
    ("one", "other"), [(("ab", "c"), ("a", "bc")), (("a",), ("a", "")), ((), ("",)), (("\0",), ("", ""))]
)
def test_where_one_part_ends_and_the_next_begins_matters(one, other):
    assert delimited(*one) != delimited(*other)


def test_a_lone_surrogate_is_no_error():
    assert delimited("\udcff")


@given(digest=st.binary(min_size=32, max_size=32), length=st.integers(1, 51))
def test_a_code_is_the_leading_bits_in_crockfords_alphabet(digest, length):
    code = base32(digest, length)
    bits = "".join(f"{CROCKFORD.index(letter):05b}" for letter in code)
    assert bits == f"{int.from_bytes(digest, 'big'):0256b}"[: 5 * length]


def test_the_alphabet_has_no_letter_that_is_misread():
    assert len(set(CROCKFORD)) == 32
    assert not set("ILOU") & set(CROCKFORD)


def test_the_secret_is_not_shown():
    key = PseudonymKey(SECRET)
    assert SECRET.hex() not in repr(key)
    assert not hasattr(key, "__dict__")


def test_a_key_has_a_name_of_sixteen_digits_that_tells_it_from_others():
    names = {PseudonymKey(bytes([number]) * 32).identifier for number in range(20)}
    assert len(names) == 20
    assert all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in names)
