"""English material."""

from tests.replica.texts.material import Forms, Material, TopicText

_GUESTS = (
    ("France", "Jean Delorme"),
    ("Germany", "Karl Weissmann"),
    ("Italy", "Paolo Berton"),
    ("Poland", "Adam Kowalczyk"),
    ("Georgia", "Levan Maisuradze"),
    ("India", "Rajan Mehra"),
    ("Kazakhstan", "Daniyar Sagyntaev"),
    ("Iran", "Dariush Karimzadeh"),
    ("Spain", "Javier Montalban"),
    ("Sweden", "Erik Lindholm"),
    ("Canada", "Peter Hallam"),
    ("Austria", "Lukas Brenner"),
)
_PLACES = ("Syunik", "Tavush", "Lori", "Shirak", "Gegharkunik", "Ararat", "Kotayk", "Aragatsotn")


def _guest(country: str, name: str) -> Forms:
    return {"country": country, "guest": name, "surname": name.split()[-1]}


MATERIAL = Material(
    topics={
        "nato": TopicText(
            titles=(
                "President Vardges Melikyan received NATO Special Representative {guest}",
                "Armenia-NATO cooperation was discussed at the Presidential Residence",
            ),
            told=(
                "On {day} President Vardges Melikyan received {guest}, NATO Special Representative for the "
                "South Caucasus, who is in Yerevan for a working visit. The meeting was also attended by "
                "the Minister of Defence and by the head of Armenia's mission in Brussels.",
                "The sides discussed the course of Armenia-NATO cooperation, which goes back {years} years, "
                "and the contribution of Armenian peacekeepers to the missions led by the Alliance. The "
                "President stressed that {amount} Armenian soldiers had served abroad within NATO "
                "operations.",
            ),
            spoken=(
                "Our partnership with NATO has never been directed against anybody. It has helped us to "
                "reform our armed forces, to train our officers, and to see our own institutions with the "
                "eyes of others.",
            ),
        ),
        "eu": TopicText(
            titles=(
                "The President met with the European Union delegation headed by {guest}",
                "The EU will continue to support reforms in Armenia",
            ),
            told=(
                "President Vardges Melikyan today had a meeting with the delegation of the European Union "
                "headed by {guest}. The interlocutors spoke about the Comprehensive and Enhanced "
                "Partnership Agreement and the reforms that Armenia is carrying out with the support of the "
                "EU.",
                "It was noted that the European Union has set aside {amount} million euros for the "
                "programmes of the coming years, most of which are meant for small businesses, schools and "
                "hospitals in the region of {place}. The dialogue on visa liberalisation was touched upon "
                "as well.",
            ),
            spoken=(
                "We share the values on which the European Union was built, and we do not speak of them out "
                "of politeness. A European future is being discussed in every family in Armenia, and the "
                "young expect an answer from us.",
            ),
        ),
        "energy": TopicText(
            titles=(
                "The President visited a new solar power plant in {place}",
                "Energy security was on the agenda of a consultation with the President",
            ),
            told=(
                "President Vardges Melikyan held a consultation on energy security on {day}. The managers "
                "of the power stations, the regulator and representatives of the Ministry of Energy "
                "presented the state of the grid and the preparations for winter.",
                "According to the figures presented, solar stations with a capacity of {amount} megawatts "
                "have been put into operation, and another one is being built in the region of {place}. The "
                "extension of the nuclear power plant's lifetime and the prices of natural gas were also "
                "discussed.",
            ),
            spoken=(
                "A country that cannot light its own windows cannot speak with a firm voice. That is why we "
                "must diversify our sources of energy, modernise our networks and build reactors that will "
                "serve our grandchildren.",
            ),
        ),
        "peace": TopicText(
            titles=(
                "“There is no alternative to peace”: statement by President Vardges Melikyan",
                "President: the peace treaty must be lasting and just",
            ),
            told=(
                "President Vardges Melikyan made a statement on {day} about the negotiations on the peace "
                "treaty between Armenia and Azerbaijan and the delimitation of the border between the two "
                "countries.",
                "Reference was made to the unblocking of regional communications, the return of prisoners "
                "and the fate of the missing. The President underlined that the draft of the peace treaty "
                "contains {years} articles and that most of them have been agreed.",
            ),
            spoken=(
                "Peace is not the silence between two wars. Peace is a road that is open in both "
                "directions, a border that is guarded without fear, and a neighbour whose language our "
                "children are not afraid to hear.",
            ),
        ),
        "iran": TopicText(
            titles=(
                "The President received the Ambassador of the Islamic Republic of Iran",
                "Armenian-Iranian trade turnover will grow, {guest} believes",
            ),
            told=(
                "President Vardges Melikyan received the newly appointed Ambassador of the Islamic Republic "
                "of Iran, who handed him his credentials on {day}. The President congratulated the "
                "Ambassador and wished him success in his mission.",
                "The interlocutors attached importance to the North-South road, the power line between Iran "
                "and Armenia and the trade across the border at Meghri, which reached {amount} million "
                "dollars last year.",
            ),
            spoken=(
                "Iran is a friendly neighbour with whom we are bound by centuries and by a border that has "
                "always been open. Iranian poets are read in our homes, and Armenian masters built in "
                "Isfahan.",
            ),
        ),
        "appointment": TopicText(
            titles=(
                "A new judge of the Court of Cassation took the oath at the Presidential Residence",
                "The President signed decrees on appointments",
            ),
            told=(
                "By the President's decrees of {day} {years} judges were appointed to the courts of general "
                "jurisdiction of the region of {place} and of the capital. The solemn swearing-in ceremony "
                "took place at the Presidential Residence.",
                "The candidates had been nominated by the Supreme Judicial Council. The President spoke "
                "with each of them and looked through {amount} pages of their files before he signed the "
                "decrees.",
            ),
            spoken=(
                "From today on you will decide about the freedom, the property and the good name of people. "
                "Be independent even of those who appointed you, and let nobody leave your courtroom "
                "without having been heard.",
            ),
        ),
        "cabinet": TopicText(
            titles=(
                "The President took part in the Cabinet meeting",
                "The Government's programme for {place} was presented to the President",
            ),
            told=(
                "On {day} President Vardges Melikyan took part in the regular meeting of the Cabinet. The "
                "agenda comprised {years} questions, among them the draft budget, the indexation of "
                "pensions and the programme for the development of {place}.",
                "The Minister of Finance reported that revenues had exceeded the plan by {amount} million "
                "drams. The additional means will go to the repair of village roads, kindergartens and "
                "irrigation canals.",
            ),
            spoken=(
                "I ask the ministers to remember that a decision is not finished when it is printed. It is "
                "finished when the road is passable, when the pipe carries water and when the pensioner no "
                "longer stands in line.",
            ),
        ),
        "culture": TopicText(
            titles=(
                "The President attended the opening of an exhibition of Armenian manuscripts",
                "Musicians from {country} gave a concert in Yerevan",
            ),
            told=(
                "President Vardges Melikyan and Mrs. Melikyan attended the opening of an exhibition on "
                "{day}, at which {amount} manuscripts, miniatures and early printed books are shown, many "
                "of them for the first time.",
                "The exhibition was prepared together with the museums of {country} and will travel to the "
                "region of {place} in the autumn. The conductor {guest} and his orchestra performed works "
                "by Komitas and Khachaturian.",
            ),
            spoken=(
                "Those who copied these books by candlelight did not know whether there would be a reader. "
                "We are those readers, and the least that we can do is to open the book.",
            ),
        ),
        "congratulation": TopicText(
            titles=(
                "President Vardges Melikyan congratulated {guest}",
                "Congratulatory message on the National Day of {country}",
            ),
            told=(
                "President Vardges Melikyan sent a congratulatory message to {guest} on the occasion of the "
                "National Day of {country}. The message, dated {day}, reads in particular:",
                "The President also wished {guest} robust health and new success, and peace and welfare to "
                "the friendly people of {country}.",
            ),
            spoken=(
                "I cordially congratulate you and your people on this holiday. Over the past {years} years "
                "our countries have created a solid basis of friendship and mutual respect.",
                "I am confident that the agreements reached between Armenia and {country} will be carried "
                "out, and that our political dialogue will be complemented by trade, education and tourism.",
                "I recall with warmth our last meeting and the words that you said about Armenia, and I "
                "gladly renew my invitation to visit Yerevan at a time convenient to you.",
            ),
        ),
        "condolence": TopicText(
            titles=(
                "The President sent a message of condolence to {guest}",
                "President Vardges Melikyan expressed his condolences on the disaster in {country}",
            ),
            told=(
                "On {day} President Vardges Melikyan sent a message of condolence to {guest} on account of "
                "the disaster in {country} that claimed the lives of at least {years} people. The message "
                "reads:",
                "A book of condolence has been opened at the embassy of {country} in Yerevan. The "
                "Government has offered to send rescuers, physicians and {amount} tents.",
            ),
            spoken=(
                "I learnt with deep sorrow the news of the tragedy. No words can comfort those who have "
                "lost their parents, their children and their homes in a single night.",
                "The Armenian people, who have lived through an earthquake themselves, remember well who "
                "came to their aid then, and they mourn with you today.",
                "I share the grief of the families of the victims and wish the injured a speedy recovery and "
                "yourself strength and fortitude.",
            ),
        ),
        "visit": TopicText(
            titles=(
                "The President's working visit to the region of {place}",
                "The President spoke with the inhabitants of border villages in {place}",
            ),
            told=(
                "President Vardges Melikyan paid a working visit to the region of {place} on {day}. He was "
                "accompanied by the governor, and began his visit at a school that had been rebuilt for "
                "{amount} pupils.",
                "In the village the President entered several houses and listened to the farmers, who "
                "complained of hail, of the price of diesel and of the lack of water. {years} families have "
                "returned to the village this year.",
            ),
            spoken=(
                "I did not come to make promises. I came to see with my own eyes what remains of the "
                "promises that were made to you before, and to take your questions back with me to Yerevan.",
            ),
        ),
        "journey": TopicText(
            titles=(
                "The President's official visit to {country} has begun",
                "Negotiations between the Presidents of Armenia and {country} took place",
            ),
            told=(
                "On {day} President Vardges Melikyan arrived in {country} on an official visit at the "
                "invitation of President {guest}. The official welcoming ceremony was followed by a private "
                "conversation and by negotiations of the delegations.",
                "The sides signed {years} documents on agriculture, aviation and the mutual recognition of "
                "diplomas. The President also met with representatives of the Armenian community of "
                "{country}.",
            ),
            spoken=(
                "Armenia and {country} are far less distant from one another than the map suggests. Our "
                "people have found a home here, and they have become good citizens without ceasing to be "
                "Armenians.",
            ),
        ),
        "interview": TopicText(
            titles=(
                "President Vardges Melikyan gave an interview to the public television of {country}",
                "The President answered the questions of journalists",
            ),
            told=(
                "During his working day on {day} President Vardges Melikyan gave an interview to {guest}, a "
                "correspondent of the public television of {country}. The conversation lasted {years} "
                "minutes.",
                "In answer to a question about emigration the President cited the data of the Statistical "
                "Committee: in the last quarter {amount} more people came to the country than left it.",
            ),
            spoken=(
                "What would I ask of journalists? Ask us what we did not say. A president who is only "
                "praised hears nothing, and a nation that hears only praise learns nothing.",
            ),
        ),
    },
    told=(
        "The President then familiarised himself with the works of young engineers, talked with them about "
        "the conditions of their studies and promised to come back within the year. Among the {amount} "
        "projects presented were a device that warns of landslides, a cheap sensor for irrigation and a "
        "programme that reads old handwriting. The best of them will be shown at an international "
        "exhibition, and their authors will receive a presidential scholarship.",
        "The President emphasised that Armenia sees its own development and that of the whole South "
        "Caucasus only in conditions of stability, and that the threat or use of force must be excluded.",
        "{surname} thanked the President for the warm reception and noted that {country} values its "
        "relations with Armenia highly. He invited the President to take part in a forum that brings "
        "together {years} states.",
        "The interlocutors also exchanged views on agriculture, information technologies and the schools, "
        "and agreed that the working group would meet again within {years} weeks.",
        "At the end of the meeting the sides reaffirmed their readiness to deepen the cooperation in all "
        "spheres of mutual interest. Other questions on the bilateral agenda were discussed as well.",
        "Afterwards the guests visited the memorial complex, laid flowers at the eternal fire and left a "
        "note in the book of honour.",
    ),
    spoken=(
        "It is often said that a small state must be silent when the great ones speak. I do not share this "
        "opinion. In the past {years} years we have seen how the voice of those who keep to the rules, pay "
        "their debts and admit their errors has been heard in the largest halls, and how those who only "
        "raised their voices were left alone in an empty room. Armenia wants to belong to the first.",
        "Let me say a few words about our children. Every fourth school in our villages has fewer than "
        "{amount} pupils, and there are villages where one teacher teaches mathematics, history and "
        "singing. These teachers do not ask for medals. They ask for firewood, for books and for a road on "
        "which the bus does not get stuck in February. If we can build them this road together, we shall "
        "have done more than with many conferences.",
        "We know the difficulties as well. The markets are far, the borders are partly closed, and "
        "transport costs us more than others. But our vineyards, our workshops and our programmers have "
        "found buyers from Vilnius to Singapore. I invite the entrepreneurs of {country} to come, to look "
        "at everything without haste and to ask the most unpleasant questions before they sign anything.",
        "I am glad to welcome you in Armenia. Your visit confirms that the relations between Armenia and "
        "{country} have a good past, and it gives me hope that they will have an even better future.",
        "We are a small country, but we have {years} universities, an ancient alphabet and engineers who "
        "are known in Toulouse, in Yerevan and in California. Our wealth sits at the school desk.",
        "Democracy is hard work. It demands patience with those who think otherwise, and honesty towards "
        "those who voted for us, and it cannot be delegated to anybody.",
        "I should like to thank all those who helped {amount} families in the hardest days. We saw who "
        "stood by our side, and we shall not forget it.",
    ),
    host_leads=(
        "Welcoming the guests, the President said:",
        "In his speech President Melikyan noted in particular:",
        "“Dear friends,” the President said, and went on:",
    ),
    guest_leads=(
        "{guest} expressed his gratitude for the reception and noted:",
        "In his turn, {guest} said:",
    ),
    guests=tuple(_guest(*guest) for guest in _GUESTS),
    places=tuple({"place": place} for place in _PLACES),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    day="{d} {month} {y}",
)
