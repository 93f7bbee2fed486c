"""Which languages are written in which script. A language that is in none of these sets is written in Latin
letters."""

from __future__ import annotations

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
