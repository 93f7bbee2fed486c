"""What an alert says: subject, text, HTML and payload, and that a site cannot inject anything into them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

from alerts.excerpts import LONGEST, Part, differences, mark, one_line, passages, shorten
from alerts.excerpts import hits as read_hits
from alerts.mail import build_mail
from alerts.messages import payload, payload_bytes, render
from language.evaluate import evaluate
from language.query import parse
from language.words import Words
from storage.model import AlertContent
from tests.alerts.samples import SENTENCE, explanation, hit

MakeContent = Callable[..., AlertContent]


class Tags(HTMLParser):
    """Which elements a page holds, and whether each is closed."""

    VOID = frozenset({"meta", "hr", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_subject_names_topic_title_and_office(make_content: MakeContent) -> None:
    assert render(make_content()).subject == (
        "[nato] The President met with the Secretary General of NATO — President of the Republic of Armenia"
    )


def test_the_sentence_that_matched_stands_with_its_words_marked(make_content: MakeContent) -> None:
    message = render(make_content())
    assert "The sides spoke of *NATO's* partnership with Armenia." in message.text
    marked = message.html.split("<mark")[1].split("</mark>")[0]
    assert marked.endswith(">NATO&#39;s")


def test_it_says_why_it_came_and_how_to_stop_it(make_content: MakeContent) -> None:
    text = render(make_content(), operator="operator@example.org").text
    assert "Topic nato, query: NATO OR НАТО" in text
    assert 'NATO met "NATO\'s" (from nato), the very word' in text
    assert "take your channel out of `tell` of the topic `nato` in topics.yaml" in text
    assert "write to operator@example.org" in text
    assert "write to" not in render(make_content()).text


def test_it_says_who_and_when_in_the_time_of_the_office(make_content: MakeContent) -> None:
    text = render(make_content()).text
    assert "President of the Republic of Armenia · press release · 2024-03-19 · English" in text
    assert "Noticed 2024-03-19 14:05 (Asia/Yerevan)" in text
    assert "without a date" in render(make_content(published_on="")).text


def test_the_other_languages_are_linked_and_the_preferred_one_comes_first(make_content: MakeContent) -> None:
    content = make_content()
    english, russian = content.url, content.others[0].url
    for message, first, second in (
        (render(content), english, russian),
        (render(content, language="ru"), russian, english),
        (render(content, language="hy"), english, russian),
    ):
        assert f": {first}" in message.text
        assert message.text.index(first) < message.text.index(second)
        assert message.html.index(first) < message.html.index(second)


def test_a_text_that_could_not_be_read_is_said_so(make_content: MakeContent) -> None:
    title_only = explanation(hit("NATO", "Meeting with NATO", "title"))
    content = make_content(readable=False, title="Meeting with NATO", body="", explanation=title_only)
    message = render(content)
    assert "could not be read" in message.text and "could not be read" in message.html
    assert "Meeting with *NATO*" in message.text
    assert payload(content)["data"]["release"]["readable"] is False


def test_an_edit_shows_the_old_and_the_new_sentence(make_content: MakeContent) -> None:
    content = make_content(
        cause="edited", previous_title="Another title", previous_body=make_content().body.replace("May", "June")
    )
    text = render(content).text
    assert "was edited" in text and "The title was: Another title" in text
    assert "before: They agreed to meet again in *June.*" in text
    assert "now:    They agreed to meet again in *May.*" in text
    assert "partnership" not in text.split("before:")[1].split("Read it in")[0]
    assert payload(content)["data"]["changes"] == [
        {"before": "They agreed to meet again in June.", "after": "They agreed to meet again in May."}
    ]


def test_every_cause_is_said_in_words_and_has_its_own_type(make_content: MakeContent) -> None:
    causes = ("published", "edited", "withdrawn", "restored")
    assert len({render(make_content(cause=cause)).text.split("\n")[3] for cause in causes}) == 4
    assert [payload(make_content(cause=cause))["type"] for cause in causes] == [f"release.{cause}" for cause in causes]


def test_a_title_can_inject_neither_headers_nor_html(make_content: MakeContent) -> None:
    evil = "NATO\r\nBcc: victim@example.org\n\n<script>alert(1)</script>\u202egpj\u2028\x00 {{ 7*7 }}"
    content = make_content(title=evil, office_title="A\r\nX-Evil: 1", topic="nato\nX: 1")
    message = render(content)
    mail = build_mail(
        message, sender="podium@example.org", recipient="desk@example.org", uid="u", now=datetime.now(UTC)
    )
    parsed = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert parsed["Bcc"] is None and parsed["X-Evil"] is None and parsed["X"] is None
    assert parsed["Subject"].startswith("[nato X: 1] NATO Bcc: victim@example.org <script>alert(1)</script>gpj")
    assert "script" not in Tags(message.html).seen
    assert "{{ 7*7 }}" in message.text
    assert all(c.isprintable() or c == "\n" for c in message.text)


def test_the_sentence_of_a_site_is_escaped_too(make_content: MakeContent) -> None:
    sentence = '<img src="https://evil.example.org/x"> NATO & friends'
    message = render(make_content(explanation=explanation(hit("NATO", sentence))))
    assert "img" not in Tags(message.html).seen
    assert "&lt;img" in message.html and "&amp; friends" in message.html


def test_a_long_title_is_cut_in_the_subject_only(make_content: MakeContent) -> None:
    title = "Congratulatory message " * 30
    message = render(make_content(title=title))
    assert len(message.subject) < 220 and "…" in message.subject
    assert title.strip() in message.text


def test_a_release_without_a_title_still_makes_a_message(make_content: MakeContent) -> None:
    assert "(without a title)" in render(make_content(title=" \n")).subject


def test_the_html_is_tidy_and_needs_nothing_from_outside(make_content: MakeContent) -> None:
    edited = make_content(cause="edited", previous_title="Old", previous_body="Quite another text.")
    for content in (make_content(), edited, make_content(readable=False), make_content(others=())):
        page = render(content, operator="a@b.org").html
        tags = Tags(page)
        assert tags.open == []
        assert not {"img", "link", "script", "style", "iframe"} & set(tags.seen)
        assert 'content="light dark"' in page


def test_text_and_html_say_the_same_words(make_content: MakeContent) -> None:
    message = render(make_content())
    html_words = " ".join("".join(Tags(message.html).words).split())
    for words in ("A new release mentions it.", SENTENCE, "Встреча с генсеком НАТО", "in topics.yaml"):
        assert words in html_words and words in message.text.replace("*", "").replace("\n", " ")


def test_every_alert_is_the_same_bytes_each_time(make_content: MakeContent) -> None:
    body = payload_bytes(make_content())
    assert body == payload_bytes(make_content())
    assert b"\n" not in body and b'": ' not in body
    assert json.loads(body) == payload(make_content())
    assert json.loads(body)["timestamp"] == "2024-03-19T10:05:00+00:00"
    assert payload_bytes(make_content(title="\ud800")).isascii() is False


def test_several_sentences_are_shown_up_to_three_each_once() -> None:
    sentences = [f"NATO stands in sentence {n}." for n in range(5)]
    found = [hit("NATO", sentence) for sentence in sentences + sentences]
    shown = passages(read_hits(explanation(*found)))
    assert [_text(passage) for passage in shown] == sentences[:3]


def test_the_sentence_that_meets_most_of_the_query_comes_first() -> None:
    found = [hit("NATO", "NATO alone."), hit("NATO", "NATO and Iran."), hit("Iran", "NATO and Iran.")]
    assert _text(passages(read_hits(explanation(*found)))[0]) == "NATO and Iran."


def test_a_word_is_marked_wherever_it_stands_but_not_inside_others() -> None:
    assert [part.text for part in mark("NATO, NATOs and NATO.", ["NATO"]) if part.marked] == ["NATO", "NATO"]


def test_a_long_sentence_is_cut_around_what_matched() -> None:
    sentence = "word " * 300 + "NATO " + "more " * 300
    shown = _text(mark(sentence.strip(), ["NATO"]))
    assert "NATO" in shown and len(shown) <= LONGEST + 2
    assert shown.startswith("…") and shown.endswith("…")


def test_armenian_words_are_marked_as_they_stand_in_the_text(make_content: MakeContent) -> None:
    body = "Նախագահն այցելել է Բրյուսել։ Հանդիպե՞լ է ՆԱՏՕ-ի գլխավոր քարտուղարի հետ։"
    met = evaluate(parse("ՆԱՏՕ հանդիպել"), Words.of("Այց", body, "hy"))
    assert met is not None
    text = render(make_content(body=body, language="hy", text_language="hy", explanation=met.to_dict())).text
    assert "*Հանդիպե՞լ* է *ՆԱՏՕ-ի* գլխավոր" in text


def test_only_changed_sentences_are_compared_and_at_most_three() -> None:
    before = " ".join(f"Sentence {n} is old." for n in range(1, 12))
    after = " ".join(f"Sentence {n} is {'new' if n % 2 else 'old'}." for n in range(1, 12))
    found = differences(before, after)
    assert [_text(change.after) for change in found] == [f"Sentence {n} is new." for n in (1, 3, 5)]
    assert [part.text for part in found[0].after if part.marked] == ["new."]


def test_added_and_removed_sentences_have_one_side_only() -> None:
    [added] = differences("One.", "One. Two.")
    [removed] = differences("Մեկ։ Երկու։", "Մեկ։")
    assert (_text(added.before), _text(added.after)) == ("", "Two.")
    assert (_text(removed.before), _text(removed.after)) == ("Երկու։", "")


def test_shortening_ends_at_a_word() -> None:
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one two", 7) == "one two"
    assert len(shorten("x" * 50, 10)) == 10


def test_one_line_keeps_letters_and_loses_everything_unseen() -> None:
    assert one_line(" Ինչո՞ւ\r\n\tНАТО\u200b\u202e\x1b[31m \ud800x") == "Ինչո՞ւ НАТО [31m x"


def _text(passage: tuple[Part, ...] | Any) -> str:
    return "".join(part.text for part in passage)
