"""Which words are forms of one another. The lists are small and made for this test; benchmarks measure larger ones."""

from __future__ import annotations

import threading

import pytest

from language.forms import analyse, asked, keys, known_forms, language_of
from language.text import STEM_MARK, fold
from language.words import Words

FORMS = {
    "hy": [
        "Իրան Իրանի Իրանից Իրանում Իրանին Իրանը",
        "Երևան Երևանի Երևանում Երևանից ԵՐԵՎԱՆ Երեւանում",
        "Եվրոպա Եվրոպայի Եւրոպայում",
        "նախագահ նախագահի նախագահը նախագահին նախագահից նախագահներ նախագահների նախագահները",
        "սահման սահմանի սահմանին սահմանից սահմաններ սահմանների",
        "խաղաղություն խաղաղության խաղաղությունը խաղաղությամբ խաղաղությանը",
        "համաձայնագիր համաձայնագրի համաձայնագրով համաձայնագրերը",
        "Թուրքիա Թուրքիայի Թուրքիան Թուրքիայում Թուրքիայից Թուրքիային",
        "Խաչատուրյան Խաչատուրյանի Խաչատուրյանը Խաչատուրյանին Խաչատուրյանից",
        "Ստոլտենբերգ Ստոլտենբերգի Ստոլտենբերգը Ստոլտենբերգին",
        "Բաքու Բաքվի Բաքվում",
        "ԱՄՆ ԱՄՆ-ի ԱՄՆ-ում",
        "ՆԱՏՕ ՆԱՏՕ-ի ՆԱՏՕի ՆԱՏՕ-ին",
        "երկիր երկրի երկրում երկրներ երկրներից",
        "ամբողջականություն ամբողջականության ամբողջականությանը ամբողջականությունից",
        "բարձրացնել բարձրացրեց բարձրացնում բարձրացված բարձրացվել",
        "հասնել հասավ հասնում հասել",
        "ունենալ ունի ունեցավ ունենում",
        "պարգևատրել պարգևատրեց պարգեւատրել պարգևատրվել",
        "նշանակվել նշանակվեց նշանակված",
        "ծրագիր ծրագրի ծրագրում ծրագրեր",
        "գին գնի գներ",
        "կողմ կողմի կողմից կողմեր",
        "Շոլց Շոլցի Շոլցից",
    ],
    "ru": [
        "Хачатурян Хачатуряна Хачатуряном Хачатуряну",
        "Пашинян Пашиняна Пашиняном",
        "Алиев Алиева Алиеву Алиевым",
        "Турция Турции Турцией",
        "визит визита визитом визиты",
        "Франция Франции Францией",
        "договорённость договоренности договорённостям",
        "НАТО НАТО-вский",
        "встретиться встретился встретились",
        "Шольц Шольца Шольцем",
    ],
    "en": [
        "agreement agreements",
        "meet meets met",
        "meeting meetings",
        "country countries",
        "Armenia Armenia's",
        "Stoltenberg Stoltenberg's Stoltenbergs",
        "sign signs signed signing",
        "war wars",
        "Kurd Kurds",
        "Kazakh Kazakhs",
        "panic panicked panicking",
        "visit visited",
    ],
    "fr": [
        "accord accords",
        "président présidents",
        "visite visites",
        "général généraux",
        "nouveau nouveaux nouvelle",
        "élection élections Élection",
        "signer signé signera",
        "produire produit produite",
        "permettre permis permettent",
        "élire élu élue élisent",
        "sec sèche sèches",
        "étranger étrangère étrangers",
        "champion championne",
    ],
}
STRANGERS = {
    "hy": [
        "Իրան իր",
        "Իրանի իրեն",
        "Երևան երևալ",
        "երևան երևում",
        "ԱՄՆ ամ",
        "վերջին վերջ",
        "դեսպան դես",
        "հարց հարցումից",
        "զոհվել զոհի",
    ],
    "ru": ["Турция турист", "визит виза", "Иран ирис", "мир мера", "президент резидент"],
    "en": [
        "Georgia George",
        "Turkey Turkish",
        "universe university",
        "policy police",
        "general generous",
        "news new",
        "plan planes",
        "car cared",
        "aid aides",
        "belief believes",
    ],
    "fr": [
        "traité traiter",
        "Géorgie Georges",
        "pays paix",
        "nation national",
        "russe rustre",
        "retrait retraite",
        "vent vente",
        "projet projette",
        "appel appelle",
        "sanction sanctionne",
        "message messager",
        "lac laque",
        "mer mère",
    ],
}


def meet(one: str, other: str, language: str) -> bool:
    return not set(asked(one, language).keys).isdisjoint(keys(other, language))


@pytest.mark.parametrize(("language", "words"), [(code, row) for code, rows in FORMS.items() for row in rows])
def test_a_dictionary_form_meets_all_forms_of_the_word(language: str, words: str) -> None:
    base, *forms = words.split()
    assert [form for form in forms if not meet(base, form, language)] == []


@pytest.mark.parametrize(("language", "pair"), [(code, pair) for code, pairs in STRANGERS.items() for pair in pairs])
def test_words_that_only_look_alike_do_not_meet(language: str, pair: str) -> None:
    one, other = pair.split()
    assert not meet(one, other, language), (keys(one, language), keys(other, language))


@pytest.mark.parametrize("pair", ["Իրան իր", "Երևան երևալ"])
def test_armenian_names_stay_apart_in_lower_case_too(pair: str) -> None:
    one, other = map(fold, pair.split())
    assert not meet(one, other, "hy")


def test_a_word_of_another_script_is_analysed_by_its_script() -> None:
    assert language_of("Путин", "hy") == "ru"
    assert language_of("Путін", "uk") == "uk"
    assert language_of("visit", "hy") == "en"
    assert language_of("visite", "fr") == "fr"
    assert language_of("ԱՄՆ", "fr") == "hy"
    assert meet("Путина", "Путин", "hy")


def test_a_stem_is_a_key_only_of_words_that_no_dictionary_knows() -> None:
    assert not any(key.endswith(STEM_MARK) for key in keys("Հայաստանի", "hy"))
    assert any(key.endswith(STEM_MARK) for key in keys("Stoltenbergs", "en"))


def test_the_first_key_is_the_word_itself_and_signs_have_none() -> None:
    assert keys("Meetings", "en")[0] == "meetings"
    assert keys("՞", "hy") == ()


def test_in_a_text_all_in_capitals_a_short_word_is_no_acronym() -> None:
    assert Words.of("ՀԱՐՑԻ ՔՆՆԱՐԿՈՒՄԸ", "", "hy").title.with_keys(["հարց"]) == ["ՀԱՐՑԻ"]
    shouted = Words.of("ԱՄՆ ՆԱԽԱԳԱՀԸ", "ԱՄՆ նախագահը", "hy")
    assert shouted.title.with_keys(["ամն"]) == ["ԱՄՆ"] == shouted.body.with_keys(["ամն"])
    assert shouted.title.with_keys(["ամ"]) == ["ԱՄՆ"] and shouted.body.with_keys(["ամ"]) == []


def test_an_unknown_language_knows_only_the_word_itself() -> None:
    assert keys("Words", "xx") == ("words",)


def test_very_long_words_cost_no_analysis() -> None:
    assert keys("ab" * 5_000, "en") == ("ab" * 5_000,)


def test_the_memory_of_words_is_bounded_and_texts_keep_the_one_they_were_read_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("language.forms.CACHE_WORDS", 3)
    words = Words.of("", "one two three four", "xx")
    assert words.body.known.full and known_forms("xx") is not words.body.known
    assert words.body.with_keys(["two"]) == ["two"]
    assert len(known_forms("xx")) == 0


def test_a_word_in_another_script_is_learnt_once_for_all_languages() -> None:
    assert analyse("Хачатуряном", "hy") is analyse("Хачатуряном", "ru") is analyse("Хачатуряном", "fr")


def test_threads_get_the_same_forms() -> None:
    found: list[tuple[str, ...]] = []
    words = ["договорами", "agreements", "դեսպանների"]
    threads = [
        threading.Thread(target=lambda: found.append(tuple(analyse(word, "ru").keys[-1] for word in words)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("uk", "переговори переговорів переговорами"),
        ("uk", "Зеленський Зеленського Зеленським"),
        ("de", "Abkommen Abkommens"),
        ("de", "Verhandlung Verhandlungen"),
        ("es", "acuerdo acuerdos"),
        ("it", "accordo accordi"),
        ("pt", "acordo acordos"),
        ("pl", "umowa umowy umowie"),
        ("ro", "acord acorduri"),
        ("tr", "anlaşma anlaşmalar"),
        ("hu", "egyezmény egyezmények"),
        ("fi", "sopimus sopimuksen"),
        ("sv", "avtal avtalet"),
    ],
)
def test_other_languages_hear_forms_too(language: str, words: str) -> None:
    base, *forms = words.split()
    assert [form for form in forms if not meet(base, form, language)] == []


def test_a_word_asked_for_in_its_dictionary_form_is_that_word_alone() -> None:
    assert asked("Песков", "ru").keys == ("песков",) and meet("Песков", "Песковым", "ru")
    assert not meet("Песков", "песка", "ru") and meet("песок", "песка", "ru")
    assert not meet("beginning", "began", "en") and meet("begin", "beginning", "en")
