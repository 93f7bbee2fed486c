"""What the press office on loopback promises to those who are tested against it."""

import re
import socket
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.replica.client import ROOT, Replica
from tests.replica.load import measure
from tests.replica.stories import SECTION_TOPICS, Stories
from tests.replica.texts import MATERIALS
from tests.replica.wording import WORDS

UNTIL = date(2026, 3, 1)
LIST = "/en/press-release/"


@pytest.fixture(scope="module")
def running() -> Iterator[Replica]:
    with Replica.start(stories=400, until=UNTIL) as office:
        yield office


@pytest.fixture
def office(running: Replica) -> Iterator[Replica]:
    running.behave()
    running.clear_log()
    yield running
    running.behave()


@pytest.fixture
def site(office: Replica) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=office.url, timeout=5, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def truths(running: Replica) -> list[dict[str, Any]]:
    return running.stories()


def read(html: str) -> list[str]:
    """The paragraphs of a release's page, read by the test's own simple means."""
    tree = LexborHTMLParser(html)
    body = tree.css_first(".news-text, .static-content, .news-content")
    assert body is not None
    for node in body.css(".news-gallery, .share-links, .back-to-list"):
        node.decompose()
    inner = body.inner_html or ""
    pieces = re.split(r"</p>|</h2>|<br><br>", inner.replace("\n", " "))
    texts = (unescape(re.sub(r"<[^>]+>", "", piece)) for piece in pieces)
    return [unicodedata.normalize("NFC", " ".join(text.split())) for text in texts if text.strip()]


def is_dated(truth: dict[str, Any]) -> bool:
    """Whether the address says the date."""
    return "/" in str(truth["key"])


def links(html: str, section: str = "press-release") -> list[str]:
    """The keys of a list's links, in their order."""
    hrefs = (node.attributes["href"] or "" for node in LexborHTMLParser(html).css(f"a[href*='/{section}/item/']"))
    return [href.split("/item/")[1].strip("/") for href in hrefs]


# The texts


def test_every_language_has_the_same_plan_of_topics_and_at_least_forty_paragraphs() -> None:
    shapes = set()
    for material in MATERIALS.values():
        topics = {name: (len(t.titles), len(t.told), len(t.spoken)) for name, t in material.topics.items()}
        general = (material.told, material.spoken, material.host_leads, material.guest_leads)
        shapes.add((tuple(topics.items()), *(len(pool) for pool in (*general, material.guests, material.places))))
        assert sum(told + spoken for _, told, spoken in topics.values()) + sum(map(len, general)) >= 40
    assert len(shapes) == 1


def test_the_same_seed_gives_the_same_office_and_another_seed_another() -> None:
    first, again, other = (list(Stories(30, seed, UNTIL).truths()) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_four_hundred_stories_stand_in_four_languages_but_not_all_in_all(
    truths: list[dict[str, Any]],
) -> None:
    stories = Counter(truth["story"] for truth in truths)
    assert len(stories) >= 400
    assert set(stories.values()) >= {1, 2, 3, 4}
    assert {(truth["language"], truth["section"]) for truth in truths} >= {
        (language, section) for language in WORDS for section in SECTION_TOPICS
    }


def test_texts_are_finished_and_no_two_are_the_same(truths: list[dict[str, Any]]) -> None:
    dated = [truth for truth in truths if is_dated(truth)]
    texts = Counter("\n".join(truth["paragraphs"]) for truth in dated)
    assert max(texts.values()) == 1
    assert not [text for text in texts if re.search(r"[{}№]", text)]
    assert {len(truth["paragraphs"]) for truth in dated} == set(range(4, 13))
    assert min(map(len, texts)) > 400
    assert max(map(len, texts)) > 2500


def test_quotations_open_every_paragraph_and_close_once_with_another_mark() -> None:
    stories = Stories(200, 1, UNTIL)
    bodies = [s.editions["en"].paragraphs for s in stories.all if "en" in s.editions]
    assert any(a[0] == b[0] == '"' and a[-1] not in '"”»' and b[-1] == "”" for p in bodies for a, b in pairwise(p))


def test_slugs_repeat_on_different_dates_but_never_on_one(truths: list[dict[str, Any]]) -> None:
    keys = {truth["key"] for truth in truths if is_dated(truth)}
    slugs = Counter(key.rsplit("/", 1)[1] for key in keys)
    assert slugs["Cabinet-meeting"] > 3
    assert slugs["Announcement"] > 3
    assert len(keys) == len({truth["story"] for truth in truths if is_dated(truth)})


# The pages


def test_every_release_reads_back_as_the_truth_says(truths: list[dict[str, Any]], site: httpx.Client) -> None:
    for truth in truths:
        html = site.get(truth["path"]).text
        tree = LexborHTMLParser(html)
        heading = tree.css_first("h1")
        assert heading is not None
        assert heading.text() == truth["title"]
        assert read(html) == truth["paragraphs"]
        dates = tree.css(".article .date-cub, .article .news-date")
        if not is_dated(truth):
            assert not dates
        else:
            day = date.fromisoformat(truth["date"])
            new, old = f"{day:%d} {day:%m, %Y}", f"{day:%d.%m.%Y}"
            assert [node.text() for node in dates] == [old if day.year < 2018 else new]


def test_a_page_weighs_what_a_real_one_does(truths: list[dict[str, Any]], site: httpx.Client) -> None:
    sizes = [len(site.get(truth["path"]).content) for truth in truths[::20]]
    assert 20_000 < sum(sizes) / len(sizes) < 30_000


def test_the_sidebar_has_dates_that_are_nobodys(truths: list[dict[str, Any]], site: httpx.Client) -> None:
    decree = next(truth for truth in truths if truth["section"] == "decrees")
    tree = LexborHTMLParser(site.get(decree["path"]).text)
    assert tree.css(".sidebar .news-date")
    assert not tree.css(".article .news-date")


def test_galleries_and_the_way_back_stand_inside_the_text(truths: list[dict[str, Any]], site: httpx.Client) -> None:
    pages = [site.get(truth["path"]).text for truth in truths if truth["language"] == "en" and is_dated(truth)]
    bodies = [LexborHTMLParser(html).css_first(".news-text, .static-content, .news-content") for html in pages]
    texts = [body.text() for body in bodies if body is not None]
    assert all("← Back to list" in text for text in texts)
    assert any("more 25 photos" in text for text in texts)


def test_decrees_have_bare_numbers_and_armenian_text_under_every_language(
    truths: list[dict[str, Any]],
) -> None:
    decrees = [truth for truth in truths if truth["section"] == "decrees" and truth["language"] == "en"]
    assert len(decrees) == 24
    for decree in decrees:
        assert re.fullmatch(r"/en/decrees/item/\d+/", decree["path"])
        assert (decree["title"], decree["date"], decree["text_language"]) == ("Decrees", None, "hy")


def test_laws_and_announcements_have_headings_of_their_own(truths: list[dict[str, Any]], site: httpx.Client) -> None:
    laws = [truth for truth in truths if truth["section"] == "signed-laws" and truth["language"] == "fr"]
    told = [truth for truth in truths if truth["section"] == "announcements"]
    assert (len(laws), len(told)) == (12, 16)
    assert {truth["text_language"] for truth in laws} == {"hy"} and {truth["title"] for truth in laws} == {"Lois signées"}
    assert {truth["date"] is None for truth in laws} == {True, False}, "most state their date, and some do not"
    assert {(truth["language"], truth["text_language"]) for truth in told} == {
        ("hy", "hy"), ("en", "en"), ("ru", "ru"), ("fr", "hy")
    }  # fmt: skip
    for truth in (*laws, *told):
        heading = LexborHTMLParser(site.get(truth["path"]).text).css_first(".news-text h2, .static-content h2")
        assert heading is not None and heading.text() == truth["own_title"] != truth["title"]
    numbers = [{truth["key"] for truth in truths if truth["section"] == name} for name in ("decrees", "signed-laws")]
    assert numbers[0] & numbers[1], "a number alone names nothing"


def test_a_section_that_never_had_a_story_is_not_there() -> None:
    with Replica.start(stories=10, no_log=True) as office:
        assert httpx.get(office.url + "en/signed-laws/", trust_env=False).status_code == 404
        assert httpx.get(office.url + "en/decrees/", trust_env=False).status_code == 200


def test_a_list_links_each_release_three_times_newest_first(site: httpx.Client) -> None:
    keys = links(site.get(LIST).text)
    assert len(keys) == 60
    assert keys[::3] == keys[1::3] == keys[2::3]
    assert [key[:10] for key in keys] == sorted((key[:10] for key in keys), reverse=True)


def test_rows_have_a_date_without_day_and_a_teaser(site: httpx.Client) -> None:
    tree = LexborHTMLParser(site.get(LIST).text)
    assert all(re.fullmatch(r"\d\d, \d{4}", node.text()) for node in tree.css(".news-list .list-date"))
    teasers = [node.text() for node in tree.css(".news-list .news-teaser")]
    assert len(teasers) == 20
    assert all(teaser.endswith("...") for teaser in teasers)


def test_addresses_occur_with_and_without_www_scheme_and_last_slash(site: httpx.Client) -> None:
    hrefs = re.findall(r'href="([^"]*/press-release/item/[^"]+)"', site.get(LIST).text)
    assert {urlsplit(href)[:2] for href in hrefs} == {
        ("", ""),
        ("https", "www.president.am"),
        ("http", "www.president.am"),
        ("https", "president.am"),
        ("http", "president.am"),
    }
    assert {href.endswith("/") for href in hrefs} == {True, False}


def test_the_listings_together_hold_every_release_once_and_then_end(
    truths: list[dict[str, Any]], site: httpx.Client
) -> None:
    for section in ("press-release", "decrees"):
        seen: list[str] = []
        number = 1
        while (answer := site.get(f"/ru/{section}/page/{number}/")).status_code == 200:
            seen += links(answer.text, section)[::3]
            number += 1
        assert answer.status_code == 404
        published = [
            t["key"] for t in truths if (t["language"], t["section"]) == ("ru", section) and not t["withdrawn"]
        ]
        assert sorted(seen) == sorted(published)
        assert number > 2


def test_the_first_page_is_the_list(site: httpx.Client) -> None:
    assert site.get(LIST + "page/1/").content == site.get(LIST).content


def test_the_rest_of_the_site(site: httpx.Client) -> None:
    assert site.get("/").status_code == 200
    assert "Disallow: /search" in site.get("/robots.txt").text
    missing = site.get("/en/no-such-section/")
    assert missing.status_code == 404
    assert "Page not found" in missing.text
    assert site.post(LIST).status_code == 405


# Validators


def test_unchanged_lists_and_releases_answer_304(truths: list[dict[str, Any]], site: httpx.Client) -> None:
    for path in (LIST, truths[0]["path"]):
        first = site.get(path)
        by_etag = site.get(path, headers={"If-None-Match": first.headers["ETag"]})
        by_date = site.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
        assert (by_etag.status_code, by_etag.content) == (304, b"")
        assert by_date.status_code == 304
        assert site.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        both = {"If-None-Match": '"other"', "If-Modified-Since": first.headers["Last-Modified"]}
        assert site.get(path, headers=both).status_code == 200


def test_head_answers_without_a_body(site: httpx.Client) -> None:
    head, get = site.head(LIST), site.get(LIST)
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(get.content))
    assert head.headers["ETag"] == get.headers["ETag"]


# Publishing, editing, withdrawing


def test_a_published_story_heads_its_lists_and_is_dated_today(office: Replica, site: httpx.Client) -> None:
    before = site.get(LIST)
    published = office.publish(topic="nato", slug="Published-today")
    today = datetime.now(ZoneInfo("Asia/Yerevan")).date()
    assert [truth["language"] for truth in published] == ["hy", "en", "ru", "fr"]
    assert {truth["date"] for truth in published} == {today.isoformat()}
    after = site.get(LIST, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert links(after.text)[0] == f"{today:%Y/%m/%d}/Published-today"
    for truth, word in zip(published, ("ՆԱՏՕ-ի", "NATO", "НАТО", "OTAN"), strict=True):
        html = site.get(truth["path"]).text
        assert read(html) == truth["paragraphs"]
        assert word in html


def test_own_texts_are_published_and_languages_join_later(office: Replica, site: httpx.Client) -> None:
    common = {"section": "condolence", "date": "2026-02-03", "slug": "Own-text"}
    [truth] = office.publish(**common, titles={"en": "A & B"}, paragraphs={"en": ["One <two>.", "Three."]})
    assert read(site.get(truth["path"]).text) == ["One <two>.", "Three."]
    both = office.publish(**common, languages=["fr"], topic="condolence")
    assert [truth["language"] for truth in both] == ["en", "fr"]
    assert {truth["story"] for truth in both} == {truth["story"]}
    with pytest.raises(ValueError, match="published already"):
        office.publish(**common, languages=["fr"])


def test_a_back_dated_story_does_not_head_the_list(office: Replica, site: httpx.Client) -> None:
    [truth] = office.publish(date="2020-02-03", slug="Late", languages=["en"], topic="energy")
    assert truth["key"] not in links(site.get(LIST).text)
    assert site.get(truth["path"]).status_code == 200


def test_an_edit_changes_the_text_the_validators_and_nothing_else(office: Replica, site: httpx.Client) -> None:
    english, french = office.publish(slug="To-be-edited", languages=["en", "fr"], topic="peace")
    before = {truth["language"]: site.get(truth["path"]) for truth in (english, french)}
    edited = office.edit(english["url"], change="mention", topic="nato")
    after = site.get(english["path"], headers={"If-Modified-Since": before["en"].headers["Last-Modified"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before["en"].headers["ETag"]
    assert read(after.text) == edited["paragraphs"] == [*english["paragraphs"], edited["paragraphs"][-1]]
    assert "NATO" in edited["paragraphs"][-1]
    assert edited["version"] == 2
    assert site.get(french["path"]).headers["ETag"] == before["fr"].headers["ETag"]


def test_an_edited_title_reaches_the_list(office: Replica, site: httpx.Client) -> None:
    [truth] = office.publish(slug="Retitled", languages=["en"])
    site.get(LIST)
    office.edit(truth["url"], title="Quite another title")
    assert "Quite another title" in site.get(LIST).text
    office.edit(truth["path"], old="Quite another", new="A third")
    assert "A third title" in site.get(truth["path"]).text


def test_furniture_changes_without_the_text(office: Replica, site: httpx.Client) -> None:
    [truth] = office.publish(slug="Furnished", languages=["en"])
    before = site.get(truth["path"])
    assert office.edit(truth["url"], change="furniture")["version"] == 1
    after = site.get(truth["path"])
    assert after.headers["ETag"] != before.headers["ETag"]
    assert read(after.text) == read(before.text)


def test_withdrawn_releases_are_gone_until_restored(office: Replica, site: httpx.Client) -> None:
    english, french = office.publish(slug="Withdrawn", languages=["en", "fr"])
    office.withdraw(english["url"])
    assert site.get(english["path"]).status_code == 404
    assert site.get(french["path"]).status_code == 200
    assert english["key"] not in links(site.get(LIST).text)
    assert [truth["withdrawn"] for truth in office.stories(url=english["url"])] == [True]
    office.restore(english["url"], all_languages=True)
    assert site.get(english["path"]).status_code == 200
    assert english["key"] in links(site.get(LIST).text)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"section": "weather"}, "sections: press-release"),
        ({"languages": ["de"]}, "languages: hy, en, ru, fr"),
        ({"topic": "football"}, "topics: nato"),
        ({"date": "yesterday"}, "isoformat"),
        ({"slug": "a/b"}, "letters, digits"),
    ],
)
def test_what_cannot_be_published_is_refused_with_a_sentence(
    office: Replica, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        office.publish(**arguments)


# Misbehaving


def test_a_fault_meets_the_path_and_as_often_as_told(office: Replica, site: httpx.Client) -> None:
    office.misbehave("500", path=f"^{LIST}$", times=2)
    assert [site.get(LIST).status_code for _ in range(3)] == [500, 500, 200]
    assert site.get("/fr/press-release/").status_code == 200


def test_faults_spare_robots_txt_and_end_on_request(office: Replica, site: httpx.Client) -> None:
    office.misbehave("gone")
    assert site.get("/robots.txt").status_code == 200
    assert site.get(LIST).status_code == 404
    office.behave()
    assert site.get(LIST).status_code == 200


def test_429_says_when_to_come_again(office: Replica, site: httpx.Client) -> None:
    office.misbehave("429", retry_after=7)
    answer = site.get(LIST)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_cut_body_is_shorter_than_it_says(office: Replica, site: httpx.Client) -> None:
    office.misbehave("cut", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        site.get(LIST)
    assert site.get(LIST).status_code == 200


def test_a_hung_request_is_taken_and_never_answered(office: Replica, site: httpx.Client) -> None:
    office.misbehave("hang", times=1)
    with pytest.raises(httpx.ReadTimeout):
        site.get(LIST, timeout=0.2)
    assert [(entry["status"], entry["fault"]) for entry in office.log()] == [(0, "hang")]
    assert site.get(LIST).status_code == 200


def test_a_slow_answer_is_right_but_late(office: Replica, site: httpx.Client) -> None:
    office.misbehave("slow", delay=0.15, times=1)
    answer = site.get(LIST)
    assert answer.status_code == 200
    assert answer.elapsed >= timedelta(seconds=0.15)


def test_a_wall_is_http_200_and_never_the_same_twice(office: Replica, site: httpx.Client) -> None:
    office.misbehave("wall")
    first, second = site.get(LIST), site.get(LIST)
    assert first.status_code == 200
    assert "<title>Radware Captcha Page</title>" in first.text
    assert "captcha.perfdrive.com" in first.text
    assert 13_000 < len(first.content) < 17_000
    assert first.content != second.content


def test_a_redirect_leads_to_a_wall_on_another_port(office: Replica, site: httpx.Client) -> None:
    office.misbehave("wall-redirect")
    answer = site.get(LIST)
    assert answer.status_code == 302
    target = httpx.URL(answer.headers["Location"])
    assert target.port not in (httpx.URL(office.url).port, httpx.URL(office.control_url).port)
    assert "Radware Captcha Page" in httpx.get(target, trust_env=False).text


@pytest.mark.parametrize("kind", ["soft404", "login"])
def test_a_page_that_is_no_release_comes_at_http_200(
    kind: str, office: Replica, site: httpx.Client, truths: list[dict[str, Any]]
) -> None:
    office.misbehave(kind)
    answer = site.get(truths[0]["path"])
    assert answer.status_code == 200
    assert not LexborHTMLParser(answer.text).css("h1, .news-text, .static-content, .news-content")


def test_an_empty_listing_keeps_its_frame(office: Replica, site: httpx.Client) -> None:
    office.misbehave("empty")
    answer = site.get(LIST)
    assert answer.status_code == 200
    assert links(answer.text) == []
    assert LexborHTMLParser(answer.text).css_first("ul.news-list") is not None


def test_one_release_can_stand_under_every_address(
    office: Replica, site: httpx.Client, truths: list[dict[str, Any]]
) -> None:
    office.misbehave("same")
    assert len({site.get(truth["path"]).content for truth in truths[:5]}) == 1


def test_a_redesign_has_no_landmark_left(office: Replica, site: httpx.Client, truths: list[dict[str, Any]]) -> None:
    office.misbehave("redesign")
    html = site.get(truths[0]["path"]).text
    assert not LexborHTMLParser(html).css("h1, .date-cub, .news-date, .news-text, .static-content, .news-content")
    assert truths[0]["paragraphs"][-1].split()[-1] in html
    assert len(links(site.get(LIST).text)) == 60
    office.behave()
    office.misbehave("redesign", rows=True)
    assert links(site.get(LIST).text) == []


def test_a_wrong_charset_in_the_header_or_in_the_bytes(office: Replica, site: httpx.Client) -> None:
    good = site.get("/ru/press-release/").content
    office.misbehave("charset", times=1)
    header = site.get("/ru/press-release/")
    assert header.headers["Content-Type"] == "text/html; charset=iso-8859-1"
    assert header.content == good
    office.misbehave("charset", charset="windows-1251", encode=True)
    wrong = site.get("/ru/press-release/")
    assert wrong.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Пресс-релизы".encode("cp1251") in wrong.content
    with pytest.raises(UnicodeDecodeError):
        wrong.content.decode()


def test_an_unknown_misbehaviour_is_refused(office: Replica) -> None:
    with pytest.raises(ValueError, match="there are: 429, cut"):
        office.misbehave("sulk")
    with pytest.raises(ValueError, match="no regular expression"):
        office.misbehave("gone", path="(")


# The process


def test_the_log_says_who_asked_for_what_and_how(office: Replica, site: httpx.Client) -> None:
    etag = site.get(LIST).headers["ETag"]
    site.get(LIST, headers={"If-None-Match": etag, "User-Agent": "podium-test"})
    site.get("/en/nothing/?q=1")
    first, second, third = office.log()
    assert (first["method"], first["path"], first["status"], first["if_none_match"]) == ("GET", LIST, 200, "")
    assert (second["status"], second["if_none_match"], second["user_agent"]) == (304, etag, "podium-test")
    assert (third["path"], third["status"], third["host"]) == (
        "/en/nothing/?q=1",
        404,
        httpx.URL(office.url).netloc.decode(),
    )
    assert first["number"] < second["number"] < third["number"]
    office.clear_log()
    assert office.log() == []


def test_the_process_ends_when_told_and_frees_its_port() -> None:
    with Replica.start(stories=10, no_log=True) as office:
        httpx.get(office.url, trust_env=False)
        assert office.log() == []
        port = httpx.URL(office.url).port
        assert port is not None
    assert office.process.returncode == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_process_ends_when_its_standard_input_closes() -> None:
    command = [sys.executable, "-m", "tests.replica", "--stories", "10", "--until-stdin-closes"]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith(b"replica http://127.0.0.1:")


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match="the replica cannot start"):
            Replica.start(stories=1, port=port)


def test_a_small_office_has_no_empty_dated_list() -> None:
    stories = Stories(10, 1, UNTIL)
    assert all(stories.rows("fr", section) for section in SECTION_TOPICS)


def test_the_load_client_measures_pages_and_nothing_else(running: Replica) -> None:
    assert measure(running.url, running.paths()[:50], seconds=0.3) > 100
    with pytest.raises(RuntimeError, match=r"not a page: HTTP/1\.1 404"):
        measure(running.url, ["/nothing/"], seconds=0.3)
