"""Names of months and weekdays, and ages in years, as people write them, by language.

Each list has twelve or seven names in order; a language has one for the full names and one or
more for the abbreviations, so that a date can be moved and still be written in the same way.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.deidentify.descriptor.folding import folded_text

_MONTHS: Final = (
    "January February March April May June July August September October November December",
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "Jan Feb Mar Apr May June July Aug Sept Oct Nov Dec",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "Jän Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "Jänner Feber Mrz April Mai Juni Juli August Sept Oktober Nov Dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    "januar februar marts april maj juni juli august september oktober november december",
    (
        "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta "
        "heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta"
    ),
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "január február március április május június július augusztus szeptember október november december",
    "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",  # noqa: RUF001
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    (
        "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου "
        "Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου"
    ),
    "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
)
_WEEKDAYS: Final = (
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "Mon Tue Wed Thu Fri Sat Sun",
    "Mon Tues Wed Thur Fri Sat Sun",
    "Mon Tue Wed Thurs Fri Sat Sun",
    "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "Mo Di Mi Do Fr Sa So",
    "Montag Dienstag Mittwoch Donnerstag Freitag Sonnabend Sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "segunda terça quarta quinta sexta sábado domingo",
    "måndag tisdag onsdag torsdag fredag lördag söndag",
    "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "pazartesi salı çarşamba perşembe cuma cumartesi pazar",  # noqa: RUF001
    "понедельник вторник среда четверг пятница суббота воскресенье",
)


def _places(lists: tuple[tuple[str, ...], ...]) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return for each folded name its place from one, and the list it is of: the first that has it."""
    places: dict[str, tuple[int, tuple[str, ...]]] = {}
    for names in lists:
        for place, name in enumerate(names, 1):
            places.setdefault(folded_text(name), (place, names))
    return places


MONTHS: Final = _places(tuple(tuple(names.split()) for names in _MONTHS))
"""Folded name of a month: its number, and the names of its list."""
WEEKDAYS: Final = _places(tuple(tuple(names.split()) for names in _WEEKDAYS))
"""Folded name of a weekday: 1 for Monday, and the names of its list."""
_ERAS: Final = (("明治", 1868), ("大正", 1912), ("昭和", 1926), ("平成", 1989), ("令和", 2019))
ERA_STARTS: Final = {folded_text(era): first - 1 for era, first in _ERAS}
"""The year before the first of each era."""
GERMAN_MONTHS: Final = tuple(_MONTHS[3].split())
"""The list that a full stop behind the day points to."""

_OLD: Final = r"0?(?:9\d|1[0-2]\d)"
"""An age that few people reach."""
_YEARS: Final = (
    r"y[./]?o(?![a-eg-ln-z])\.?|y o(?![a-z])|years? of age|"
    r"y(?:ea)?r?s?(?:[ -]?olds?|(?=(?: ?[/.]? ?[mf])?(?![^\W_])))|"
    r"(?:jahr(?:e[ns]?|igen?[rsm]?|ig)?|jaehrigen?[rsm]?)(?![a-z])(?: alt(?:en?[rsm]?)?(?![a-z]))?|"
    r"j\.(?: ?a\.)?|j(?=[,;)])|"
    r"(?:ans|anos|anni|jaar(?: oud)?|jarigen?|ars|arig|arige|aring|ar gammal|let|letni[a-z]?|lata|"
    r"yas(?:inda|indaki)?|vuotias|eves|лет|года?|годов|летн\w{0,5})(?!\w)|"
    rf"ετων|歳|才|岁|歲|{folded_text('세')}"
)
_AGE: Final = (
    "aged?|alter|age de|agee? de|edad|eta|idade|leeftijd|wiek|vek|yas|alder|возраст|ηλικια|"
    f"年齢|年齡|年龄|{folded_text('나이')}"
)
_SEX: Final = "male|female|mann|frau|man|woman|weiblich|mannlich"
_NINETY: Final = (
    r"(?:ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |one )?hundred)"
    r"[ -](?:years?|yrs?|yo)(?![a-z])(?:[ -]olds?)?|(?:nonage|cente)narians?|"
    r"(?:(?:ein|zwei|drei|vier|funf|sechs|sieben|acht|neun)und)?neunzigjahrige?[nrs]?"
)
_PATTERNS: Final = (
    rf"(?<![^\W_])(?<!\d[.,/])(?<![+])(?P<age>{_OLD}[ -]{{0,2}}(?:{_YEARS}))",
    (
        rf"(?<!gestational )(?<!bone )(?<![a-z])(?:{_AGE})(?: (?:is|of|now))?[ :=.]{{0,3}}"
        rf"(?P<age>{_OLD})(?![^\W_]|[.,/-]\d|%| ?(?:d|w|m|h|kv)[a-z]*\b)"
    ),
    rf"(?:^|[;,(\n] ?|\b(?:pt|patient|a|the) )(?P<age>{_OLD} ?[mfw](?![^\W_]|[-/.]))",
    rf"(?<![^\W_])(?<!\d[.,/])(?P<age>{_OLD}/[mfw](?![^\W_]))",
    r"(?<=[a-z] )(?P<age>9\d[mf](?![^\W_]|[-/.]))",
    (
        rf"(?<![a-z\d/])(?:[mfw][/,]|(?:{_SEX})[,/ ]) ?"
        rf"(?P<age>{_OLD})(?![^\W_]|[.,/-]\d|%| ?(?:[a-z]{{1,2}}|bpm|lbs?|deg)(?![a-z]))"
    ),
    r"(?<![a-z])(?:his|her|their|s?ihren) (?:early |mid-?|late )?(?P<age>90'?s|90ern)(?![a-z])",
    rf"(?<![a-z])(?P<age>{_NINETY})",
)
AGES: Final = tuple(map(re.compile, _PATTERNS))
"""Ages over 89 years in digits and words, in folded text: the group `age` of each, with a sex glued to it."""


def in_case_of(written: str, name: str) -> str:
    """Return `name` in capitals, small letters or with a capital, as `written` is."""
    if written.isupper() and len(written) > 1:
        return name.upper()
    return name.lower() if written.islower() else name[:1].upper() + name[1:]
