"""The sentence material of the replica, one module a language, and the one function that makes paragraphs of
it.

The four languages are parallel: every topic has the same number of titles and paragraphs in each, so that one
plan (:mod:`tests.replica.stories`) yields a story and its translations.
"""

from tests.replica.texts import en, fr, hy, ru
from tests.replica.texts.material import Cast, Material, TopicText, fill

MATERIALS: dict[str, Material] = {"hy": hy.MATERIAL, "en": en.MATERIAL, "ru": ru.MATERIAL, "fr": fr.MATERIAL}
"""Material by language code, in the order in which the site names its languages."""

TOPICS: tuple[str, ...] = tuple(en.MATERIAL.topics)
"""Names of the topics that stories are made of ("nato", "energy" …)."""

__all__ = ["MATERIALS", "TOPICS", "Cast", "Material", "TopicText", "fill"]
