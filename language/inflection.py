"""Dictionary forms that a word can be an inflected form of, by the closed tables of endings of a language's grammar.

simplemma's dictionaries give one dictionary form where a word has several (`beginning` is a noun and a form of `begin`,
`քննարկում` a noun and a form of `քննարկել`) and miss regular forms of words they know. The tables here lead from a word to
every dictionary form it could have; only those count that the dictionary knows as such, so that an ending alone proves
nothing. Sources of the tables: Quirk et al., A Comprehensive Grammar of the English Language, ch. 3 and 5; Grevisse and
Goosse, Le bon usage, chapters on gender, number and the conjugations; Dum-Tragut, Armenian: Modern Eastern Armenian, 2.1
and 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator

_CONSONANT = "[b-df-hj-np-tv-z]"


def inflected_from(word: str, language: str, lemmas: Container[str], itself: bool) -> list[str]:
    """Dictionary forms, of those in `lemmas`, that the folded word is a regular form of; () for a language without
    tables here. `itself`: the dictionary gives the word as its own dictionary form."""
    table = _TABLES.get(language)
    if table is None:
        return []
    return [lemma for lemma in dict.fromkeys(table(word, itself)) if lemma != word and lemma in lemmas]


# English. The strong verbs, a closed class: infinitive, then past and participle.
_STRONG = """
arise arose arisen; awake awoke awoken; be was were been; bear bore borne; beat beaten; become became; begin began begun;
bend bent; bind bound; bite bit bitten; bleed bled; blow blew blown; break broke broken; breed bred; bring brought;
build built; burn burnt; buy bought; catch caught; choose chose chosen; cling clung; come came; creep crept; deal dealt;
dig dug; do did done; draw drew drawn; dream dreamt; drink drank drunk; drive drove driven; eat ate eaten; fall fell fallen;
feed fed; feel felt; fight fought; find found; flee fled; fly flew flown; forbid forbade forbidden; forget forgot forgotten;
forgive forgave forgiven; freeze froze frozen; get got gotten; give gave given; go went gone; grind ground; grow grew grown;
hang hung; have had; hear heard; hide hid hidden; hold held; keep kept; know knew known; lay laid; lead led; lean leant;
learn learnt; leave left; lend lent; lie lay lain; light lit; lose lost; make made; mean meant; meet met; mistake mistook
mistaken; overcome overcame; pay paid; ride rode ridden; ring rang rung; rise rose risen; run ran; say said; see saw seen;
seek sought; sell sold; send sent; shake shook shaken; shine shone; shoot shot; show shown; shrink shrank shrunk; sing sang
sung; sink sank sunk; sit sat; sleep slept; slide slid; speak spoke spoken; spell spelt; spend spent; spin spun; spring
sprang sprung; stand stood; steal stole stolen; stick stuck; strike struck stricken; strive strove striven; swear swore
sworn; sweep swept; swim swam swum; swing swung; take took taken; teach taught; tear tore torn; tell told; think thought;
throw threw thrown; undergo underwent undergone; understand understood; undertake undertook undertaken; wake woke woken; wear
wore worn; weave wove woven; weep wept; win won; withdraw withdrew withdrawn; withstand withstood; write wrote written
"""
_STRONG_FORMS: dict[str, list[str]] = {}
for _verb in _STRONG.replace("\n", " ").split(";"):
    _base, *_forms = _verb.split()
    for _form in _forms:
        _STRONG_FORMS.setdefault(_form, []).append(_base)


def _english(word: str, itself: bool) -> Iterator[str]:
    yield from _STRONG_FORMS.get(word, ())
    if word.endswith("s") and not itself and not word.endswith("ss"):
        yield word[:-1]
        if word.endswith("ies"):
            yield word[:-3] + "y"
        elif word.endswith("ves"):  # the nouns in -f and -fe: wives, leaves
            yield from (word[:-3] + "f", word[:-3] + "fe")
        elif word.endswith("es"):
            yield word[:-2]
    elif word.endswith("ves"):
        yield from (word[:-3] + "f", word[:-3] + "fe")
    for ending in ("ed", "ing"):
        base = word.removesuffix(ending)
        if base == word or len(base) < 3:
            continue
        yield from (base, base + "e")
        if ending == "ed" and base.endswith("i"):
            yield base[:-1] + "y"
        if base[-1] == base[-2] and re.fullmatch(_CONSONANT, base[-1]):
            yield base[:-1]


# French. Nouns that were participles and are things of their own: a text about treaties says nothing of treating.
_FRENCH_NOUNS = frozenset(
    "abrégé arrêté carré communiqué congé corrigé côté cuisiné curé décédé décolleté défilé dégradé député doigté énoncé "
    "exposé fossé fumé marché parti passé péché pavé précipité procédé résumé thé tracé traité velouté vécu".split()
)
# What a feminine ends in, and its masculine. Only endings that make adjectives and names of persons: la porte is not of port.
_FEMININES = (
    ("ale", "al"), ("elle", "el"), ("elle", "eau"), ("enne", "en"), ("onne", "on"), ("aise", "ais"), ("oise", "ois"),
    ("aine", "ain"), ("ante", "ant"), ("ente", "ent"), ("euse", "eux"), ("euse", "eur"), ("trice", "teur"), ("ive", "if"),
    ("ère", "er"), ("ée", "é"), ("ie", "i"), ("ue", "u"), ("gue", "g"), ("che", "c"), ("cque", "c"), ("que", "c"),
    ("rque", "rc"), ("ète", "et"), ("ette", "et"), ("arde", "ard"), ("ande", "and"), ("nde", "nd"), ("erte", "ert"),
    ("aite", "ait"), ("uite", "uit"),
)  # fmt: skip
_FUTURE = "ai as a ons ez ont ais ait ions iez aient".split()
_ER = frozenset(
    "e es ons ez ent é ée és ées er ant ants ais ait ions iez aient ai as a âmes âtes èrent".split()
    + ["er" + ending for ending in _FUTURE]
)
_IR = frozenset(
    "is it issons issez issent isse isses i ie ies issais issait issions issiez issaient irent îmes îtes issant".split()
    + ["ir" + ending for ending in _FUTURE]
)
_OUVRIR = frozenset("e es ons ez ent ant ais ait ions iez aient is it irent".split())
_OUVRIR_STEM = re.compile("(?:vr|fr|eill)$")
_FRENCH_STEMS: tuple[tuple[str, str], ...] = (("ç", "c"), ("ge", "g"), ("ll", "l"), ("tt", "t"), ("i", "y"))
_GRAVE = re.compile(rf"è({_CONSONANT}{{1,2}})$")


def _french(word: str, itself: bool) -> Iterator[str]:
    singulars = [word]
    if not itself:
        if word.endswith(("s", "x")):
            singulars.append(word[:-1])
        if word.endswith("aux"):
            singulars += [word[:-3] + "al", word[:-3] + "ail"]
    elif word.endswith("es"):
        singulars.append(word[:-1])
    for singular in singulars:
        yield singular
        yield from (singular.removesuffix(fem) + masc for fem, masc in _FEMININES if singular.endswith(fem))
    if word.removesuffix("s") in _FRENCH_NOUNS:
        return
    for found in _before(_ER, word):
        yield found + "er"
        yield from (found.removesuffix(end) + base + "er" for end, base in _FRENCH_STEMS if found.endswith(end))
        if grave := _GRAVE.search(found):
            yield from (f"{found[: grave.start()]}{e}{grave.group(1)}er" for e in "ée")
    yield from (found + "ir" for found in _before(_IR, word))
    yield from (found + "ir" for found in _before(_OUVRIR, word) if _OUVRIR_STEM.search(found))
    yield from (found + "rir" for found in _before(frozenset(["ert", "erte", "erts", "ertes"]), word))


def _before(endings: frozenset[str], word: str) -> Iterator[str]:
    """What stands before an ending: every split that leaves two letters."""
    return (word[:cut] for cut in range(2, len(word)) if word[cut:] in endings)


# Armenian. The verb in -ել and -ալ: participles, then the finite forms by person; the passive is the same verb with վ, the
# negative has չ before, the conditional կ.
_EL = frozenset(
    "ում ել ած ելու ելիս ելիք ող եմ ես ի ենք եք են եի եիր եր եինք եիք եին եցի եցիր եց եցինք եցիք եցին իր եցեք "
    "ելը ելն ելուց ելով ելուն ածը ածի ածներ ածների ածները ողը ողի ողներ ողները ողների".split()
)
_AL = frozenset(
    "ում ացել ացած ալու ալիս ալիք ացող ամ աս ա անք աք ան այի այիր ար այինք այիք ային ացի ացիր աց ացինք ացիք ացին "
    "ալը ալուց ալով".split()
)
_VERBAL_NOUN = frozenset(
    "ման մանը մանն մամբ ումը ումն ումից ումով ումներ ումները ումների ումներին ումներից ումներով ումներում ումս ումդ".split()
)
_ABSTRACT = frozenset(
    "ության ությանը ությանն ությամբ ությունը ությունն ությունից ությունում ություններ ությունները ությունների "
    "ություններին ություններից ություններով ություններում ությունս ությունդ ությանս ությանդ".split()
)


def _armenian(word: str, itself: bool) -> Iterator[str]:
    yield from (found + "ություն" for found in _before(_ABSTRACT, word))
    for found in _before(_VERBAL_NOUN, word):
        yield from (found + "ում", found + "ել")
    for whole in (word, word[1:]) if word[0] in "չկ" else (word,):
        if whole != word:
            yield from (whole + "ել", whole + "ալ", whole)
        for found in _before(_EL, whole):
            yield found + "ել"
            if found.endswith("վ"):
                yield found[:-1] + "ել"
        yield from (found + "ալ" for found in _before(_AL, whole))


_TABLES: dict[str, Callable[[str, bool], Iterator[str]]] = {"en": _english, "fr": _french, "hy": _armenian}
