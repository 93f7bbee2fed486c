"""Reading is pure: what a page states comes out exactly, what is no release is refused with a reason."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crawler.office import Office
from crawler.offices import find_office
from crawler.reading import Unreadable, read_listing, read_release
from storage.model import ListSpec, Page, Release

AM: Office = find_office("president_am")
URL = "https://www.president.am/en/press-release/item/2024/03/19/President-NATO/"
TITLE = "A meeting between the President and the Secretary-General took place at the Presidential Residence"
PARAGRAPHS = [
    "The President received the Secretary-General at the Residence.",
    "Welcoming the guests, the President said:",
    '"I am glad to greet you in Armenia. Your visit confirms how much our cooperation matters.',
    '"Armenia has worked with the Alliance for 30 years.',
    '"Thank you once again for your visit.”',
    "The Secretary-General noted:",
    '"As you mentioned, we go back 30 years.\nWe are grateful for what Armenia has done.”',
    "The sides spoke of Armenia's «sincere wish» for peace — with all its neighbours.",
]


def page(body: str | bytes, url: str = URL, status: int = 200, **headers: str) -> Page:
    content = body if isinstance(body, bytes) else body.encode()
    names = {"content-type": "text/html; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return Page(url, status, names, content, datetime(2026, 1, 1, tzinfo=UTC))


def release_page(
    title: str = TITLE, date_html: str = '<div class="date-cub"><span>19</span><p>03, 2024</p></div>', extra: str = ""
) -> str:
    text = "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>\n" for paragraph in PARAGRAPHS)
    return (
        "<html><head><title>President</title></head><body><nav><a href='/en/'>Home</a></nav>"
        f"<div class='article'>{date_html}<h1>{title}</h1>"
        f"<div class='news-text'>{text}<div class='news-gallery'><img src='1.jpg'>more 25 photos</div>"
        f"<p>more 25 photos</p>{extra}<p><a href='/en/press-release/'>← Back to list</a></p></div></div>"
        "<div class='sidebar'><div class='news-date'>05.01.2015</div><a href='/en/notepad/'>Notepad</a></div>"
        "</body></html>"
    )


def read(body: str | bytes, url: str = URL, **headers: str) -> Release:
    return read_release(page(body, url, **headers), AM, section="press-release", language="en")


def test_a_release_comes_out_whole_with_the_date_of_its_address() -> None:
    release = read(release_page())
    assert release.published_on == date(2024, 3, 19)
    assert release.title == TITLE
    assert release.body == "\n\n".join(PARAGRAPHS)
    assert (release.language, release.text_language, release.section) == ("en", "en", "press-release")
    assert (release.key, release.story_key) == ("2024/03/19/President-NATO", "2024/03/19/President-NATO")
    assert release.remarks == ()


def test_a_date_line_that_lost_its_day_never_becomes_a_day() -> None:
    number = "https://www.president.am/en/announcements/item/12/"
    release = read(release_page(date_html='<div class="date-cub">03, 2024</div>'), number)
    assert release.published_on is None
    assert "not understood" in release.remarks[0]


@pytest.mark.parametrize(
    "markup", ['<div class="date-cub"><b>18</b><i>03, 2024</i></div>', '<div class="news-date">18.03.2024</div>']
)
def test_the_address_wins_over_the_page_and_the_disagreement_is_kept(markup: str) -> None:
    release = read(release_page(date_html=markup))
    assert release.published_on == date(2024, 3, 19)
    assert release.remarks == ("date in the address 2024-03-19, in the page 2024-03-18",)


def test_a_date_in_the_sidebar_is_another_releases() -> None:
    release = read(release_page(date_html=""), "https://www.president.am/en/announcements/item/12/")
    assert release.published_on is None and release.remarks == ()


def test_the_same_address_however_written_is_one_release() -> None:
    for url in (URL[:-1], URL.replace("https://www.", "http://"), URL + "?utm=1#top"):
        located = AM.locate(url)
        assert located is not None and (located.url, located.key) == (URL, "2024/03/19/President-NATO")
    assert AM.locate("https://elsewhere.am/en/press-release/item/2024/03/19/X/") is None
    assert AM.locate(URL.replace("2024/03/19", "2024/13/45")) is None, "no such day"


def test_a_short_or_undated_release_is_still_one() -> None:
    release = read("<h1>Note</h1><div class='news-text'><p>Short.</p></div>")
    assert release.thin and release.body == "Short."


def test_a_wrong_charset_in_the_header_does_not_count() -> None:
    text = "<h1>Նախագահը</h1><div class='news-text'><p>ՆԱՏՕ-ի հետ համագործակցությունը</p></div>"
    assert read(text, content_type="text/html; charset=iso-8859-1").title == "Նախագահը"
    russian = "<meta charset='windows-1251'><h1>Президент</h1><div class='news-text'><p>Встреча</p></div>"
    assert read(russian.encode("windows-1251"), content_type="text/html").title == "Президент"


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (
            "<title>Radware Captcha Page</title><script src='https://captcha.perfdrive.com/x.js'></script>",
            "wall",
            "Radware",
        ),
        ("<title>Just a moment...</title>", "wall", "Cloudflare"),
        ("<form><input type='password'></form>", "foreign", "a login page"),
        ("<h1>Site under maintenance</h1>", "foreign", "a maintenance page"),
        ("<h1>Page not found</h1><p>Try the home page.</p>", "foreign", "no container"),
        ("<div class='news-text'>A text without heading.</div>", "foreign", "no heading"),
        ("", "foreign", "an empty page"),
    ],
)
def test_what_lacks_its_landmarks_is_no_release(body: str, kind: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        read(body)
    assert caught.value.kind == kind


def test_statuses_and_redirects_away_are_no_release() -> None:
    for status, kind in ((404, "gone"), (410, "gone"), (500, "status"), (403, "status")):
        with pytest.raises(Unreadable) as caught:
            read_release(page(release_page(), status=status), AM, section="press-release", language="en")
        assert caught.value.kind == kind
    away = Page(URL, 302, {}, b"", datetime(2026, 1, 1, tzinfo=UTC), "https://validate.perfdrive.com/?x")
    with pytest.raises(Unreadable, match="wall of Radware"):
        read_release(away, AM, section="press-release", language="en")


def test_nesting_however_deep_is_read() -> None:
    deep = "<div>" * 5_000 + "deep" + "</div>" * 5_000
    assert "A text" in read(f"<h1>T</h1><div class='news-text'><p>A text</p>{deep}</div>").body


def test_control_characters_and_soft_hyphens_are_gone() -> None:
    release = read("<h1>A\u00adb\x07c</h1><div class='news-text'><p>one\u200btwo\x00</p></div>")
    assert (release.title, release.body) == ("Abc", "onetwo")


def test_a_decree_takes_its_title_from_its_text() -> None:
    text = "<h1>Decrees</h1><div class='news-text'><p>Նախագահի հրամանագիրը</p><p>Նշանակել դեսպան։</p></div>"
    release = read(text, "https://www.president.am/en/decrees/item/77/")
    assert (release.title, release.key, release.text_language) == ("Նախագահի հրամանագիրը", "decrees/77", "hy")


def test_a_listing_is_read_whole_each_release_once() -> None:
    spec = ListSpec("president_am", "press-release", "en", "https://www.president.am/en/press-release/")
    item = "/en/press-release/item/2024/03/{}/Visit/"
    body = "".join(
        f"<li><a href='{item.format(day)}'><img></a><a href='https://president.am{item.format(day)[:-1]}'>Visit {day}</a>"
        f"<a href='{item.format(day)}#more'>more</a></li>"
        for day in (19, 18, 17)
    )
    strangers = (
        "<a href='/ru/press-release/item/2024/03/19/Visit/'>ru</a><a href='/en/notepad/item/2024/03/19/N/'>other</a>"
        "<a href='https://evil.example/en/press-release/item/2024/03/19/X/'>x</a><a href='http://['>broken</a>"
    )
    rows = read_listing(page(f"<ul>{body}</ul>{strangers}", spec.url), AM, spec)
    assert [(row.title, row.key) for row in rows] == [(f"Visit {day}", f"2024/03/{day}/Visit") for day in (19, 18, 17)]
    assert rows[0].published_on == date(2024, 3, 19)


def test_a_malformed_base_address_is_as_if_there_were_none() -> None:
    listing = '<base href="http://["><a href="/en/press-release/item/2024/03/19/One/">One</a>'
    spec = ListSpec("president_am", "press-release", "en", "https://www.president.am/en/press-release/")
    assert [row.title for row in read_listing(page(listing, spec.url), AM, spec)] == ["One"]


def test_the_end_of_a_release_goes_though_it_is_only_a_line_of_its_last_paragraph() -> None:
    release = read(release_page(extra="<p>The end.<br>← Back to list</p>"))
    assert release.body.endswith("\n\nThe end.")


def test_an_empty_first_heading_is_passed_over() -> None:
    assert read(release_page().replace("<h1>", "<h1> </h1><h1>")).title == TITLE


def test_the_pages_own_word_is_heard_where_the_server_declares_a_western_charset_by_default() -> None:
    text = "<meta charset=windows-1251>" + release_page(title="Президент принял посла")
    release = read(text.encode("cp1251", "ignore"), content_type="text/html; charset=iso-8859-1")
    assert release.title == "Президент принял посла"


def test_one_character_cut_in_two_spoils_no_page_of_utf_8() -> None:
    broken = release_page(title="Նախագահը").encode().replace(b"Welcoming", b"Welcoming\xd5")
    release = read(broken, content_type="text/html; charset=iso-8859-1")
    assert release.title == "Նախագահը"


def test_the_release_the_project_started_from_comes_out_whole() -> None:
    folder = os.environ.get("PODIUM_REAL_PAGES")
    found = sorted((Path(folder).parent / "seed").glob("*.txt")) if folder else []
    if not found:
        pytest.skip("$PODIUM_REAL_PAGES names no folder with a `seed` folder beside it")
    date_line, title, *paragraphs = found[0].read_text(encoding="utf-8").strip().split("\n\n")
    assert date_line == "03, 2024" and paragraphs[-1] == "← Back to list"
    text = "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
    head = f"<div class=date-cub><p>{date_line}</p></div><h1>{title}</h1>"
    made = f"<div class=article>{head}<div class=news-text>{text}</div></div>"
    release = read(made)
    assert (release.title, release.published_on) == (title, date(2024, 3, 19))
    wanted = ["\n".join(" ".join(line.split()) for line in paragraph.split("\n")) for paragraph in paragraphs[:-1]]
    assert release.body.split("\n\n") == wanted
