"""The words of the site's furniture in its four languages: section names, links, calendar, footer."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Furniture in one language."""

    office: str
    sections: Mapping[str, str]
    back: str
    more: str
    photos: str
    """With the slot {n}."""
    share: str
    latest: str
    search: str
    not_found: str
    menu: tuple[str, ...]
    footer: str
    weekdays: tuple[str, ...]


def _sections(*names: str) -> Mapping[str, str]:
    keys = (
        "press-release",
        "statements-and-messages",
        "congratulatory",
        "condolence",
        "domestic-visits",
        "foreign-visits",
        "interviews-and-press-conferences",
        "notepad",
        "chronicle",
        "decrees",
        "signed-laws",
        "announcements",
    )
    return dict(zip(keys, names, strict=True))


WORDS: Mapping[str, Words] = {
    "hy": Words(
        "Հայաստանի Հանրապետության նախագահ",
        _sections(
            "Մամուլի հաղորդագրություններ",
            "Ելույթներ և ուղերձներ",
            "Շնորհավորական ուղերձներ",
            "Ցավակցական հեռագրեր",
            "Այցեր մարզեր",
            "Արտասահմանյան այցեր",
            "Հարցազրույցներ և մամուլի ասուլիսներ",
            "Նոթատետր",
            "Տարեգրություն",
            "Հրամանագրեր",
            "Ստորագրված օրենքներ",
            "Հայտարարություններ",
        ),
        "← Վերադառնալ ցանկ",
        "ավելին",
        "ևս {n} լուսանկար",
        "Կիսվել",
        "Վերջին նորությունները",
        "Որոնում",
        "Էջը չի գտնվել",
        ("Նախագահ", "Լիազորություններ", "Նստավայր", "Նորություններ", "Փաստաթղթեր", "Հայաստան", "Կապ"),
        "Երևան, Բաղրամյան պողոտա։ Ուսումնական պատճեն, բոլոր տեքստերը հորինված են",
        ("Երկ", "Երք", "Չրք", "Հնգ", "Ուրբ", "Շբթ", "Կիր"),
    ),
    "en": Words(
        "President of the Republic of Armenia",
        _sections(
            "Press releases",
            "Statements and messages",
            "Congratulatory messages",
            "Condolence messages",
            "Domestic visits",
            "Foreign visits",
            "Interviews and press conferences",
            "Notepad",
            "Chronicle",
            "Decrees",
            "Signed laws",
            "Announcements",
        ),
        "← Back to list",
        "more",
        "more {n} photos",
        "Share",
        "Latest news",
        "Search",
        "Page not found",
        ("President", "Powers", "Residence", "News", "Documents", "Armenia", "Contact"),
        "Yerevan, Baghramyan Avenue. A replica for tests, every text is invented",
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ),
    "ru": Words(
        "Президент Республики Армения",
        _sections(
            "Пресс-релизы",
            "Выступления и послания",
            "Поздравительные послания",
            "Телеграммы соболезнования",
            "Поездки по стране",
            "Зарубежные визиты",
            "Интервью и пресс-конференции",
            "Записная книжка",
            "Хроника",
            "Указы",
            "Подписанные законы",
            "Объявления",
        ),
        "← Назад к списку",
        "подробнее",
        "ещё {n} фото",
        "Поделиться",
        "Последние новости",
        "Поиск",
        "Страница не найдена",
        ("Президент", "Полномочия", "Резиденция", "Новости", "Документы", "Армения", "Контакты"),
        "Ереван, проспект Баграмяна. Учебная копия, все тексты вымышлены",
        ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"),
    ),
    "fr": Words(
        "Président de la République d’Arménie",
        _sections(
            "Communiqués de presse",
            "Discours et messages",
            "Messages de félicitations",
            "Messages de condoléances",
            "Déplacements en région",
            "Visites à l’étranger",
            "Entretiens et conférences de presse",
            "Carnet",
            "Chronique",
            "Décrets",
            "Lois signées",
            "Annonces",
        ),
        "← Retour à la liste",
        "en savoir plus",
        "encore {n} photos",
        "Partager",
        "Dernières actualités",
        "Recherche",
        "Page introuvable",
        ("Président", "Pouvoirs", "Résidence", "Actualités", "Documents", "Arménie", "Contact"),
        "Erevan, avenue Baghramian. Copie d’essai, tous les textes sont inventés",
        ("Lun", "Mar", "Mer", "Jeu", "Ven", "Sam", "Dim"),
    ),
}
