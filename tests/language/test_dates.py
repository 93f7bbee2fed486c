"""Dates as offices print them; what is no whole date is an error and never another day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.dates import DateError, read_date, read_time

GENITIVE_HY = (
    "հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի"
).split()
GENITIVE_RU = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
NOMINATIVE_RU = "Январь Февраль Март Апрель Май Июнь Июль Август Сентябрь Октябрь Ноябрь Декабрь".split()
ENGLISH = "January February March April May June July August September October November December".split()
FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()

FORMATS: dict[str, tuple[str, Callable[[date], str]]] = {
    "17 նոյեմբերի 2025 թ.": ("hy", lambda d: f"{d.day} {GENITIVE_HY[d.month - 1]} {d.year} թ."),
    "17 նոյեմբեր 2025": ("hy", lambda d: f"{d.day} {GENITIVE_HY[d.month - 1][:-1]} {d.year}"),
    "Նոյեմբերի 17, 2025": ("hy", lambda d: f"{GENITIVE_HY[d.month - 1].capitalize()} {d.day}, {d.year}"),
    "2025 թ. նոյեմբերի 17": ("hy", lambda d: f"{d.year} թ. {GENITIVE_HY[d.month - 1]} {d.day}"),
    "5 марта 2020 г.": ("ru", lambda d: f"{d.day} {GENITIVE_RU[d.month - 1]} {d.year} г."),
    "5 марта 2020 года, 14:30": ("ru", lambda d: f"{d.day} {GENITIVE_RU[d.month - 1]} {d.year} года, 14:30"),
    "31 Декабрь 2021": ("ru", lambda d: f"{d.day} {NOMINATIVE_RU[d.month - 1]} {d.year}"),
    "August 12, 2020": ("en", lambda d: f"{ENGLISH[d.month - 1]} {d.day}, {d.year}"),
    "July 08, 2017": ("en", lambda d: f"{ENGLISH[d.month - 1]} {d.day:02}, {d.year}"),
    "12 August 2020": ("en", lambda d: f"{d.day} {ENGLISH[d.month - 1]} {d.year}"),
    "Aug. 12, 2020": ("en", lambda d: f"{ENGLISH[d.month - 1][:3]}. {d.day}, {d.year}"),
    "Wednesday, 12 August 2020": ("en", lambda d: f"{d:%A}, {d.day} {ENGLISH[d.month - 1]} {d.year}"),
    "5 octobre 2023": ("fr", lambda d: f"{d.day}{'er' if d.day == 1 else ''} {FRENCH[d.month - 1]} {d.year}"),
    "18 01, 2022": ("hy", lambda d: f"{d:%d %m, %Y}"),
    "05.01.2015": ("ru", lambda d: f"{d:%d.%m.%Y}"),
    "5/1/2015": ("fr", lambda d: f"{d.day}/{d.month}/{d.year}"),
    "2020-08-12": ("en", lambda d: d.isoformat()),
    "2020-08-12T14:30:00+04:00": ("xx", lambda d: f"{d.isoformat()}T14:30:00+04:00"),
}


@pytest.mark.parametrize("example", FORMATS)
def test_every_day_of_twelve_years_reads_back(example: str) -> None:
    language, write = FORMATS[example]
    day = date(2015, 1, 1)
    while day < date(2027, 1, 1):
        assert read_date(write(day), language) == day, write(day)
        day += timedelta(days=1)


def test_month_first_where_the_site_writes_so() -> None:
    assert read_date("03/07/2023", "en", day_first=False) == date(2023, 3, 7)
    assert read_date("03/07/2023", "en") == date(2023, 7, 3)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("03, 2024", "en"),
        ("07, 2023", "hy"),
        ("July 2020", "en"),
        ("նոյեմբեր 2025 թ.", "hy"),
        ("Декабрь 2021", "ru"),
    ],
)
def test_a_month_and_a_year_never_become_a_day(text: str, language: str) -> None:
    with pytest.raises(DateError, match="without a day"):
        read_date(text, language)


@pytest.mark.parametrize(
    ("text", "language", "says"),
    [
        ("30 February 2020", "en", "calendar"),
        ("31.04.2021", "ru", "calendar"),
        ("13/13/2021", "fr", "calendar"),
        ("12 August 20200", "en", "known format"),
        ("12 August 0202", "en", "year outside"),
        ("12 août 2020", "en", "known format"),
        ("12 8月 2020", "xx", "month names"),
        ("Monday, 12 August 2020", "en", "weekday"),
        ("Published 12 August 2020 by us", "en", "known format"),
        ("05.01-2015", "ru", "known format"),
        ("", "en", "known format"),
    ],
)
def test_what_is_no_date_is_an_error_that_quotes_it(text: str, language: str, says: str) -> None:
    with pytest.raises(DateError, match=says) as caught:
        read_date(text, language)
    assert text in str(caught.value)


@given(
    st.dates(date(2015, 1, 1), date(2026, 12, 31)),
    st.sampled_from(sorted(FORMATS)),
    st.integers(0, 5),
)
def test_a_date_that_lost_one_of_its_parts_is_an_error(day: date, example: str, lost: int) -> None:
    language, write = FORMATS[example]
    parts = write(day).replace("T", " ").split()
    numbers = [index for index, part in enumerate(parts) if part[0].isdigit() and ":" not in part]
    if len(numbers) < 2 and len(parts) < 3:
        return  # a date in one piece has no part to lose
    del parts[numbers[lost % len(numbers)]]
    with pytest.raises(DateError):
        read_date(" ".join(parts), language)


@given(st.text(alphabet="0123456789 .,/-:TZмартаMay թ", max_size=20))
def test_any_text_is_a_date_that_it_names_or_a_date_error(text: str) -> None:
    try:
        found = read_date(text, "ru")
    except DateError as error:
        assert str(error)
    else:
        assert str(found.year) in text and str(found.day) in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", time(14, 30)),
        ("August 12, 2020, 14:30", time(14, 30)),
        ("05.01.2015 09:15:20", time(9, 15, 20)),
        ("2:30 pm", time(14, 30)),
        ("12:05 a.m.", time(0, 5)),
        ("2020-08-12T14:30:00+04:00", time(14, 30, tzinfo=timezone(timedelta(hours=4)))),
        ("2020-08-12T14:30:00-0330", time(14, 30, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
        ("2020-08-12T14:30:00Z", time(14, 30, tzinfo=UTC)),
    ],
)
def test_the_time_of_day_in_a_text_is_read(text: str, expected: time) -> None:
    found = read_time(text)
    assert (found, found.tzinfo) == (expected, expected.tzinfo)


@pytest.mark.parametrize(
    "text", ["", "05.01.2015", "25:00", "12:60", "14:30 – 15:00", "13:30 pm", "1:2:3:4", "14:30+99:00"]
)
def test_no_time_or_more_than_one_is_an_error(text: str) -> None:
    with pytest.raises(DateError):
        read_time(text)
