from gateway.deidentify.action import Action
from gateway.deidentify.decision import Decision
from gateway.errors import Reason, Refused
from gateway.operate.offline.comparison import Comparison, Outcome, differences
from gateway.operate.offline.explanation import comparison_document, comparison_lines

DESCRIPTION = 0x00081030
SEQUENCE = 0x00400275
INNER = 0x00400007


def decision(action, before="chest", after="", tag=DESCRIPTION, path=(), why="basic_profile"):
    return Decision(path, tag, "LO", Action(action), before, after, why)


class Core:
    """A core that answers with the same accounts for every instance."""

    def __init__(self, name, *answers):
        self.profile = type("Profile", (), {"name": name, "fingerprint": "0" * 64})()
        self._answers = iter(answers)

    def explain(self, instance):
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


REFUSED = Refused(Reason.UNEXAMINED_PIXELS, "images of this kind often carry burned-in text")


def compared(first, second, **options):
    comparison = Comparison(Core("first", *first), Core("second", *second), **options)
    for _ in first:
        comparison.add(None)
    return comparison


def test_the_same_action_and_value_is_no_difference_whatever_the_reason():
    assert differences([decision("X")], [decision("X", why="override")]) == {}


def test_another_action_is_a_difference():
    (found,) = differences([decision("X")], [decision("C", after="chest", why="clean_descriptors")])
    assert found.first == Outcome("X", "basic_profile")
    assert found.second == Outcome("C", "clean_descriptors")


def test_another_value_is_a_difference():
    assert len(differences([decision("C", after="chest")], [decision("C", after="")])) == 1


def test_what_went_with_its_sequence_has_no_action():
    sequence = decision("X", "", tag=SEQUENCE)
    kept = [decision("K", "", tag=SEQUENCE), decision("K", "a", "a", INNER, (SEQUENCE,))]
    found = differences([sequence], kept)
    assert [(one.tag, one.first.action, one.second.action) for one in found] == [
        (SEQUENCE, "X", "K"), (INNER, "", "K"),
    ]  # fmt: skip


def test_items_that_one_profile_removes_do_not_shift_the_others():
    inner = [decision("K", text, text, INNER, (SEQUENCE,)) for text in ("one", "two", "three")]
    without = [decision("X", "two", "", INNER, (SEQUENCE,)), inner[2], inner[0]]
    (found,) = differences(inner, without)
    assert (found.first.action, found.second.action) == ("K", "X")


def test_an_instance_counts_once_for_each_difference():
    twice = [decision("X", "a", "", INNER, (SEQUENCE,)), decision("X", "b", "", INNER, (SEQUENCE,))]
    kept = [decision("K", "a", "a", INNER, (SEQUENCE,)), decision("K", "b", "b", INNER, (SEQUENCE,))]
    comparison = compared([twice, twice, kept], [kept, kept, kept])
    assert list(comparison.instances.values()) == [2]
    assert (comparison.compared, comparison.alike) == (3, 1)


def test_refusals_are_counted_for_each_profile_and_not_compared():
    comparison = compared([REFUSED, [decision("X")], REFUSED], [[decision("X")], REFUSED, REFUSED])
    assert [sum(refused.values()) for refused in comparison.refused] == [2, 2]
    assert comparison.compared == 0
    assert not comparison.instances


def test_values_are_kept_only_on_request_and_few():
    first = [[decision("X", f"secret {number}")] for number in range(9)]
    second = [[decision("K", f"secret {number}", f"secret {number}")] for number in range(9)]
    assert compared(first, second).examples == {}
    (kept,) = compared(first, second, keeps_values=True).examples.values()
    assert [example.before for example in kept] == ["secret 0", "secret 1", "secret 2"]


def test_people_see_a_line_for_each_attribute_and_the_refusals():
    sequence = decision("X", "", tag=SEQUENCE)
    kept = [decision("K", "", tag=SEQUENCE), decision("K", "a", "a", INNER, (SEQUENCE,))]
    comparison = compared([[sequence], REFUSED], [kept, kept])
    text = "\n".join(comparison_lines(comparison, 120))
    assert "1 instances, 0 of them treated alike by first and second" in text
    assert "RequestAttributesSequence" in text
    assert "ScheduledProcedureStepDescription" not in text
    assert "and 1 differences inside of these sequences" in text
    assert "refused under first: 1  unexamined_pixels" in text


def test_programs_see_everything():
    comparison = compared([[decision("X", "secret")]], [[decision("K", "secret", "secret")]])
    document = comparison_document(comparison)
    (difference,) = document["differences"]
    assert difference["keyword"] == "StudyDescription"
    assert difference["first"] == {"action": "X", "why": "basic_profile"}
    assert difference["instances"] == document["compared"] == 1
    assert "secret" not in str(document)
