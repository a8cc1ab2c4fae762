from __future__ import annotations

import string
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deidentify.descriptor import vocabulary
from gateway.deidentify.needle import folded

FOLDER = files("gateway.deidentify.descriptor") / "vocabulary"
FILES = sorted(entry.name.removesuffix(".txt") for entry in FOLDER.iterdir())
ENGLISH = """
abbreviations contrast_agents drugs_allergies en_anatomy en_everyday en_findings en_general en_imaging
en_procedures en_protocol en_standard en_verbs radiotherapy sequences tracers ultrasound units vendors
"""
EACH_LANGUAGE = """
en abdomen lung fracture contrast portable prone baseline mprage kernel fdg omnipaque siemens pacemaker
de abdomen schädel kniegelenk fraktur kontrastmittel nativ beidseits verlaufskontrolle lungenrundherd
fr thorax genou fracture injection rachis droite douleur cérébrale échographie
es tórax rodilla fractura contraste columna derecha dolor ecografía
it torace ginocchio frattura contrasto colonna destra dolore ecografia
pt tórax joelho fratura contraste coluna direito dor ressonância
nl thorax knie fractuur contrast wervelkolom rechts pijn echo
sv hjärna knä fraktur höger smärta ultraljud
da hjerne knæ brud venstre smerter ultralyd
no hode kne brudd høyre smerter ultralyd
pl głowy kolano złamanie kontrastem kręgosłupa prawy
tr beyin diz kırığı kontrastlı sağ ağrısı
cs mozku kolena zlomenina pravého páteře
ru мозга сустава перелом контрастом правого позвоночника
el θώρακος εγκεφάλου κάταγμα δεξιού γόνατος
"""
NO_VOCABULARY = """
applegarth hollingsworth szczepaniak hinterstoisser deschamps echeverria quagliarella vasconcelos
london paris berlin madrid roma münchen wien boston texas deutschland france españa italia россия
street road avenue strasse gasse calle piazza ulica
hospital klinik klinikum krankenhaus universität université ospedale ziekenhuis szpital больница
doctor prof professor herr frau mrs miss madame señor
"""


def _words(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


@pytest.mark.parametrize("line", EACH_LANGUAGE.strip().split("\n"), ids=lambda line: line[:2])
def test_words_of_each_language_are_clinical(line: str) -> None:
    assert [word for word in line.split()[1:] if not vocabulary.is_clinical(folded(word))] == []


@pytest.mark.parametrize("word", NO_VOCABULARY.split())
def test_names_places_streets_institutions_and_titles_are_no_vocabulary(word: str) -> None:
    assert not vocabulary.is_clinical(folded(word))


@pytest.mark.parametrize(
    "word", ["schaedel", "schadel", "huefte", "hufte", "fuss", "hoejre", "hojre", "oedem"]
)
def test_a_word_is_known_with_its_umlauts_spelled_out_and_without_them(word: str) -> None:
    assert vocabulary.is_clinical(word)


@pytest.mark.parametrize(
    "word",
    "long young mark grace head brown hand foot cook may june rose iris pearl ruby ray wall stern bauch kopf "
    "klein gross lang kurz schwarz weiss roth braun blanc noir petit grand stone day hall hill".split(),
)
def test_a_word_that_is_somebodys_name_is_ambiguous(word: str) -> None:
    assert vocabulary.is_clinical(word)
    assert vocabulary.is_ambiguous(word)


@pytest.mark.parametrize(
    "word", "lung bone knee liver chest contrast axial tumor lunge knochen genou torax".split()
)
def test_a_word_that_is_hardly_anybodys_name_is_not_ambiguous(word: str) -> None:
    assert vocabulary.is_clinical(word)
    assert not vocabulary.is_ambiguous(word)


@pytest.mark.parametrize(
    "word", "hodgkin parkinson graves towne waters crohn schatzki bosniak baker hounsfield".split()
)
def test_names_inside_medical_terms_are_clinical_eponyms(word: str) -> None:
    assert vocabulary.is_eponym(word)
    assert vocabulary.is_clinical(word)


def test_eponyms_that_people_are_called_by_are_ambiguous() -> None:
    assert all(
        vocabulary.is_ambiguous(word) for word in ("parkinson", "graves", "baker", "waters", "smith", "bell")
    )


def test_an_eponym_that_is_a_word_of_its_own_is_not_only_an_eponym() -> None:
    assert vocabulary.is_eponym_only("bennett")
    assert not vocabulary.is_eponym_only("stone")


@pytest.mark.parametrize(
    "word", ["disease", "fracture", "sign", "view", "krankheit", "maladie", "fractura", "segno"]
)
def test_what_an_eponym_names_is_its_head(word: str) -> None:
    assert vocabulary.is_eponym_head(word)


@pytest.mark.parametrize(
    "word", "and with without of the mit und ohne nach avec sans con sin zonder utan bez ile".split()
)
def test_function_words_are_clinical_too(word: str) -> None:
    assert vocabulary.is_function_word(word)
    assert vocabulary.is_clinical(word)


@pytest.mark.parametrize(
    "word",
    "radiushalsfraktur kniegelenksdistorsion nierentransplantatsonographie schildkliernodus "
    "hepatosplenomegaly cholangiopancreatography tracheobronchoscopy gastroduodenostomy "
    "lungenunterlappenkarzinom".split(),
)
def test_compounds_of_vocabulary_are_clinical(word: str) -> None:
    assert vocabulary.is_clinical(word)


@pytest.mark.parametrize(
    "word",
    "schwarzkopf weisskopf steinkopf rosenbaum armstrong grosskreutz handwerker "
    "lindenstrasse xxfraktur".split(),
)
def test_names_built_like_compounds_are_not_clinical(word: str) -> None:
    assert not vocabulary.is_clinical(word)


def test_terms_without_spaces_come_longest_first_and_in_narrow_katakana() -> None:
    terms = vocabulary.cjk_terms()
    assert [len(term) for term in terms] == sorted(map(len, terms), reverse=True)
    assert {"頭部", "造影", "胸部", "単純", "腹部", "头颅", "增强", "흉부", "복부"} <= set(terms)
    assert {"ポータブル", "ﾎﾟｰﾀﾌﾞﾙ"} <= set(terms)
    assert all(vocabulary.is_clinical(folded(term)) for term in ("頭部", "エコー", "흉부", "头颅"))


@pytest.mark.parametrize("name", FILES)
def test_each_file_says_what_it_is_and_is_sorted_and_wrapped(name: str) -> None:
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    words = _words(name)
    assert lines[0].startswith("# ")
    assert words == sorted(set(words))
    assert all(len(line) <= 110 or len(line.split()) == 1 for line in lines[1:])
    assert all(word.isalpha() and word == word.lower() for word in words if name != "unspaced")


def test_the_vocabulary_is_broad() -> None:
    assert len({word for name in ENGLISH.split() for word in _words(name)}) > 12_000
    assert len(_words("ambiguous")) >= 800


def test_every_ambiguous_word_is_vocabulary() -> None:
    assert [word for word in _words("ambiguous") if not vocabulary.is_clinical(folded(word))] == []


@given(st.text(string.ascii_lowercase, max_size=80))
def test_any_letters_are_judged(word: str) -> None:
    assert vocabulary.is_clinical(word) in {True, False}


def test_a_long_word_is_judged_in_bounded_work() -> None:
    assert not vocabulary.is_clinical("cardio" * 100_000)


def test_after_loading_no_text_waits_for_a_list(monkeypatch):
    lists = (vocabulary._words, vocabulary._allowed, vocabulary._ordinary, vocabulary._joining)
    for one in (*lists, vocabulary.cjk_terms):
        one.cache_clear()
    vocabulary.load()
    monkeypatch.setattr(vocabulary, "_lines", lambda name: pytest.fail(f"{name} is read late"))
    assert vocabulary.is_clinical("kniegelenksspalt")
    assert vocabulary.is_eponym_head("disease")
    assert not vocabulary.is_clinical("wolkenstein")
    assert vocabulary.cjk_terms()
