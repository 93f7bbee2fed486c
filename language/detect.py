"""What language a text is written in: by its script first, then by py3langid among the candidates of that
script."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from language.scripts import NOT_LATIN, WRITTEN_IN

# Scripts by their letters; whole runs of them, because finding one costs as much as finding one letter.
_SCRIPTS = {
    "armenian": re.compile("[Ա-Ֆա-ևﬓ-ﬗ]+"),
    "cyrillic": re.compile("[\u0400-\u052f]+"),
    "greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]+"),
    "georgian": re.compile("[\u10a0-\u10ff\u1c90-\u1cbf]+"),
    "arabic": re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]+"),
    "hebrew": re.compile("[\u0590-\u05ff]+"),
    "latin": re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+"),
}
SAMPLE_CHARACTERS = 4_000
"""More text makes no better guess of the script and takes longer."""
SCRIPT_CHARACTERS = 200
"""Enough to tell the script of a text."""
CLASSIFIED_CHARACTERS = 200
"""Of these py3langid tells languages of one script apart; its time grows with every byte, and a headline is enough for
it: 90 of 90 right among a site's languages."""
SHORT_CHARACTERS = 30
"""Under so many letters the hint decides between languages of one script."""
CONFIDENT = 0.8
"""The share of certainty (py3langid's normalised probability) from which a text overrules the hint."""


def detect(text: str, candidates: Sequence[str], hint: str | None = None) -> str:
    """The language of `text`, one of `candidates` (codes such as "hy") wherever its script allows it.

    `hint` is what the address says: it decides ties, short texts and texts without letters, and is
    overruled by the script (decrees are Armenian under `/en/`) and by a confident detector. A text in
    Armenian, Greek or Georgian letters is in that language even when it is no candidate. Raises
    `ValueError` without any candidate or hint."""
    known = tuple(dict.fromkeys([*candidates, hint] if hint and hint not in candidates else candidates))
    if not known:
        raise ValueError("detect() needs at least one candidate language")
    fallback = hint or known[0]
    sample = text[:SAMPLE_CHARACTERS]
    counts = _letters(sample)
    script = max(counts, key=lambda name: counts[name])
    if not counts[script]:
        return fallback
    written = WRITTEN_IN.get(script)
    if written is not None:
        possible = tuple(language for language in known if language in written)
        if not possible and len(written) == 1:
            return next(iter(written))
    else:
        possible = tuple(language for language in known if language not in NOT_LATIN or language == "sr")
    if not possible:
        return fallback
    if len(possible) == 1:
        return possible[0]
    preferred = hint if hint in possible else None
    if preferred and counts[script] < SHORT_CHARACTERS:
        return preferred
    identifier = _identifier(possible)
    if identifier is None:
        return preferred or possible[0]
    language, confidence = identifier.classify(sample[:CLASSIFIED_CHARACTERS])
    return str(language) if preferred is None or confidence >= CONFIDENT else preferred


def script_of(text: str) -> str | None:
    """The script that most letters at the beginning of a text are of, as in `language.scripts`; None for a text without
    letters of a script that is known here (Chinese, Hindi …)."""
    counts = _letters(text[:SCRIPT_CHARACTERS])
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] else None


def _letters(text: str) -> dict[str, int]:
    return {script: sum(map(len, letters.findall(text))) for script, letters in _SCRIPTS.items()}


@lru_cache(maxsize=1)
def _model() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=64)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier | None:
    """py3langid restricted to the languages that it knows among these; None when it knows fewer than two."""
    identifier = copy.copy(_model())
    known = [language for language in languages if language in identifier.labels]
    if len(known) < 2:
        return None
    identifier.set_languages(known)
    return identifier
