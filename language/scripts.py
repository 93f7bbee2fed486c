"""Which languages are written in which script. A language that is in none of these sets is written in Latin
letters."""

from __future__ import annotations

from collections.abc import Iterable

WRITTEN_IN: dict[str, frozenset[str]] = {
    "armenian": frozenset({"hy"}),
    "cyrillic": frozenset({"ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt", "ba", "cv", "os", "ab"}),
    "greek": frozenset({"el"}),
    "georgian": frozenset({"ka"}),
    "arabic": frozenset({"ar", "fa", "ur", "ps"}),
    "hebrew": frozenset({"he", "yi"}),
    "other": frozenset({"hi", "bn", "ta", "te", "zh", "ja", "ko", "th", "my", "km", "lo", "am"}),
}
CYRILLIC = WRITTEN_IN["cyrillic"]
NOT_LATIN = frozenset().union(*WRITTEN_IN.values())
"""Languages whose texts hold Latin words only as foreign ones. Serbian stands here too: it is written in
both."""

IN_TWO_SCRIPTS: dict[str, frozenset[str]] = {
    "sr": frozenset({"cyrillic", "latin"}),
    "kk": frozenset({"cyrillic", "latin"}),
    "uz": frozenset({"cyrillic", "latin"}),
    "az": frozenset({"cyrillic", "latin"}),
    "mn": frozenset({"cyrillic", "other"}),
}
"""Languages that are, or within living memory were, written in two scripts (Unicode CLDR, "scripts" of languages)."""


def scripts_of(languages: Iterable[str]) -> frozenset[str]:
    """The scripts that texts in these languages are written in."""
    return frozenset().union(*(IN_TWO_SCRIPTS.get(language, _one_script(language)) for language in languages))


def _one_script(language: str) -> frozenset[str]:
    return frozenset({next((script for script, written in WRITTEN_IN.items() if language in written), "latin")})
