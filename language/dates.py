"""Dates and times as press offices print them: explicit formats and month tables, never a guess.

A general parser borrows what a text lacks from today: it turns "07, 2023" into a day of July. Here a text is a date of one
of the formats below, whole, or it is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone

import jdatetime

from language.months import JALALI_MONTHS, fold, month_numbers, weekday_numbers

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Outside these a year is a misprint or no year."""
ROC_BEFORE_FIRST = 1911
"""Year 1 of the Republic of China's calendar is 1912."""


class DateError(ValueError):
    """A text that is no date (or time); the message is a sentence that quotes it."""


_OFFSETS = {"z": 0, "utc": 0, "gmt": 0, "msk": 3, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "edt": -4, "pdt": -7}
"""Hours from UTC of the zone names that mean one zone only."""
_SEVERAL_ZONES = frozenset({"ist", "cst", "bst", "est", "pst", "mst", "ast"})
"""Names of zones that two continents use: a time with one of them is none that can be placed."""

_CLOCK = (
    r"(?:[01]?\d|2[0-3])(?::[0-5]\d(?::[0-5]\d)?(?:\.\d{1,6})?|h[0-5]\d)(?:\s*[ap]\.?m\.?)?"
    r"(?:\s*(?:uhr|hrs?|klo|год|ч)\b\.?)?(?:\s*\(?(?:(?:utc|gmt)?\s*[+-]\d\d?(?::?\d\d)?|z|"
    + "|".join(sorted(_OFFSETS))
    + r")\)?)?"
)
_TIME_AFTER = re.compile(rf"(?P<rest>.*?[^\s,|–—:-])(?:\s*[,|–—-]\s*|\s+)(?:(?:at|à|в|о|um|kl\.?|alle)\s+)?{_CLOCK}")
_TIME_BEFORE = re.compile(rf"{_CLOCK}(?:\s*[,|–—-]\s*|\s+)(?P<rest>.+)")

# Words and marks that belong to a date without saying anything: "2025 թ.", "5 марта 2020 года", "2026 жылғы".
_YEAR_WORDS = (
    r"թ\.?-?(?:ին|ի)?|թվական(?:ի|ին)?|г\.|г|года?|год|року|р\.|р|годзе|гг?\.|жылғы|жыл(?:ы)?|ж\.|-?жылдын|-?yil(?:ning|i)?|"
    r"m\.|gada|год\.|წელი|წლის|წ\.|оны|ін|il|-ci il|yılı|m"
)
_YEAR = rf"(?P<year>\d{{4}})(?:\.?\s*(?:{_YEAR_WORDS})|\.)?"
_WORD = r"[^\s\d,;|()/.–—-]+"
_WEEKDAY = r"[^\s\d,;|()/.]+"
_BEFORE = rf"(?:(?:le|el|ngày|am|den)\s+)?(?:(?P<weekday>{_WEEKDAY})(?:\.,?\s*|,\s*|\s+)(?:(?:le|el|den|the)\s+)?)?"
_AFTER = rf"(?:\.|,)?(?:,?\s+\(?(?P<last>{_WEEKDAY})\)?)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|°|-?го|-?е|-ին|-|\.|\.-)?"
_MONTH = rf"(?P<month>{_WORD})\.?"
_NAMED = (
    re.compile(
        rf"{_BEFORE}{_DAY}(?:\s+|(?<=[.-])\s*)(?:(?:de|of|di)\s+)?{_MONTH},?\s+(?:(?:de|del|of)\s+)?{_YEAR}{_AFTER}"
    ),
    re.compile(rf"{_BEFORE}{_MONTH}\s+{_DAY},?\s+{_YEAR}{_AFTER}"),
    re.compile(rf"{_YEAR},?\s+{_MONTH}\s+{_DAY}(?:\s*(?:d\.|d|-?ը))?{_AFTER}"),
    re.compile(rf"{_YEAR},?\s+{_DAY}(?:\s+|(?<=[.-])\s*){_MONTH}{_AFTER}"),
)
_NUMERIC = re.compile(
    rf"{_BEFORE}(?P<first>\d{{1,2}})\s?(?P<mark>[./-])\s?(?P<second>\d{{1,2}})\s?(?P=mark)\s?{_YEAR}{_AFTER}"
)
_DAY_MONTH_COMMA = re.compile(rf"(?P<first>\d{{1,2}})\s+(?P<second>\d{{1,2}}),\s*{_YEAR}")
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?P<mark>[-/.])\s?(?P<month>\d{1,2})(?P=mark)\s?(?P<day>\d{1,2})\.?")
_CHARACTERS = re.compile(
    rf"(?P<era>(?:中華)?民國)?\s*(?P<year>\d{{1,4}})\s?(?:年|년)\s?(?P<month>\d{{1,2}})\s?(?:月|월)\s?"
    rf"(?P<day>\d{{1,2}})\s?(?:日|일)(?:\s*\(?(?P<last>{_WEEKDAY})\)?)?"
)
_WITHOUT_DAY = re.compile(rf"(?:\d{{1,2}}\s*[,./-]|{_WORD}\.?,?)\s*{_YEAR}")
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[tT ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6})\d*)?\s*([zZ]|UTC|[+-]\d\d:?\d\d)", re.ASCII
)
_TIME = re.compile(
    r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3])(?::|h)(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.\d{1,6})?)?(?![\d:])"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?"
    r"(?:\s*\(?(?:(?:utc|gmt)?\s*(?P<offset>[+-]\d\d?(?::?\d\d)?)(?![\w:])|(?P<zone>[a-z]+)(?![\w]))\)?)?"
)


def read_date(text: str, language: str, day_first: bool = True) -> date:
    """The date that `text` is, in a page of `language` (for names of months and weekdays; any for numbers).

    Formats, each with the words and marks of its language: 12 August 2020 · Sat 1st Jun, 2013 · August 12, 2020 · 1er
    mars 2024 · 11 de septiembre de 2019 · 9. Juli 2026 · 31 Декабрь 2021 · 5 марта 2020 г. · 26 вересня 2022 року ·
    17 նոյեմբերի 2025 թ. · 2025 թ. նոյեմբերի 17 · 2024. január 5. · 2024 m. sausio 5 d. · 2024. gada 5. janvārī ·
    2026 жылғы 1 тамыз · 05.01.2015, 5. 1. 2015, 5/1/2015, 5-1-2015 · 18 01, 2022 · 2020-08-12, 2026.07.01 ·
    2026年5月16日, 2026년 7월 1일 · 115年05月16日 (Republic of China, in Chinese) · 25 تیر 1405, 1405/04/25 (Iranian, in
    Persian). A weekday and a time of day before or after are allowed. `day_first` False reads numeric dates as month,
    day. The date is the one written; nothing is converted between time zones.

    Raises `DateError` for everything else: no day ("03, 2024"), a day that the month has not, a weekday that the date
    was not, words around it.
    """
    plain = _plain(text, language)
    for candidate in _without_time(plain):
        for match, year, month, day in _readings(candidate, language, day_first):
            found = _date(text, year, month, day, language)
            _check_weekday(text, match, found, language)
            return found
    if any(_WITHOUT_DAY.fullmatch(candidate) for candidate in _without_time(plain)):
        raise DateError(f"“{text.strip()}” is a month and a year without a day")
    if not month_numbers(language) and any(character.isalpha() for character in plain):
        raise DateError(f"“{text.strip()}” cannot be read: the month names of language “{language}” are not known")
    raise DateError(f"“{text.strip()[:80]}” is not a date in a known format of language “{language}”")


def _plain(text: str, language: str) -> str:
    """Lower case, single spaces, ASCII digits."""
    if language in ("tr", "az"):
        text = text.replace("İ", "i").replace("I", "ı")
    if language == "fa":
        text = text.replace("ي", "ی").replace("ك", "ک")
    text = unicodedata.normalize("NFC", " ".join(text.split())).lower().replace("\u0307", "")
    if not text.isascii():
        text = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text)
        text = text.replace("\u200f", "").replace("\u200e", "").replace("’", "'")
    return text.strip(" ,;|")


def _without_time(plain: str) -> Iterator[str]:
    yield plain
    if ":" not in plain and "h" not in plain:
        return
    if match := re.fullmatch(rf"(?P<rest>\d{{4}}-\d\d-\d\d)t{_CLOCK}", plain):
        yield match["rest"]
    if match := _TIME_AFTER.fullmatch(plain):
        yield match["rest"]
    if match := _TIME_BEFORE.fullmatch(plain):
        yield match["rest"]


def _readings(plain: str, language: str, day_first: bool) -> Iterator[tuple[re.Match[str], int, int, int]]:
    if match := _YEAR_FIRST.fullmatch(plain):
        yield match, int(match["year"]), int(match["month"]), int(match["day"])
    if match := _NUMERIC.fullmatch(plain) or _DAY_MONTH_COMMA.fullmatch(plain):
        day, month = (match["first"], match["second"]) if day_first else (match["second"], match["first"])
        yield match, int(match["year"]), int(month), int(day)
    if match := _CHARACTERS.fullmatch(plain):
        year = int(match["year"])
        if language == "zh" and (match["era"] or re.fullmatch(r"1\d\d", match["year"])):
            yield match, year + ROC_BEFORE_FIRST, int(match["month"]), int(match["day"])
        elif match["era"] is None and len(match["year"]) == 4:
            yield match, year, int(match["month"]), int(match["day"])
    months = month_numbers(language)
    for pattern in _NAMED:
        if match := pattern.fullmatch(plain):
            month_number = months.get(match["month"]) or _prefixed(match["month"], language, months)
            if month_number is None and language == "fa":
                month_number = JALALI_MONTHS.get(match["month"])
            if month_number is not None:
                yield match, int(match["year"]), month_number, int(match["day"])


def _prefixed(name: str, language: str, months: dict[str, int]) -> int | None:
    """Hebrew writes "in July" as one word."""
    return months.get(name[1:]) if language == "he" and name.startswith("ב") else None


def _check_weekday(text: str, match: re.Match[str], found: date, language: str) -> None:
    groups = match.groupdict()
    for stated in (groups.get("weekday"), groups.get("last")):
        if stated is not None and weekday_numbers(language).get(fold(stated, language)) != found.weekday():
            raise DateError(f"“{text.strip()}” names a weekday that {found.isoformat()} was not")


def _date(text: str, year: int, month: int, day: int, language: str) -> date:
    try:
        if language == "fa" and 1278 <= year <= 1500:
            found: date = jdatetime.date(year, month, day).togregorian()
        elif not FIRST_YEAR <= year <= LAST_YEAR:
            raise DateError(f"“{text.strip()}” has a year outside {FIRST_YEAR} to {LAST_YEAR}")
        else:
            found = date(year, month, day)
    except DateError:
        raise
    except ValueError:
        raise DateError(f"“{text.strip()}” names a day that the calendar does not have") from None
    return found


def read_instant(text: str) -> datetime | None:
    """The instant that a text in ISO 8601 with a time of day and an offset from UTC is; None for any other text."""
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    zone = "+00:00" if offset.lower() in ("z", "utc") else offset
    zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        return datetime.fromisoformat(f"{day}T{clock}{f'.{fraction:<06}' if fraction else ''}{zone}")
    except ValueError:
        return None


def read_time(text: str) -> time:
    """The one time of day in `text`: "14:30", "2:30 pm", "14h30", "August 12, 2020, 14:30", "14:30 MSK", "9:00 GMT+4",
    "2020-08-12T14:30:00+04:00". It carries a time zone only where the text states its offset, or the name of a zone that
    is the only one of that name. Raises `DateError` for no time, more than one, and zones such as IST that are several.
    """
    matches = list(_TIME.finditer(re.sub(r"(?<=\d)t(?=\d)", " ", text.lower())))
    if len(matches) != 1:
        raise DateError(f"“{text.strip()[:80]}” has {'no time' if not matches else 'more than one time'} of day")
    match = matches[0]
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            raise DateError(f"“{text.strip()[:80]}” has an hour that is not on a twelve-hour clock")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute, second, tzinfo=_zone(match["offset"], match["zone"]))


def _zone(offset: str | None, name: str | None) -> timezone | None:
    if name in _SEVERAL_ZONES:
        raise DateError(f"“{name.upper()}” is the name of more than one time zone")
    if offset is None:
        return None if name not in _OFFSETS else timezone(timedelta(hours=_OFFSETS[name])) if _OFFSETS[name] else UTC
    digits = offset[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        raise DateError(f"“{offset}” is no offset from UTC")
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(away if offset[0] == "+" else -away)
