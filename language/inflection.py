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


_NO_PLURALS = frozenset(
    "abouts anyhows arrears atlas besides biceps blues clothes corps entrails forceps gallows indoors means menses mores news "
    "outdoors outskirts overseas pants series shears sometimes species thanks theirs yours".split()
)
"""Words in -s that stand for themselves, though something without it is a word too."""

_VOICED = frozenset("cal el hal hoo kni lea li loa scar sel shea shel thie wi wol whar".split())
"""What stands before the -f or -fe that the plural changes to -ves: believes is of no belief."""

_SIBILANT = re.compile("..(?:[sxzo]|[cs]h)es$")
_SHORT = re.compile(rf"{_CONSONANT}*[aeiou](?![wxy]){_CONSONANT}")


def _english(word: str, itself: bool) -> Iterator[str]:
    yield from _STRONG_FORMS.get(word, ())
    if word.endswith("ves") and word[:-3] in _VOICED:
        yield from (word[:-3] + "f", word[:-3] + "fe")
    if word.endswith("s") and not word.endswith(("ss", "ics", "wards", "ways")) and word not in _NO_PLURALS:
        yield word[:-1]  # also of an entry of its own, as the dictionary has many: Russians, Kazakhs
        if word.endswith("ses"):  # the Greek ones: bases, crises
            yield word[:-2] + "is"
    if word.endswith("s") and not itself:
        if word.endswith("ies"):
            yield word[:-3] + "y"
        elif _SIBILANT.search(word):
            yield word[:-2]
    for ending in ("ed", "ing"):
        base = word.removesuffix(ending)
        if base == word or len(base) < 3:
            continue
        yield base + "e"
        if not _SHORT.fullmatch(base):  # which would double its consonant: cared is of no car
            yield base
        if ending == "ed" and base.endswith("i"):
            yield base[:-1] + "y"
        if (base[-1] == base[-2] and re.fullmatch(_CONSONANT, base[-1])) or base.endswith("ck"):
            yield base[:-1]  # planned, panicked


# French. Nouns that were participles and are things of their own: a text about treaties says nothing of treating.
_FRENCH_NOUNS = frozenset(
    "abrégé arrêté carré communiqué congé corrigé côté cuisiné curé décédé décolleté défilé dégradé député doigté énoncé "
    "exposé fossé fumé marché parti passé péché pavé précipité procédé résumé thé tracé traité velouté vécu".split()
)
# What a feminine ends in, and its masculine. Only endings that make adjectives and names of persons: la porte is not of port.
_FEMININES = (
    ("ale", "al"), ("elle", "el"), ("enne", "en"), ("aise", "ais"), ("oise", "ois"), ("aine", "ain"), ("ante", "ant"),
    ("ente", "ent"), ("euse", "eux"), ("euse", "eur"), ("trice", "teur"), ("ive", "if"), ("ère", "er"), ("ée", "é"),
    ("ie", "i"), ("ue", "u"), ("cque", "c"), ("ète", "et"), ("ande", "and"), ("uite", "uit"),
)  # fmt: skip
# Nouns and verbs with such endings that are no feminines (vente is not of vent), and the endings of whole kinds of them.
_NO_FEMININES = frozenset(
    "signale avale régale pédale appelle rappelle selle fraise malaise biaise boise toise graine gaine maine traine chante "
    "plante gante enfante vente argente accente serpente motive mère prière manière misère charnière glacière partie sortie "
    "oublie crie défie plie trie parie soucie marie lieue queue banlieue glande bande fuite bruite".split()
)
_NO_FEMININE = re.compile("(?<!clé)(?<!véhé)mente$|[aou]ie$|tue$")
# The other feminines, a closed class.
_FEMININE_OF = dict(
    pair.split()
    for pair in (
        "belle beau; nouvelle nouveau; jumelle jumeau; vieille vieux; folle fou; molle mou; sèche sec; fausse faux; rousse roux; "
        "douce doux; brève bref; fraîche frais; longue long; oblongue oblong; basse bas; grasse gras; lasse las; épaisse épais; "
        "grosse gros; favorite favori; bénigne bénin; maligne malin; blanche blanc; franche franc; publique public; turque turc; "
        "caduque caduc; laïque laïc; gentille gentil; nulle nul; pareille pareil; sotte sot; nette net; muette muet; cadette "
        "cadet; coquette coquet; sujette sujet; violette violet; bonne bon; lionne lion; championne champion; espionne espion; "
        "patronne patron; baronne baron; bretonne breton; lettonne letton; saxonne saxon; wallonne wallon; piétonne piéton; "
        "teutonne teuton; mignonne mignon; bavarde bavard; savoyarde savoyard; montagnarde montagnard; ronde rond; seconde "
        "second; profonde profond; féconde fécond; blonde blond; vagabonde vagabond; moribonde moribond; verte vert; ouverte "
        "ouvert; couverte couvert; offerte offert; experte expert; déserte désert; parfaite parfait; imparfaite imparfait; "
        "satisfaite satisfait; distraite distrait; abstraite abstrait; suspecte suspect; directe direct; indirecte indirect; "
        "correcte correct; incorrecte incorrect; abjecte abject; messieurs monsieur; mesdames madame; mesdemoiselles "
        "mademoiselle; nouvel nouveau; bel beau; vieil vieux; voisine voisin; argentine argentin; brune brun; veuve veuf; "
        "neuve neuf; "
        "divine divin; clandestine clandestin; féminine féminin; masculine masculin; latine latin; byzantine byzantin"
    ).split(";")
)
# Participles of the third group, of which the dictionary often knows only the noun or adjective: what they end in, and their
# infinitive.
_PARTICIPLES = (
    ("mis", "mettre"), ("pris", "prendre"), ("quis", "quérir"), ("clus", "clure"), ("clu", "clure"), ("clos", "clore"),
    ("dit", "dire"), ("fait", "faire"), ("crit", "crire"), ("duit", "duire"), ("truit", "truire"), ("cuit", "cuire"),
    ("eint", "eindre"), ("aint", "aindre"), ("oint", "oindre"), ("çu", "cevoir"), ("vécu", "vivre"), ("suivi", "suivre"),
    ("solu", "soudre"), ("nnu", "nnaître"), ("paru", "paraître"), ("lu", "lire"), ("ccru", "ccroître"), ("cru", "croire"),
    ("mort", "mourir"),
    ("u", "re"), ("u", "oir"), ("u", "ir"),
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
        if word.endswith(("s", "ux")):
            singulars.append(word[:-1])
        if word.endswith("aux"):
            singulars += [word[:-3] + "al", word[:-3] + "ail"]
    elif word.endswith(("es", "és")):
        singulars.append(word[:-1])
    for singular in singulars:
        yield singular
        if singular in _FEMININE_OF:
            yield _FEMININE_OF[singular]
        if singular not in _NO_FEMININES and not _NO_FEMININE.search(singular):
            for feminine, masculine in _FEMININES:
                base = singular.removesuffix(feminine) + masculine
                if singular.endswith(feminine) and (base == "député" or base not in _FRENCH_NOUNS):
                    yield base
    participles = (word, word.removesuffix("s"), word.removesuffix("e"), word.removesuffix("es"))
    for participle in participles if word.removesuffix("s") != "entreprise" else ():
        yield from (participle.removesuffix(end) + base for end, base in _PARTICIPLES if participle.endswith(end))
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


# Verbs in -նել and -չել have their past and participles without the ն; causatives in -ցնել have ր, passives վ in its place.
_NEL = frozenset("ա ար ավ անք աք ան ել ած".split())
_CAUSATIVE = frozenset(
    "րի րիր րեց րինք րիք րին րեցի րեցիր րեցինք րեցիք րեցին րել րած րու րեք վում վել ված վեց վեցին վելու վի վեն".split()
)
# Verbs whose forms no table leads back: infinitive, then present, past and participles.
_ARMENIAN_IRREGULAR = """
ունենալ ունեմ ունես ունի ունենք ունեք ունեն ունեի ունեիր ուներ ունեինք ունեիք ունեին ունեցա ունեցավ ունեցան ունեցել
ունեցած; գիտենալ գիտեմ գիտես գիտի գիտենք գիտեք գիտեն գիտեի գիտեր գիտեին; լինել եղա եղար եղավ եղանք եղաք եղան եղել եղած;
գալ եկա եկար եկավ եկանք եկաք եկան եկել եկած գալիս; տալ տվեցի տվեց տվեցինք տվեցին տվել տված տալիս;
անել արեցի արեց արեցին արել արած;
դնել դրեցի դրեց դրեցին դրել դրած դրվեց դրված; ասել ասացի ասաց ասացինք ասացին; տանել տարա տարավ տարան տարել տարած;
ուտել կերա կերավ կերան կերել կերած; դառնալ դարձա դարձավ դարձան դարձել դարձած;
վերադառնալ վերադարձա վերադարձավ վերադարձան վերադարձել վերադարձած; առնել առավ առան առել առած
"""
_ARMENIAN_FORMS: dict[str, list[str]] = {}
for _verb in _ARMENIAN_IRREGULAR.replace("\n", " ").split(";"):
    _base, *_forms = _verb.split()
    for _form in _forms:
        _ARMENIAN_FORMS.setdefault(_form, []).append(_base)


def _armenian(word: str, itself: bool) -> Iterator[str]:
    yield from (found + "ություն" for found in _before(_ABSTRACT, word))
    for found in _before(_VERBAL_NOUN, word):
        yield from (found + "ում", found + "ել")
    for whole in (word, word[1:]) if word[0] in "չկ" else (word,):
        if whole != word:
            yield from (whole + "ել", whole + "ալ", whole)
        yield from _ARMENIAN_FORMS.get(whole, ())
        for found in _before(_EL, whole):
            yield found + "ել"
            if found.endswith("վ"):
                yield found[:-1] + "ել"
        yield from (found + "ալ" for found in _before(_AL, whole))
        for found in _before(_NEL, whole):
            yield from (found + "նել", found + "չել")
        yield from (found + "նել" for found in _before(_CAUSATIVE, whole) if found.endswith("ց"))


def armenian_passive(word: str, lemmas: Container[str]) -> list[str]:
    """The passive infinitives in -վել that the folded word is a form of: of verbs that the dictionary knows, while it knows
    few passives. `նշանակվեց` (was appointed) is of `նշանակվել` as well as of `նշանակել`."""
    found = []
    for whole in (word, word[1:]) if word[0] in "չկ" else (word,):
        for base in _before(_EL, whole):
            if base.endswith("վ") and base[:-1] + "ել" in lemmas:
                found.append(base + "ել")
    return found


def armenian_guesses(word: str) -> list[str]:
    """What a word that no dictionary knows would be a form of, were it a verb or an abstract noun: by the tables alone."""
    return [word, *(guess for guess in dict.fromkeys(_armenian(word, False)) if len(guess) >= 5)]


_TABLES: dict[str, Callable[[str, bool], Iterator[str]]] = {"en": _english, "fr": _french, "hy": _armenian}
