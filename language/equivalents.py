"""One thing in several languages: what is called how, so that a topic that asks for НАТО can be told that it lacks ՆԱՏՕ.

Countries, unions and cities come from Unicode CLDR through Babel (the names of territories and of the cities that time zones
are named after). Acronyms are no part of CLDR; the table here has those of organisations and offices that press releases of
heads of state speak of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from babel import Locale

from language.text import fold
from language.tokens import core, words_in

LANGUAGES = ("hy", "ru", "en", "fr")
"""The languages of `_ACRONYMS`, in the order of its columns."""
_ACRONYMS = """
    ՆԱՏՕ НАТО NATO OTAN; ԵՄ ЕС EU UE; ՄԱԿ ООН UN ONU; ԵԱՀԿ ОБСЕ OSCE OSCE; ՀԱՊԿ ОДКБ CSTO OTSC; ԱՊՀ СНГ CIS CEI;
    ԵԱՏՄ ЕАЭС EAEU UEEA; ԱՄՆ США US -; ՌԴ РФ - -; ՀՀ РА - -; ՄԱԳԱՏԷ МАГАТЭ IAEA AIEA; ԱՄՀ МВФ IMF FMI; - ВОЗ WHO OMS;
    - ВТО WTO OMC; ԵԽԽՎ ПАСЕ PACE APCE; ՄԻԵԴ ЕСПЧ ECHR CEDH; ԱԷԿ АЭС - -; ՇՀԿ ШОС SCO OCS; ԲՐԻԿՍ БРИКС BRICS BRICS;
    ՅՈՒՆԵՍԿՕ ЮНЕСКО UNESCO UNESCO; ԱԳՆ МИД MFA -; ԿԽՄԿ МККК ICRC CICR
"""

Spelling = tuple[str, ...]
"""The words of a name."""


def spelling(text: str) -> Spelling:
    """The words of a name, folded: what two spellings are compared by."""
    return tuple(folded for word in words_in(text) if (folded := fold(core(word))))


@lru_cache(maxsize=4)
def equivalents(languages: Sequence[str] = LANGUAGES) -> tuple[dict[str, str], ...]:
    """For each thing its name in each of the languages in which it has one. Some 20 ms for the first call."""
    found: list[dict[str, str]] = []
    for row in _ACRONYMS.split(";"):
        named = dict(zip(LANGUAGES, row.split(), strict=True))
        found.append({language: name for language, name in named.items() if name != "-" and language in languages})
    locales = [(language, Locale(language)) for language in languages]
    for code in map(str, Locale("en").territories):
        if code.isalpha():  # no region of several countries
            found.append({name: str(known.territories[code]) for name, known in locales if code in known.territories})
    cities: dict[str, dict[str, str]] = {}
    for language, locale in locales:
        zones: Mapping[str, Mapping[str, str]] = locale.time_zones
        for zone, names in zones.items():
            if "city" in names:
                # In English CLDR leaves out the cities that are called as in the zone's name.
                plain = {"en": zone.rpartition("/")[2].replace("_", " ")} if "en" in languages else {}
                cities.setdefault(zone, plain)[language] = str(names["city"])
    found += cities.values()
    return tuple({name: names[name] for name in languages if name in names} for names in found if len(names) > 1)
