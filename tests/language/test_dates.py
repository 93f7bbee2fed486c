"""Dates as offices print them; what is no whole date is an error and never another day."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, time, timedelta, timezone

import jdatetime
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

ABBREVIATED_RU = "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.".split()
ABBREVIATED_FR = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()
ABBREVIATED_DE = "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.".split()

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


MONTHS = {
    "en": ENGLISH,
    "fr": FRENCH,
    "ru": GENITIVE_RU,
    "hy": GENITIVE_HY,
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split(),
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split(),
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia".split(),
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince".split(),
    "sk": "januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra".split(),
    "hr": "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca".split(),
    "sl": "januar februar marec april maj junij julij avgust september oktober november december".split(),
    "sr": "januar februar mart april maj jun jul avgust septembar oktobar novembar decembar".split(),
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня".split(),
    "be": "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня".split(),
    "bg": "Януари Февруари Март Април Май Юни Юли Август Септември Октомври Ноември Декември".split(),
    "mk": "јануари февруари март април мај јуни јули август септември октомври ноември декември".split(),
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie".split(),
    "el": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου "
    "Δεκεμβρίου".split(),
    "hu": "január február március április május június július augusztus szeptember október november december".split(),
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta "
    "marraskuuta joulukuuta".split(),
    "et": "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember".split(),
    "lv": "janvārī februārī martā aprīlī maijā jūnijā jūlijā augustā septembrī oktobrī novembrī decembrī".split(),
    "lt": "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio".split(),
    "sv": "januari februari mars april maj juni juli augusti september oktober november december".split(),
    "is": "janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember".split(),
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık".split(),
    "az": "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr".split(),
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан".split(),
    "ka": "იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო სექტემბერი ოქტომბერი ნოემბერი დეკემბერი".split(),
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split(),
    "sw": "Januari Februari Machi Aprili Mei Juni Julai Agosti Septemba Oktoba Novemba Desemba".split(),
}


def _named(language: str, form: str) -> Callable[[date], str]:
    return lambda d: form.format(day=d.day, month=MONTHS[language][d.month - 1], year=d.year)


def _ordinal(day: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{'th' if 11 <= day <= 13 else suffix}"


def _digits(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in text)


FORMATS |= {
    "Sat 1st Jun, 2013 | 15:00": ("en", lambda d: f"{d:%a} {_ordinal(d.day)} {d:%b}, {d.year} | 15:00"),
    "12 August 2020 at 2:30 p.m.": ("en", lambda d: f"{d.day} {ENGLISH[d.month - 1]} {d.year} at 2:30 p.m."),
    "14:30, 12 August 2020": ("en", lambda d: f"14:30, {d.day} {ENGLISH[d.month - 1]} {d.year}"),
    "23 Oct 2017": ("en", lambda d: f"{d.day} {d:%b} {d.year}"),
    "12 сент. 2020": ("ru", lambda d: f"{d.day} {ABBREVIATED_RU[d.month - 1]} {d.year}"),
    "5 sept. 2023": ("fr", lambda d: f"{d.day} {ABBREVIATED_FR[d.month - 1]} {d.year}"),
    "9. Okt. 2026": ("de", lambda d: f"{d.day}. {ABBREVIATED_DE[d.month - 1]} {d.year}"),
    "05/10/2026 17h30": ("pt", lambda d: f"{d:%d/%m/%Y} 17h30"),
    "12 August 2020, 11:41 A.M. EDT": ("en", lambda d: f"{d.day} {ENGLISH[d.month - 1]} {d.year}, 11:41 A.M. EDT"),
    "26 вересня 2022 року - 22:16": ("uk", _named("uk", "{day} {month} {year} року - 22:16")),
    "11 de septiembre de 2019": ("es", _named("es", "{day:02} de {month} de {year}")),
    "12 de março de 2024, 9h05": ("pt", _named("pt", "{day} de {month} de {year}, 9h05")),
    "9. Juli 2026": ("de", _named("de", "{day}. {month} {year}")),
    "9. Juli 2026, 14:30 Uhr": ("de", _named("de", "{day}. {month} {year}, 14:30 Uhr")),
    "5. ledna 2024": ("cs", _named("cs", "{day}. {month} {year}")),
    "5. srpnja 2024.": ("hr", _named("hr", "{day}. {month} {year}.")),
    "2024. január 5.": ("hu", _named("hu", "{year}. {month} {day}.")),
    "2024 m. sausio 5 d.": ("lt", _named("lt", "{year} m. {month} {day} d.")),
    "2024. gada 5. janvārī": ("lv", _named("lv", "{year}. gada {day}. {month}")),
    "2026 жылғы 1 тамыз": ("kk", _named("kk", "{year} жылғы {day} {month}")),
    "18 iyun 2026, 09:00": ("az", _named("az", "{day} {month} {year}, 09:00")),
    "5. 1. 2024": ("sl", lambda d: f"{d.day}. {d.month}. {d.year}"),
    "16.07.2026.": ("lv", lambda d: f"{d:%d.%m.%Y}."),
    "2026.07.01": ("ko", lambda d: f"{d:%Y.%m.%d}"),
    "2026년 7월 1일": ("ko", lambda d: f"{d.year}년 {d.month}월 {d.day}일"),
    "2026年5月16日": ("ja", lambda d: f"{d.year}年{d.month}月{d.day}日"),
    "中華民國115年5月16日": ("zh", lambda d: f"中華民國{d.year - 1911}年{d.month}月{d.day}日"),
    "١٢/٠٧/٢٠٢٦": ("ar", lambda d: _digits(f"{d:%d/%m/%Y}", "٠")),
    "25 تیر 1405": ("fa", lambda d: _jalali(d, "%d %B %Y")),
    "۱۴۰۵/۰۴/۲۵": ("fa", lambda d: _digits(_jalali(d, "%Y/%m/%d"), "۰")),
}


def _jalali(day: date, form: str) -> str:
    return str(jdatetime.date.fromgregorian(date=day, locale=jdatetime.FA_LOCALE).strftime(form))


def days(first: int = 1991, last: int = 2030) -> Iterator[date]:
    day = date(first, 1, 1)
    while day.year <= last:
        yield day
        day += timedelta(days=1)


@pytest.mark.parametrize("example", FORMATS)
def test_every_day_of_forty_years_reads_back(example: str) -> None:
    language, write = FORMATS[example]
    for day in days():
        assert read_date(write(day), language) == day, write(day)


@pytest.mark.parametrize("language", MONTHS)
def test_every_day_reads_back_by_the_month_names_of_a_language(language: str) -> None:
    write = _named(language, "{day} {month} {year}")
    for day in days():
        assert read_date(write(day), language) == day, write(day)
        if day.day <= 2 and language != "el":  # Greek capitals lose their accents
            shouted = write(day).replace("i", "İ") if language in ("tr", "az") else write(day)
            assert read_date(shouted.upper(), language) == day, shouted.upper()


def test_a_three_digit_year_is_of_the_republic_in_chinese_only() -> None:
    for day in days(2011, 2030):
        assert read_date(f"{day.year - 1911}年{day:%m}月{day:%d}日", "zh") == day
    for text in ("115年05月16日", "15年05月16日", "民國年05月16日"):
        with pytest.raises(DateError):
            read_date(text, "ja")


def _mutilate(text: str, chance: random.Random) -> str:
    """The text of a date with a hurt that leaves no date: a part lost, or one that no date has."""
    parts = text.split()
    numbers = [n for n, part in enumerate(parts) if any(c.isdigit() for c in part) and ":" not in part]
    kind = chance.randrange(7)
    if kind == 0 and len(parts) >= 3:
        del parts[chance.choice(numbers)]
        return " ".join(parts)
    if kind == 1:  # a year that lost a digit or won one
        return re.sub(r"\d{4}", lambda m: m[0][:3] if chance.random() < 0.5 else m[0] + "0", text)
    if kind == 2:  # a day that no month has
        return re.sub(r"(?<!\d)\d{1,2}(?![\d:])", str(chance.randint(32, 99)), text, count=1)
    if kind == 3:  # a month misspelt
        return re.sub(r"[^\W\d_]{4,}", lambda m: m[0][:2] + "ж" + m[0][2:] + "q", text)
    if kind == 4:  # words around it
        return chance.choice((f"Posted {text} by us", f"{text} – {text}", f"since {text} until now"))
    if kind == 5:  # cut in the middle of the year
        return text[: text.index(re.findall(r"\d{4}", text)[0]) + 2] if re.search(r"\D\d{4}", text) else text[2:]
    return text.replace("1", "l").replace("0", "O")  # letters in the place of digits


def test_ten_thousand_mutilated_dates_are_never_another_day() -> None:
    chance = random.Random(6)
    spelt = [example for example in FORMATS if re.search(r"\d{4}", FORMATS[example][1](date(2020, 5, 17)))]
    every = list(days())
    survived = []
    for _ in range(10_000):
        language, write = FORMATS[chance.choice(spelt)]
        day = chance.choice(every)
        hurt = _mutilate(write(day), chance)
        try:
            found = read_date(hurt, language)
        except DateError:
            continue
        if found != day:
            survived.append((write(day), hurt, found))
    assert not survived, survived[:20]


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
    numbers = [index for index, part in enumerate(parts) if part[0].isdigit() and not re.search(r"\d[:h]\d", part)]
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
        ("14h30", time(14, 30)),
        ("14:30 MSK", time(14, 30, tzinfo=timezone(timedelta(hours=3)))),
        ("2:30 p.m. (GMT+4)", time(14, 30, tzinfo=timezone(timedelta(hours=4)))),
        ("09:00 UTC", time(9, tzinfo=UTC)),
    ],
)
def test_the_time_of_day_in_a_text_is_read(text: str, expected: time) -> None:
    found = read_time(text)
    assert (found, found.tzinfo) == (expected, expected.tzinfo)


@pytest.mark.parametrize(
    "text", ["", "05.01.2015", "25:00", "12:60", "14:30 – 15:00", "13:30 pm", "1:2:3:4", "14:30+99:00", "09:00 IST"]
)
def test_no_time_or_more_than_one_is_an_error(text: str) -> None:
    with pytest.raises(DateError):
        read_time(text)
