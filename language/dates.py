"""Dates and times as press offices print them: explicit formats and month tables, never a guess.

A general parser borrows what a text lacks from today: it turns "07, 2023" into a day of July. Here a text
is a date of one of the formats below, whole, or it is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, time, timedelta, timezone

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Outside these a year is a misprint or no year."""


class DateError(ValueError):
    """A text that is no date (or time); the message is a sentence that quotes it."""


# Month names by number: the forms that dates are written with and the nominative that some sites put there
# instead (gov.am: "31 Декабрь 2021"), then the abbreviations of Unicode CLDR. Compared in lower case and
# without full stops.
_MONTHS: dict[str, tuple[str, ...]] = {
    "en": (
        "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
        "september sept sep", "october oct", "november nov", "december dec",
    ),
    "fr": (
        "janvier janv", "février fevrier févr", "mars", "avril avr", "mai", "juin", "juillet juil",
        "août aout", "septembre sept", "octobre oct", "novembre nov", "décembre decembre déc",
    ),
    "ru": (
        "января январь янв", "февраля февраль февр фев", "марта март мар", "апреля апрель апр", "мая май",
        "июня июнь июн", "июля июль июл", "августа август авг", "сентября сентябрь сент сен",
        "октября октябрь окт", "ноября ноябрь нояб ноя", "декабря декабрь дек",
    ),
    "hy": (
        "հունվարի հունվար հնվ", "փետրվարի փետրվար փտվ", "մարտի մարտ մրտ", "ապրիլի ապրիլ ապր",
        "մայիսի մայիս մյս", "հունիսի հունիս հնս", "հուլիսի հուլիս հլս",
        "օգոստոսի օգոստոս օգս", "սեպտեմբերի սեպտեմբեր սեպ", "հոկտեմբերի հոկտեմբեր հոկ",
        "նոյեմբերի նոյեմբեր նոյ", "դեկտեմբերի դեկտեմբեր դեկ",
    ),
}  # fmt: skip
_WEEKDAYS: dict[str, tuple[str, ...]] = {
    "en": (
        "monday mon",
        "tuesday tue",
        "wednesday wed",
        "thursday thu",
        "friday fri",
        "saturday sat",
        "sunday sun",
    ),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
    "hy": ("երկուշաբթի", "երեքշաբթի", "չորեքշաբթի", "հինգշաբթի", "ուրբաթ", "շաբաթ", "կիրակի"),
}
_MONTH_NUMBER = {
    language: {name: number for number, names in enumerate(months, 1) for name in names.split()}
    for language, months in _MONTHS.items()
}
_WEEKDAY_NUMBER = {
    language: {name: number for number, names in enumerate(days) for name in names.split()}
    for language, days in _WEEKDAYS.items()
}

_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\.\d{1,6})?(?:\s*[ap]\.?m\.?)?"
_TIME_AFTER = rf"(?:(?:\s*[,|–—-]\s*|\s+(?:at\s+|à\s+|в\s+)?){_CLOCK})?"
_WEEKDAY_BEFORE = r"(?:(?P<weekday>[^\W\d_]+)\.?,?\s+)?"
_YEAR = r"(?P<year>\d{4})"
_YEAR_WORD = r"(?:\s*(?:թ\.?-?(?:ին|ի)?|թվական(?:ի|ին)?|г\.?|года?))?"
_MONTH = r"(?P<month>[^\W\d_]+)\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|-?го|-ին)?"
_NUMERIC = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[./-])(?P<second>\d{{1,2}})(?P=mark){_YEAR}{_YEAR_WORD}{_TIME_AFTER}"
)
_DAY_MONTH_COMMA = re.compile(rf"(?P<first>\d{{1,2}})\s+(?P<second>\d{{1,2}}),\s*{_YEAR}{_YEAR_WORD}{_TIME_AFTER}")
_ISO = re.compile(
    rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d\d)(?P=mark)(?P<day>\d\d)"
    rf"(?:(?:t|\s+){_CLOCK}\s*(?:z|utc|[+-]\d\d:?\d\d)?)?"
)
_NAMED = (
    re.compile(rf"(?:le\s+)?{_WEEKDAY_BEFORE}{_DAY}\s+{_MONTH},?\s+{_YEAR}{_YEAR_WORD}{_TIME_AFTER}"),
    re.compile(rf"{_WEEKDAY_BEFORE}{_MONTH}\s+{_DAY},?\s+{_YEAR}{_YEAR_WORD}{_TIME_AFTER}"),
    re.compile(rf"{_YEAR}{_YEAR_WORD},?\s+{_MONTH}\s+{_DAY}{_TIME_AFTER}"),
)
_WITHOUT_DAY = re.compile(rf"(?:\d{{1,2}}\s*[,./-]|[^\W\d_]+\.?,?)\s*\d{{4}}{_YEAR_WORD}")

_TIME = re.compile(
    r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.\d{1,6})?)?(?![\d:])"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?|\s*(?P<zone>z|[+-]\d\d:?\d\d)(?![\w:]))?"
)


def read_date(text: str, language: str, day_first: bool = True) -> date:
    """The date that `text` is, in a page of `language` ("hy", "ru", "en" or "fr" for month names; any for
    numbers).

    Formats: 12 August 2020 · August 12, 2020 · 5 octobre 2023 · 1er mars 2024 · 31 Декабрь 2021 · 5 марта
    2020 г. · 17 նոյեմբերի 2025 թ. · 2025 թ. նոյեմբերի 17 · 05.01.2015, 5/1/2015, 5-1-2015 · 18 01, 2022 ·
    2020-08-12 · 2020-08-12T14:30:00+04:00; a weekday before and a time after are allowed. `day_first` False
    reads the numeric ones as month, day. The date is the one written; nothing is converted between time
    zones.

    Raises `DateError` for everything else: no day ("03, 2024"), a day that the month has not, a weekday
    that the date was not, words around it."""
    plain = " ".join(text.split()).strip(" ,;|").lower()
    for match, year, month, day in _readings(plain, language, day_first):
        found = _date(text, year, month, day)
        weekday = match.groupdict().get("weekday")
        if weekday is not None and _WEEKDAY_NUMBER[language].get(weekday) != found.weekday():
            raise DateError(f"“{text.strip()}” names a weekday that {found.isoformat()} was not")
        return found
    if _WITHOUT_DAY.fullmatch(plain):
        raise DateError(f"“{text.strip()}” is a month and a year without a day")
    if language not in _MONTH_NUMBER and any(character.isalpha() for character in plain):
        raise DateError(f"“{text.strip()}” cannot be read: the month names of language “{language}” are not known")
    raise DateError(f"“{text.strip()[:80]}” is not a date in a known format of language “{language}”")


def _readings(plain: str, language: str, day_first: bool) -> Iterator[tuple[re.Match[str], int, int, int]]:
    if match := _ISO.fullmatch(plain):
        yield match, int(match["year"]), int(match["month"]), int(match["day"])
    if match := _NUMERIC.fullmatch(plain) or _DAY_MONTH_COMMA.fullmatch(plain):
        day, month = (match["first"], match["second"]) if day_first else (match["second"], match["first"])
        yield match, int(match["year"]), int(month), int(day)
    months = _MONTH_NUMBER.get(language, {})
    for pattern in _NAMED:
        if (match := pattern.fullmatch(plain)) and match["month"] in months:
            yield match, int(match["year"]), months[match["month"]], int(match["day"])


def _date(text: str, year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateError(f"“{text.strip()}” has a year outside {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        raise DateError(f"“{text.strip()}” names a day that the calendar does not have") from None


def read_time(text: str) -> time:
    """The one time of day in `text`: "14:30", "2:30 pm", "August 12, 2020, 14:30",
    "2020-08-12T14:30:00+04:00". It carries a time zone only where the text states its offset. Raises
    `DateError` for no time, or more than one."""
    matches = list(_TIME.finditer(text.lower().replace("utc", "z").replace("t", " ")))
    if len(matches) != 1:
        raise DateError(f"“{text.strip()[:80]}” has {'no time' if not matches else 'more than one time'} of day")
    match = matches[0]
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            raise DateError(f"“{text.strip()[:80]}” has an hour that is not on a twelve-hour clock")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute, second, tzinfo=_zone(match["zone"]))


def _zone(offset: str | None) -> timezone | None:
    if offset is None:
        return None
    if offset == "z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 14 or minutes > 59:
        raise DateError(f"“{offset}” is no offset from UTC")
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(away if offset[0] == "+" else -away)
