"""French material."""

from tests.replica.texts.material import Forms, Material, TopicText

_GUESTS = (
    ("la France", "de la France", "en France", "Jean Delorme"),
    ("l’Allemagne", "de l’Allemagne", "en Allemagne", "Karl Weissmann"),
    ("l’Italie", "de l’Italie", "en Italie", "Paolo Berton"),
    ("la Pologne", "de la Pologne", "en Pologne", "Adam Kowalczyk"),
    ("la Géorgie", "de la Géorgie", "en Géorgie", "Levan Maisuradze"),
    ("l’Inde", "de l’Inde", "en Inde", "Rajan Mehra"),
    ("le Kazakhstan", "du Kazakhstan", "au Kazakhstan", "Daniyar Sagyntaev"),
    ("l’Iran", "de l’Iran", "en Iran", "Dariush Karimzadeh"),
    ("l’Espagne", "de l’Espagne", "en Espagne", "Javier Montalban"),
    ("la Suède", "de la Suède", "en Suède", "Erik Lindholm"),
    ("le Canada", "du Canada", "au Canada", "Peter Hallam"),
    ("l’Autriche", "de l’Autriche", "en Autriche", "Lukas Brenner"),
)
_PLACES = (
    "du Siounik",
    "du Tavouche",
    "du Lorri",
    "du Chirak",
    "du Gegharkounik",
    "d’Ararat",
    "du Kotaïk",
    "de l’Aragatsotn",
)


def _guest(country: str, of_country: str, in_country: str, name: str) -> Forms:
    return {
        "country": country,
        "of_country": of_country,
        "in_country": in_country,
        "guest": name,
        "of_guest": ("d’" if name[0] in "AEIOU" else "de ") + name,
        "surname": name.split()[-1],
    }


MATERIAL = Material(
    topics={
        "nato": TopicText(
            titles=(
                "Le Président Vardgès Mélikian a reçu le représentant spécial de l’OTAN {guest}",
                "La coopération entre l’Arménie et l'OTAN évoquée à la résidence présidentielle",
            ),
            told=(
                "Le {day}, le Président Vardgès Mélikian a reçu {guest}, représentant spécial de l’OTAN "
                "pour le Caucase du Sud, qui se trouve à Erevan en visite de travail. Le ministre de la "
                "Défense et le chef de la mission de l’Arménie à Bruxelles ont également participé à la "
                "rencontre.",
                "Les interlocuteurs ont examiné l’état de la coopération entre l’Arménie et l’OTAN, vieille "
                "de {years} ans, et la contribution des soldats de la paix arméniens aux missions de "
                "l’Alliance. Le Président a souligné que {amount} militaires arméniens avaient servi dans "
                "les opérations de l’OTAN.",
            ),
            spoken=(
                "Notre partenariat avec l’OTAN n’a jamais été dirigé contre quiconque. Il nous a aidés à "
                "réformer nos forces armées, à former nos officiers et à regarder nos propres institutions "
                "avec les yeux d’autrui.",
            ),
        ),
        "eu": TopicText(
            titles=(
                "Le Président a rencontré la délégation de l’Union européenne conduite par {guest}",
                "L’UE continuera de soutenir les réformes en Arménie",
            ),
            told=(
                "Le Président Vardgès Mélikian a rencontré aujourd’hui la délégation de l’Union européenne "
                "conduite par {guest}. Les interlocuteurs ont parlé de l’Accord de partenariat global et "
                "renforcé et des réformes que l’Arménie mène avec l’appui de l’UE.",
                "Il a été noté que l’Union européenne avait réservé {amount} millions d’euros aux "
                "programmes des années à venir, destinés pour la plupart aux petites entreprises, aux "
                "écoles et aux hôpitaux de la région {of_place}. Le dialogue sur la libéralisation des "
                "visas a également été abordé.",
            ),
            spoken=(
                "Nous partageons les valeurs sur lesquelles l’Union européenne a été bâtie, et ce n’est pas "
                "par politesse que nous en parlons. L’avenir européen est débattu dans chaque famille "
                "d’Arménie, et les jeunes attendent de nous une réponse.",
            ),
        ),
        "energy": TopicText(
            titles=(
                "Le Président a visité une nouvelle centrale solaire dans la région {of_place}",
                "La sécurité énergétique au centre d’une consultation chez le Président",
            ),
            told=(
                "Le {day}, le Président Vardgès Mélikian a tenu une consultation sur la sécurité "
                "énergétique. Les directeurs des centrales, le régulateur et les représentants du ministère "
                "de l’Énergie ont présenté l’état du réseau et les préparatifs de l’hiver.",
                "Selon les chiffres présentés, des centrales solaires d’une puissance de {amount} mégawatts "
                "ont été mises en service, et une autre est en construction dans la région {of_place}. La "
                "prolongation de la durée de vie de la centrale nucléaire et les prix du gaz naturel ont "
                "aussi été discutés.",
            ),
            spoken=(
                "Un pays qui ne peut éclairer ses propres fenêtres ne peut parler d’une voix ferme. C’est "
                "pourquoi nous devons diversifier nos sources d’énergie, moderniser nos réseaux et "
                "construire des réacteurs qui serviront à nos petits-enfants.",
            ),
        ),
        "peace": TopicText(
            titles=(
                "« La paix n’a pas d’alternative » : déclaration du Président Vardgès Mélikian",
                "Le Président : le traité de paix doit être durable et juste",
            ),
            told=(
                "Le Président Vardgès Mélikian a fait le {day} une déclaration sur les négociations "
                "relatives au traité de paix entre l’Arménie et l’Azerbaïdjan et sur la délimitation de la "
                "frontière entre les deux pays.",
                "Il a été question du déblocage des communications régionales, du retour des prisonniers et "
                "du sort des disparus. Le Président a souligné que le projet de traité de paix comptait "
                "{years} articles et que la plupart d’entre eux étaient convenus.",
            ),
            spoken=(
                "La paix n’est pas le silence entre deux guerres. La paix est une route ouverte dans les "
                "deux sens, une frontière gardée sans crainte et un voisin dont nos enfants n’ont pas peur "
                "d’entendre la langue.",
            ),
        ),
        "iran": TopicText(
            titles=(
                "Le Président a reçu l’ambassadeur de la République islamique d’Iran",
                "Les échanges entre l’Arménie et l’Iran vont croître, estime {guest}",
            ),
            told=(
                "Le Président Vardgès Mélikian a reçu le nouvel ambassadeur de la République islamique "
                "d’Iran, qui lui a remis le {day} ses lettres de créance. Le Président a félicité "
                "l’ambassadeur et lui a souhaité plein succès dans sa mission.",
                "Les interlocuteurs ont accordé une grande importance à la route Nord-Sud, à la ligne "
                "électrique entre l’Iran et l’Arménie et au commerce par la frontière de Meghri, qui a "
                "atteint l’an dernier {amount} millions de dollars.",
            ),
            spoken=(
                "L’Iran est un voisin ami auquel nous lient des siècles et une frontière demeurée toujours "
                "ouverte. Les poètes iraniens sont lus dans nos maisons, et des maîtres arméniens ont bâti "
                "à Ispahan.",
            ),
        ),
        "appointment": TopicText(
            titles=(
                "Un nouveau juge de la Cour de cassation a prêté serment à la résidence présidentielle",
                "Le Président a signé des décrets de nomination",
            ),
            told=(
                "Par décrets présidentiels, {years} juges ont été nommés le {day} dans les tribunaux de "
                "droit commun de la région {of_place} et de la capitale. La cérémonie solennelle de "
                "prestation de serment a eu lieu à la résidence présidentielle.",
                "Les candidats avaient été proposés par le Conseil supérieur de la magistrature. Le "
                "Président s’est entretenu avec chacun d’eux et a parcouru {amount} pages de leurs dossiers "
                "avant de signer les décrets.",
            ),
            spoken=(
                "À partir d’aujourd’hui, vous déciderez de la liberté, des biens et de la réputation des "
                "gens. Soyez indépendants même de ceux qui vous ont nommés, et que personne ne quitte votre "
                "salle sans avoir été entendu.",
            ),
        ),
        "cabinet": TopicText(
            titles=(
                "Le Président a participé à la séance du gouvernement",
                "Le programme du gouvernement pour la région {of_place} présenté au Président",
            ),
            told=(
                "Le {day}, le Président Vardgès Mélikian a participé à la séance ordinaire du gouvernement. "
                "L’ordre du jour comprenait {years} questions, dont le projet de budget, l’indexation des "
                "retraites et le programme de développement de la région {of_place}.",
                "Le ministre des Finances a indiqué que les recettes avaient dépassé les prévisions de "
                "{amount} millions de drams. Les moyens supplémentaires iront à la réparation des routes "
                "rurales, des écoles maternelles et des canaux d’irrigation.",
            ),
            spoken=(
                "Je demande aux ministres de se rappeler qu’une décision n’est pas achevée lorsqu’elle est "
                "imprimée. Elle l’est quand la route est praticable, quand l’eau coule dans la conduite et "
                "quand le retraité ne fait plus la queue.",
            ),
        ),
        "culture": TopicText(
            titles=(
                "Le Président a assisté à l’ouverture d’une exposition de manuscrits arméniens",
                "Des musiciens venus {of_country} ont donné un concert à Erevan",
            ),
            told=(
                "Le {day}, le Président Vardgès Mélikian et son épouse ont assisté à l’ouverture d’une "
                "exposition qui présente {amount} manuscrits, miniatures et livres anciens, dont beaucoup "
                "pour la première fois.",
                "L’exposition a été préparée avec les musées {of_country} et gagnera à l’automne la région "
                "{of_place}. Le chef d’orchestre {guest} et ses musiciens ont interprété des œuvres de "
                "Komitas et de Khatchatourian.",
            ),
            spoken=(
                "Ceux qui ont copié ces livres à la lueur des bougies ne savaient pas s’il y aurait un "
                "lecteur. Ces lecteurs, c’est nous, et le moins que nous puissions faire est d’ouvrir le "
                "livre.",
            ),
        ),
        "congratulation": TopicText(
            titles=(
                "Le Président Vardgès Mélikian a félicité {guest}",
                "Message de félicitations à l’occasion de la fête nationale {of_country}",
            ),
            told=(
                "Le Président Vardgès Mélikian a adressé à {guest} un message de félicitations à l’occasion "
                "de la fête nationale {of_country}. Le message, daté du {day}, dit notamment :",
                "Le Président a également souhaité à {guest} une bonne santé et de nouveaux succès, et au "
                "peuple ami {of_country} la paix et la prospérité.",
            ),
            spoken=(
                "Je vous félicite cordialement, vous et votre peuple, à l’occasion de cette fête. Au cours "
                "des {years} dernières années, nos pays ont posé un fondement solide d’amitié et de respect "
                "mutuel.",
                "Je suis convaincu que les accords conclus entre l’Arménie et {country} seront mis en œuvre "
                "et que notre dialogue politique sera complété par le commerce, l’éducation et le tourisme.",
                "Je me souviens avec chaleur de notre dernière rencontre et de vos paroles sur l’Arménie, "
                "et je renouvelle volontiers mon invitation à visiter Erevan au moment qui vous conviendra.",
            ),
        ),
        "condolence": TopicText(
            titles=(
                "Le Président a adressé un message de condoléances à {guest}",
                "Le Président Vardgès Mélikian a présenté ses condoléances après la catastrophe survenue {in_country}",
            ),
            told=(
                "Le {day}, le Président Vardgès Mélikian a adressé à {guest} un message de condoléances à "
                "la suite de la catastrophe survenue {in_country}, qui a coûté la vie à au moins {years} "
                "personnes. Le message dit :",
                "Un registre de condoléances a été ouvert à Erevan, à l’ambassade {of_country}. Le "
                "gouvernement a proposé d’envoyer des sauveteurs, des médecins et {amount} tentes.",
            ),
            spoken=(
                "C’est avec une profonde douleur que j’ai appris la tragédie. Aucun mot ne peut consoler "
                "ceux qui ont perdu en une seule nuit leurs parents, leurs enfants et leur maison.",
                "Le peuple arménien, qui a lui-même vécu un séisme, se souvient bien de ceux qui étaient "
                "alors venus à son secours, et il partage aujourd’hui votre deuil.",
                "Je m’associe à la peine des familles des victimes, je souhaite un prompt rétablissement "
                "aux blessés et, à vous-même, force et courage.",
            ),
        ),
        "visit": TopicText(
            titles=(
                "Visite de travail du Président dans la région {of_place}",
                "Le Président s’est entretenu avec les habitants des villages frontaliers de la région {of_place}",
            ),
            told=(
                "Le Président Vardgès Mélikian a effectué le {day} une visite de travail dans la région "
                "{of_place}. Accompagné du gouverneur, il a commencé sa visite par une école reconstruite "
                "pour {amount} élèves.",
                "Au village, le Président est entré dans plusieurs maisons et a écouté les agriculteurs, "
                "qui se sont plaints de la grêle, du prix du gazole et du manque d’eau. Cette année, "
                "{years} familles sont revenues au village.",
            ),
            spoken=(
                "Je ne suis pas venu faire des promesses. Je suis venu voir de mes propres yeux ce qui "
                "reste des promesses qui vous ont été faites, et emporter vos questions avec moi à Erevan.",
            ),
        ),
        "journey": TopicText(
            titles=(
                "La visite officielle du Président {in_country} a commencé",
                "Négociations entre les présidents de l’Arménie et {of_country}",
            ),
            told=(
                "Le {day}, le Président Vardgès Mélikian est arrivé {in_country} en visite officielle, à "
                "l’invitation du Président {guest}. La cérémonie officielle d’accueil a été suivie d’un "
                "tête-à-tête et des négociations des délégations.",
                "Les parties ont signé {years} documents sur l’agriculture, l’aviation et la reconnaissance "
                "mutuelle des diplômes. Le Président a rencontré aussi des représentants de la communauté "
                "arménienne {of_country}.",
            ),
            spoken=(
                "L’Arménie et {country} sont bien moins éloignées l’une de l’autre que la carte ne le "
                "laisse croire. Les nôtres ont trouvé ici un foyer et sont devenus de bons citoyens sans "
                "cesser d’être Arméniens.",
            ),
        ),
        "interview": TopicText(
            titles=(
                "Le Président Vardgès Mélikian a accordé un entretien à la télévision publique {of_country}",
                "Le Président a répondu aux questions des journalistes",
            ),
            told=(
                "Au cours de sa journée de travail du {day}, le Président Vardgès Mélikian a accordé un "
                "entretien à {guest}, correspondant de la télévision publique {of_country}. La conversation "
                "a duré {years} minutes.",
                "En réponse à une question sur l’émigration, le Président a cité les données du Comité "
                "statistique : au dernier trimestre, les arrivées dans le pays ont dépassé les départs de "
                "{amount} personnes.",
            ),
            spoken=(
                "Que demanderais-je aux journalistes ? Interrogez-nous sur ce que nous n’avons pas dit. Un "
                "président que l’on ne fait que louer n’entend rien, et une nation qui n’entend que des "
                "louanges n’apprend rien.",
            ),
        ),
    },
    told=(
        "Le Président a ensuite pris connaissance des travaux de jeunes ingénieurs, s’est entretenu avec "
        "eux de leurs conditions d’études et a promis de revenir dans l’année. Parmi les {amount} projets "
        "présentés figuraient un appareil qui avertit des glissements de terrain, un capteur bon marché "
        "pour l’irrigation et un programme qui lit les écritures anciennes. Les meilleurs seront montrés "
        "lors d’une exposition internationale, et leurs auteurs recevront une bourse présidentielle.",
        "Le Président a souligné que l’Arménie ne voyait son développement et celui de tout le Caucase du "
        "Sud que dans la stabilité, et que l’usage de la force, comme la menace d’y recourir, devait être "
        "exclu.",
        "M. {surname} a remercié le Président de son accueil chaleureux et a relevé le prix que {country} "
        "attache à ses relations avec l’Arménie. Il a invité le Président à un forum qui réunit {years} "
        "États.",
        "Les interlocuteurs ont échangé leurs vues sur l’agriculture, les technologies de l’information et "
        "les écoles, et sont convenus que le groupe de travail se réunirait de nouveau d’ici {years} "
        "semaines.",
        "À l’issue de la rencontre, les parties ont réaffirmé leur volonté d’approfondir la coopération "
        "dans tous les domaines d’intérêt commun. D’autres questions de l’agenda bilatéral ont été "
        "discutées.",
        "Les hôtes ont ensuite visité le mémorial, déposé des fleurs devant la flamme éternelle et laissé "
        "un mot dans le livre d’or.",
    ),
    spoken=(
        "On dit souvent qu’un petit État doit se taire quand parlent les grands. Je ne suis pas de cet "
        "avis. Ces {years} dernières années, nous avons vu comment la voix de ceux qui respectent les "
        "règles, paient leurs dettes et reconnaissent leurs erreurs a été entendue dans les plus grandes "
        "salles, et comment ceux qui n’avaient fait que hausser le ton sont restés seuls dans une pièce "
        "vide. L’Arménie veut être parmi les premiers.",
        "Permettez-moi de dire quelques mots de nos enfants. Une école de village sur quatre compte moins "
        "de {amount} élèves, et il est des villages où le même maître enseigne les mathématiques, "
        "l’histoire et le chant. Ces maîtres ne demandent pas de médailles. Ils demandent du bois de "
        "chauffage, des livres et une route où l’autocar ne s’enlise pas en février. Si nous pouvons "
        "construire ensemble cette route, nous aurons fait davantage qu’avec bien des conférences.",
        "Nous connaissons aussi les difficultés. Les marchés sont loin, les frontières en partie fermées, "
        "et le transport nous coûte plus cher qu’à d’autres. Mais nos vignobles, nos ateliers et nos "
        "programmeurs ont trouvé des acheteurs de Vilnius à Singapour. J’invite les entrepreneurs "
        "{of_country} à venir, à tout regarder sans hâte et à poser les questions les plus désagréables "
        "avant de signer quoi que ce soit.",
        "Je suis heureux de vous accueillir en Arménie. Votre visite confirme que les relations entre "
        "l’Arménie et {country} ont un beau passé, et elle me donne l’espoir qu’elles auront un avenir "
        "meilleur encore.",
        "Nous sommes un petit pays, mais nous avons {years} universités, un alphabet ancien et des "
        "ingénieurs que l’on connaît à Toulouse, à Erevan et en Californie. Notre richesse est assise sur "
        "les bancs de l’école.",
        "La démocratie est un dur labeur. Elle exige de la patience envers ceux qui pensent autrement et de "
        "l’honnêteté envers ceux qui nous ont élus, et nul ne peut s’en décharger sur autrui.",
        "Je voudrais remercier tous ceux qui ont aidé {amount} familles aux jours les plus durs. Nous avons "
        "vu qui se tenait à nos côtés, et nous ne l’oublierons pas.",
    ),
    host_leads=(
        "En accueillant ses invités, le Président a dit :",
        "Dans son discours, le Président Mélikian a notamment relevé :",
        "« Chers amis », a dit le Président avant de poursuivre :",
    ),
    guest_leads=(
        "{guest} a exprimé sa gratitude pour l’accueil et a noté :",
        "À son tour, {guest} a déclaré :",
    ),
    guests=tuple(_guest(*guest) for guest in _GUESTS),
    places=tuple({"of_place": place} for place in _PLACES),
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    day="{d} {month} {y}",
    first_day="1er",
)
