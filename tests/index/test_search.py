import pytest

from gateway.errors import LedgerUnavailable
from gateway.index import search as search_module
from gateway.index.key import supported_keys
from gateway.index.query import Query
from gateway.index.search import Search
from gateway.ledger.model import Instance
from gateway.standard.query_retrieve import COMPUTED_KEYS, STORED_KEYS, Level

EVERY = frozenset({"default", "other"})
MR = "1.2.840.10008.5.1.4.1.1.4"
JPEG = "1.2.840.10008.1.2.4.70"


def found(search, level, keys, projects=EVERY):
    keys = {keyword: (wanted,) if isinstance(wanted, str) else wanted for keyword, wanted in keys.items()}
    return [match for page in search.pages(Query(level, projects, keys)) for match in page]


def values(search, level, keyword, keys, projects=EVERY):
    return [match.attributes[keyword] for match in found(search, level, {keyword: (), **keys}, projects)]


@pytest.fixture
def archive(ledger):
    ledger.add_all(
        [
            {
                "PatientID": f"P{patient}",
                "PatientName": f"Subject^{patient}",
                "StudyInstanceUID": f"1.{patient}.{study}",
                "StudyDate": f"202{study}0131",
                "AccessionNumber": f"A_{patient}{study}",
                "SeriesInstanceUID": f"1.{patient}.{study}.{series}",
                "SeriesNumber": f"{series}",
                "Modality": ("CT", "SR")[series % 2],
                "SOPInstanceUID": f"1.{patient}.{study}.{series}.{instance}",
                "ImageType": "DERIVED\\SECONDARY" if instance == 1 else "ORIGINAL\\PRIMARY\\AXIAL",
                "Rows": "512",
            }
            for patient in (1, 2)
            for study in (1, 2)
            for series in (1, 2)
            for instance in (1, 2, 3)
        ]
    )
    return ledger


def test_every_stored_and_computed_key_can_be_searched_and_returned_at_its_level(archive, search):
    for level in Level:
        keys = dict.fromkeys(supported_keys(level), ())
        assert {*STORED_KEYS[level], *COMPUTED_KEYS[level]} <= set(keys)
        assert all(set(match.attributes) == set(keys) for match in found(search, level, keys))
        for keyword in keys:
            found(search, level, {keyword: "*x*"})


def test_an_index_without_instances_finds_nothing(search, ledger):
    assert found(search, Level.STUDY, {"StudyInstanceUID": ()}) == []


def test_a_ledger_that_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(LedgerUnavailable):
        found(Search(tmp_path / "none.sqlite"), Level.STUDY, {"StudyInstanceUID": ()})


def test_patients_are_found_by_name_whatever_its_case(archive, search):
    assert values(search, Level.PATIENT, "PatientID", {"PatientName": "subject^2"}) == ["P2"]


def test_an_underscore_is_no_wild_card(archive, search):
    archive.add(
        StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1", SOPInstanceUID="1.9.1.1", AccessionNumber="AX1"
    )
    assert values(search, Level.STUDY, "AccessionNumber", {"AccessionNumber": "A_*"}) == [
        "A_11",
        "A_12",
        "A_21",
        "A_22",
    ]


def test_the_unique_key_above_narrows_the_search(archive, search):
    keys = {"StudyInstanceUID": "1.1.2"}
    assert values(search, Level.SERIES, "SeriesInstanceUID", keys) == ["1.1.2.1", "1.1.2.2"]


def test_a_unique_key_above_that_contradicts_finds_nothing(archive, search):
    keys = {"PatientID": "P2", "StudyInstanceUID": "1.1.2"}
    assert values(search, Level.SERIES, "SeriesInstanceUID", keys) == []


def test_images_are_found_below_series_and_study(archive, search):
    keys = {"StudyInstanceUID": "1.1.1", "SeriesInstanceUID": "1.1.1.2", "ImageType": "PRIMARY"}
    assert values(search, Level.IMAGE, "SOPInstanceUID", keys) == ["1.1.1.2.2", "1.1.1.2.3"]


def test_a_list_of_uids_finds_each_of_them(archive, search):
    keys = {"StudyInstanceUID": ("1.1.1", "1.2.2", "1.2.9")}
    assert values(search, Level.STUDY, "StudyInstanceUID", keys) == ["1.1.1", "1.2.2"]


def test_patient_attributes_match_at_study_level(archive, search):
    keys = {"PatientName": "SUBJECT^1", "StudyDate": "20220101-"}
    assert values(search, Level.STUDY, "StudyInstanceUID", keys) == ["1.1.2"]


def test_numbers_below_an_entity_are_counted(archive, search):
    (match,) = found(
        search, Level.PATIENT, {"PatientID": "P1", **dict.fromkeys(COMPUTED_KEYS[Level.PATIENT], ())}
    )
    assert match.attributes == {
        "PatientID": "P1",
        "NumberOfPatientRelatedStudies": "2",
        "NumberOfPatientRelatedSeries": "4",
        "NumberOfPatientRelatedInstances": "12",
    }


def test_modalities_and_sop_classes_of_a_study_are_listed_once_each(archive, search):
    archive.add(
        StudyInstanceUID="1.1.1", SeriesInstanceUID="1.1.1.2", SOPInstanceUID="1.1.1.2.4", SOPClassUID=MR
    )
    keys = {"StudyInstanceUID": "1.1.1", "ModalitiesInStudy": (), "SOPClassesInStudy": ()}
    (match,) = found(search, Level.STUDY, keys)
    assert match.attributes["ModalitiesInStudy"] == "CT\\SR"
    assert match.attributes["SOPClassesInStudy"] == f"1.2.840.10008.5.1.4.1.1.2\\{MR}"


def test_a_study_matches_by_any_of_its_modalities(archive, search):
    archive.add(StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1", SOPInstanceUID="1.9.1.1", Modality="MR")
    assert values(search, Level.STUDY, "StudyInstanceUID", {"ModalitiesInStudy": "MR"}) == ["1.9"]
    assert values(search, Level.STUDY, "StudyInstanceUID", {"ModalitiesInStudy": ("MR", "XA")}) == ["1.9"]
    assert len(values(search, Level.STUDY, "StudyInstanceUID", {"ModalitiesInStudy": "S*"})) == 4


def test_only_the_given_projects_are_seen(archive, search):
    archive.add(
        project="other",
        PatientID="Q1",
        StudyInstanceUID="1.1.1",
        SeriesInstanceUID="1.1.1.1",
        SOPInstanceUID="1.1.1.1.1",
    )
    other = frozenset({"other"})
    assert values(search, Level.PATIENT, "PatientID", {}, other) == ["Q1"]
    assert values(search, Level.STUDY, "PatientID", {"StudyInstanceUID": "1.1.1"}, other) == ["Q1"]
    assert values(search, Level.STUDY, "StudyInstanceUID", {}, frozenset({"none"})) == []
    keys = {"StudyInstanceUID": "1.1.1", "NumberOfStudyRelatedInstances": ()}
    assert [
        match.attributes["NumberOfStudyRelatedInstances"] for match in found(search, Level.STUDY, keys)
    ] == [
        "6",
        "1",
    ]
    selection = search.select(Query(Level.STUDY, other, {"StudyInstanceUID": ("1.1.1",)}))
    assert [instance.project for instance in search.instances(selection)] == ["other"]


def test_a_conflict_is_neither_found_nor_counted_nor_retrieved(archive, search):
    same = {"StudyInstanceUID": "1.1.1", "SeriesInstanceUID": "1.1.1.1", "SOPInstanceUID": "1.1.1.1.1"}
    archive.add(**same, PatientID="P1")
    keys = {**same, "SOPInstanceUID": ()}
    assert len(found(search, Level.IMAGE, keys)) == 3
    assert values(
        search, Level.SERIES, "NumberOfSeriesRelatedInstances", {"SeriesInstanceUID": "1.1.1.1"}
    ) == ["3"]
    selection = search.select(Query(Level.SERIES, EVERY, {"SeriesInstanceUID": ("1.1.1.1",)}))
    assert len(list(search.instances(selection))) == 3


def test_entities_of_conflicts_only_are_not_found(archive, search):
    change = Instance.update(state="conflict").where(Instance.path.startswith("default/1.2.2."))
    change.execute(archive.store.database)
    assert values(search, Level.STUDY, "StudyInstanceUID", {"PatientID": "P2"}) == ["1.2.1"]
    assert values(search, Level.SERIES, "SeriesInstanceUID", {"StudyInstanceUID": "1.2.2"}) == []


def test_availability_is_that_of_the_least_available_instance(archive, search):
    archive.remove("1.1.1.1.2")
    keys = {"StudyInstanceUID": "1.1.1", "SeriesInstanceUID": "1.1.1.1"}
    assert [match.available for match in found(search, Level.IMAGE, keys)] == [True, False, True]
    assert [match.available for match in found(search, Level.SERIES, {"StudyInstanceUID": "1.1.1"})] == [
        False,
        True,
    ]
    assert [match.available for match in found(search, Level.STUDY, {"PatientID": "P1"})] == [False, True]
    assert [match.available for match in found(search, Level.PATIENT, {})] == [False, True]


def test_pages_keep_the_order_and_lose_nothing(archive, search, monkeypatch):
    whole = values(search, Level.SERIES, "SeriesInstanceUID", {})
    monkeypatch.setattr(search_module, "PAGE_ROWS", 3)
    assert values(search, Level.SERIES, "SeriesInstanceUID", {}) == whole
    assert len(whole) == 8
    pages = list(search.pages(Query(Level.SERIES, EVERY, {"SeriesInstanceUID": (), "Modality": ("CT",)})))
    assert [len(page) for page in pages] == [1, 2, 1]


def test_a_page_that_holds_no_match_is_still_yielded(archive, search, monkeypatch):
    monkeypatch.setattr(search_module, "PAGE_ROWS", 2)
    assert list(search.pages(Query(Level.SERIES, EVERY, {"SeriesDescription": ("none",)}))) == [[]] * 5


def test_what_is_recorded_during_a_search_is_not_found(archive, search, monkeypatch):
    monkeypatch.setattr(search_module, "PAGE_ROWS", 2)
    pages = search.pages(Query(Level.STUDY, EVERY, {"StudyInstanceUID": ()}))
    seen = next(pages)
    archive.add(StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1", SOPInstanceUID="1.9.1.1")
    assert len([*seen, *(match for page in pages for match in page)]) == 4


def test_a_search_in_progress_holds_no_transaction(archive, search, monkeypatch):
    monkeypatch.setattr(search_module, "PAGE_ROWS", 2)
    pages = search.pages(Query(Level.STUDY, EVERY, {"StudyInstanceUID": ()}))
    next(pages)
    busy, *_ = archive.store.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0


@pytest.mark.parametrize(
    ("level", "keys", "count"),
    [
        (Level.PATIENT, {"PatientID": ("P1",)}, 12),
        (Level.STUDY, {"PatientID": ("P1",), "StudyInstanceUID": ("1.1.1", "1.1.2")}, 12),
        (Level.STUDY, {"StudyInstanceUID": ("1.1.1",)}, 6),
        (Level.SERIES, {"StudyInstanceUID": ("1.1.1",), "SeriesInstanceUID": ("1.1.1.1", "1.1.2.1")}, 3),
        (
            Level.IMAGE,
            {
                "StudyInstanceUID": ("1.1.1",),
                "SeriesInstanceUID": ("1.1.1.1",),
                "SOPInstanceUID": ("1.1.1.1.2",),
            },
            1,
        ),
        (Level.STUDY, {"StudyInstanceUID": ("1.7",)}, 0),
    ],
)
def test_the_instances_of_a_selection_are_those_below_its_entities(
    archive, search, monkeypatch, level, keys, count
):
    monkeypatch.setattr(search_module, "PAGE_ROWS", 2)
    selection = search.select(Query(level, EVERY, keys))
    instances = list(search.instances(selection))
    assert len({instance.path for instance in instances}) == len(instances) == count
    assert sum(tally.count for tally in search.tally(selection)) == count


def test_a_selection_does_not_grow_after_it_was_made(archive, search):
    selection = search.select(Query(Level.STUDY, EVERY, {"StudyInstanceUID": ("1.1.1",)}))
    archive.add(StudyInstanceUID="1.1.1", SeriesInstanceUID="1.1.1.1", SOPInstanceUID="1.1.1.1.9")
    assert (
        len(list(search.instances(selection))) == sum(tally.count for tally in search.tally(selection)) == 6
    )


def test_a_selection_is_tallied_by_what_must_be_negotiated(archive, search):
    same = {"StudyInstanceUID": "1.1.1", "SeriesInstanceUID": "1.1.1.1", "PatientID": "P1"}
    archive.add(**same, SOPInstanceUID="1.1.1.1.8", transfer_syntax=JPEG)
    archive.add(**same, SOPInstanceUID="1.1.1.1.9", SOPClassUID=MR, transfer_syntax=JPEG)
    tallies = search.tally(search.select(Query(Level.STUDY, EVERY, {"StudyInstanceUID": ("1.1.1",)})))
    assert sorted(
        (tally.sop_class_uid[-3:], tally.transfer_syntax_uid[-4:], tally.count) for tally in tallies
    ) == [
        ("1.2", "1.2.1"[-4:], 6),
        ("1.2", "4.70", 1),
        ("1.4", "4.70", 1),
    ]


def test_a_removed_instance_is_selected_but_not_available(archive, search):
    archive.remove("1.1.1.1.2")
    selection = search.select(Query(Level.SERIES, EVERY, {"SeriesInstanceUID": ("1.1.1.1",)}))
    assert [instance.available for instance in search.instances(selection)] == [True, False, True]


def test_pages_by_key_need_no_sorting(archive, search, monkeypatch):
    plans = {}
    database = type(archive.store.database)
    run = database.execute_sql

    def explained(self, sql, params=None):
        if "StudyDescription" in sql or "ImageType" in sql:
            plans[sql] = [row[3] for row in run(self, "EXPLAIN QUERY PLAN " + sql, params).fetchall()]
        return run(self, sql, params)

    monkeypatch.setattr(database, "execute_sql", explained)
    found(search, Level.STUDY, {"StudyDescription": "x*"})
    found(search, Level.IMAGE, {"SeriesInstanceUID": "1.1.1.1", "ImageType": "NONE"})
    assert len(plans) == 2
    assert not [
        step for plan in plans.values() for step in plan if "TEMP B-TREE" in step or step == "SCAN t1"
    ]
