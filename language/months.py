"""The names of months and weekdays, by language.

They come from Unicode CLDR through Babel, in the form that stands in a date (mostly the genitive) and in the one that stands
alone (the nominative, which some sites write in dates too), wide and abbreviated. What offices write beside those is added
here. Names are compared in lower case without full stops; a name of two months is none.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from babel import Locale, UnknownLocaleError

_MORE_LOCALES = {
    "sr": ("sr_Cyrl", "sr_Latn"),
    "ar": ("ar", "ar_LB", "ar_DZ"),
    "uz": ("uz_Latn", "uz_Cyrl"),
    "no": ("nb",),
}
"""Languages that are written in several ways; Levantine and Maghrebi Arabic have month names of their own."""

_MORE_MONTHS: dict[str, tuple[str, ...]] = {
    "en": ("", "", "", "", "", "", "", "", "sept", "", "", ""),
    "fr": ("", "fevrier", "", "", "", "", "", "aout", "", "", "", "decembre"),
    "ru": ("", "фев", "", "", "", "", "", "", "сен", "", "ноя", ""),
    "lv": ("janvārī", "februārī", "martā", "aprīlī", "maijā", "jūnijā", "jūlijā", "augustā", "septembrī", "oktobrī",
           "novembrī", "decembrī"),
    "ka": ("იანვარს", "თებერვალს", "მარტს", "აპრილს", "მაისს", "ივნისს", "ივლისს", "აგვისტოს", "სექტემბერს",
           "ოქტომბერს", "ნოემბერს", "დეკემბერს"),
    "ky": ("январы", "февралы", "марты", "апрели", "майы", "июну", "июлу", "августу", "сентябры", "октябры",
           "ноябры", "декабры"),
    "pt": ("", "", "marco", "", "", "", "", "", "", "", "", ""),
    "es": ("", "", "", "", "", "", "", "", "setiembre", "", "", ""),
    "kk": ("қаңтардағы", "ақпандағы", "наурыздағы", "сәуірдегі", "мамырдағы", "маусымдағы", "шілдедегі", "тамыздағы",
           "қыркүйектегі", "қазандағы", "қарашадағы", "желтоқсандағы"),
}  # fmt: skip

JALALI_MONTHS = {
    name: number
    for number, name in enumerate(
        "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split(),
        1,
    )
}
"""The months of the Iranian calendar, unlike any of the Gregorian ones."""


def fold(name: str, language: str = "") -> str:
    """How names are compared: NFC, lower case (Turkish İ and I are letters of their own), without full stops."""
    if language in ("tr", "az"):
        name = name.replace("İ", "i").replace("I", "ı")
    return unicodedata.normalize("NFC", name).lower().replace(".", "").replace("\u0307", "").strip()


@cache
def month_numbers(language: str) -> dict[str, int]:
    """The number (1 to 12) of every month name of a language; {} for a language that CLDR does not know."""
    return _numbers(language, "months", range(1, 13), _MORE_MONTHS.get(language, ()))


@cache
def weekday_numbers(language: str) -> dict[str, int]:
    """The number (Monday is 0) of every weekday name of a language."""
    return _numbers(language, "days", range(7), ())


def _numbers(language: str, what: str, numbers: range, more: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for code in _MORE_LOCALES.get(language, (language,)):
        try:
            tables = getattr(Locale.parse(code), what)
        except (UnknownLocaleError, ValueError):
            continue
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number in numbers:
                    found.setdefault(fold(tables[context][width][number], language), set()).add(number)
    for number, names in zip(numbers, more, strict=False):
        for name in names.split():
            found.setdefault(name, set()).add(number)
    return {
        name: next(iter(of))
        for name, of in found.items()
        if len(of) == 1 and any(character.isalpha() for character in name)
    }
