"""Mails as a reader sees them: opened in a real browser, light and dark, on a telephone and on a desk.

Every mail goes the whole way, built, parsed by the standard library, its HTML part opened in Chromium; a script in the page
around it measures what is shown.
"""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from alerts.mail import build_mail
from alerts.messages import render
from storage.model import AlertContent, Edition
from storage.outgoing import Content, DigestContent, DigestItem, IncidentContent, TestContent
from tests.alerts.samples import BODY, SENTENCE, explanation, hit

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTHS = {"telephone": 360, "desk": 1200}
MODES: dict[str, Literal[0, 1]] = {"dark": 0, "light": 1}
"""Blink's numbers for the reader's preferred colours."""
READABLE = 4.5
"""The least contrast of text to what is behind it (WCAG 2.2, 1.4.3)."""
AT = "2024-03-20T04:00:00.000Z"
PERSIAN = "رئیس جمهور با دبیرکل ناتو دیدار کرد"

MEASURE = """
const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const rgba = text => { const n = text.match(/[0-9.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const over = (top, share, below) => below.map((value, i) => top[i] * share + value * (1 - share));
function contrast(element, canvas) {
  let opacity = 1, background = canvas, found = false;
  for (let each = element; each; each = each.parentElement) {
    const style = each.ownerDocument.defaultView.getComputedStyle(each), colour = rgba(style.backgroundColor);
    opacity *= Number(style.opacity);
    if (!found && colour[3] > 0) { background = over(colour, colour[3], canvas); found = true; }
  }
  const style = element.ownerDocument.defaultView.getComputedStyle(element);
  const pair = [over(rgba(style.color), opacity, background), background].map(luminance).sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}
function measure(frame) {
  const page = frame.contentDocument, view = frame.contentWindow, probe = page.createElement("i");
  probe.style.background = "Canvas"; page.body.append(probe);
  const canvas = rgba(view.getComputedStyle(probe).backgroundColor).slice(0, 3); probe.remove();
  const faint = [], walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility()) continue;
    const found = contrast(element, canvas);
    if (found < LEAST) faint.push([Math.round(found * 100) / 100, node.textContent.trim()]);
  }
  return {
    name: frame.name, width: view.innerWidth, dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
    canvas, faint, overflow: page.documentElement.scrollWidth - view.innerWidth, text: page.body.innerText,
    heading: view.getComputedStyle(page.querySelector("h1")).direction,
    outside: view.performance.getEntriesByType("resource").map(entry => entry.name),
  };
}
addEventListener("load", () => {
  const measured = [...document.querySelectorAll("iframe")].map(measure);
  document.body.textContent = JSON.stringify(measured);
});
"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here: mails are not opened in a browser")


@pytest.fixture(scope="module")
def contents() -> dict[str, Content]:
    """One of each kind of message, with long words, other scripts and everything that may stand in it."""
    make = partial(
        AlertContent, alert_id=7, topic="nato", query='("NATO" OR НАТО) AND NOT lang:fr AND "partnership programme"~5',
        office="president_am", office_title="President of the Republic of Armenia", timezone="Asia/Yerevan",
        cause="published", occurrence=1, section="press-release", language="en", text_language="en",
        title="The President met with the Secretary General of NATO", body=BODY,
        url="https://www.president.am/en/press-release/item/2024/03/19/NATO/", published_on="2024-03-19",
        raised_at=AT, explanation=explanation(hit("NATO's", SENTENCE)),
        others=(
            Edition("hy", "Նախագահը հանդիպել է ՆԱՏՕ-ի գլխավոր քարտուղարի հետ", "https://www.president.am/hy/"),
            Edition("fa", PERSIAN, "https://www.president.am/fa/"),
        ),
    )  # fmt: skip
    long = "Congratulatory-message-on-the-day-of-the-first-republic" * 4
    persian = make(
        title=PERSIAN, language="fa", text_language="fa", explanation=explanation(hit("ناتو", PERSIAN), clause="ناتو")
    )
    edited = make(cause="edited", previous_title="Another title", previous_body=BODY.replace("May", "June"), late=AT)
    items = tuple(
        DigestItem(str(number), content) for number, content in enumerate((make(), persian, edited, make(topic="eu")))
    )
    return {
        "alert": make(),
        "long": make(title=long, topic=long, url=f"https://www.president.am/{long}", query=long),
        "persian": persian,
        "unreadable": make(readable=False, body="", published_on="", others=()),
        "edited": edited,
        "withdrawn": make(cause="withdrawn", missing_since=AT, answers=("2024-03-20 04:00 UTC: HTTP 410",)),
        "left": make(cause="edited", effect="left", previous_title="Another title", previous_body=BODY, body=long),
        "digest": DigestContent(1, "desk", "daily", "Asia/Yerevan", AT, items),
        "overflow": DigestContent(2, "desk", "overflow", "Asia/Yerevan", AT, items, limit=20, late=AT),
        "incident": IncidentContent(
            3, "opened", "channel disabled", f"channel hook was disabled: {long}", AT, channel="hook",
            advice="When it works again: podium channels enable hook",
        ),
        "redesigned": IncidentContent(
            4, "opened", "redesigned", "president_am: not one of 6 releases could be read", AT, office="president_am",
            advice="The office's selectors need a change.", last_good=AT, late=AT,
            table=(("releases read", "6 of 6", "0 of 6"), (f"https://www.president.am/{long}", "4121 characters", "")),
            pages=(f"https://www.president.am/{long}", "https://www.president.am/en/"), command="podium check president_am",
        ),
        "over": IncidentContent(3, "closed", "walled", "the site is walled", AT, closed_at=AT, office="president_am"),
        "test": TestContent("desk", AT),
    }  # fmt: skip


def page_of(content: Content) -> str:
    """The HTML part of the mail, as a mail program gets it."""
    mail = build_mail(
        render(content, operator="operator@example.org", unsubscribe="https://example.org/stop"),
        sender="podium@example.org", recipient="desk@example.org", uid="u", now=datetime(2024, 3, 19, tzinfo=UTC),
    )  # fmt: skip
    part = message_from_bytes(mail.as_bytes(), policy=policy.default).get_body(("html",))
    assert part is not None
    page: str = part.get_content()
    return page


@pytest.fixture(scope="module", params=list(MODES))
def shown(
    request: pytest.FixtureRequest, contents: dict[str, Content], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[tuple[str, str], dict[str, Any]]]:
    """What the browser shows in one mode: (message, width) → measures."""
    folder = tmp_path_factory.mktemp("browser")
    frames = "".join(
        f'<iframe name="{name} {width}" style="width:{pixels}px;height:900px;border:0" '
        f'srcdoc="{html.escape(page_of(content))}"></iframe>'
        for name, content in contents.items()
        for width, pixels in WIDTHS.items()
    )
    (folder / "page.html").write_text(
        '<!DOCTYPE html><html style="color-scheme:light dark"><meta charset="utf-8"><body>'
        f"{frames}<script>const LEAST = {READABLE};{MEASURE}</script></body></html>",
        encoding="utf-8",
    )
    return request.param, _open(folder, MODES[request.param])


def _open(folder: Path, mode: int) -> dict[tuple[str, str], dict[str, Any]]:
    assert BROWSER is not None
    command = [
        BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run",
        f"--user-data-dir={folder / f'profile-{mode}'}", f"--blink-settings=preferredColorScheme={mode}",
        "--window-size=1300,1000", "--virtual-time-budget=5000", "--dump-dom", (folder / "page.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    body = done.stdout.partition("<body>")[2].partition("</body>")[0]
    assert body.startswith("["), done.stdout[-500:] + done.stderr[-2000:]
    measured = json.loads(html.unescape(body))
    return {tuple(each["name"].split(" ")): each for each in measured}


Shown = tuple[str, dict[tuple[str, str], dict[str, Any]]]


def test_every_mail_is_open_in_the_mode_and_width_that_were_asked_for(
    shown: Shown, contents: dict[str, Content]
) -> None:
    mode, pages = shown
    assert set(pages) == {(name, width) for name in contents for width in WIDTHS}
    for (_, width), page in pages.items():
        assert (page["dark"], page["width"]) == (mode == "dark", WIDTHS[width])
        assert (sum(page["canvas"]) < 150) == (mode == "dark"), "the page itself takes the reader's colours"


def test_every_word_can_be_read(shown: Shown) -> None:
    """Of each text the contrast to its ground, with the colours that the browser took."""
    faint = {name: page["faint"] for name, page in shown[1].items() if page["faint"]}
    assert not faint


def test_nothing_sticks_out_sideways_and_nothing_comes_from_outside(shown: Shown) -> None:
    for name, page in shown[1].items():
        assert page["overflow"] <= 0, f"{name} is {page['overflow']} px too wide"
        assert page["outside"] == []


def test_the_line_for_the_inbox_is_there_and_not_shown(shown: Shown, contents: dict[str, Content]) -> None:
    _, pages = shown
    assert page_of(contents["alert"]).partition("<h1")[0].count(html.escape(SENTENCE).replace("&#x27;", "&#39;")) == 1
    for width in WIDTHS:
        assert pages["alert", width]["text"].count(SENTENCE) == 1
        assert "[nato]" not in pages["alert", width]["text"]


def test_a_reader_sees_what_matched_and_why_and_how_to_stop_it(shown: Shown) -> None:
    text = " ".join(shown[1]["alert", "telephone"]["text"].split())
    for words in (SENTENCE, "Read it in English", "Armenian:", "Why you get this:", "To stop this", "2024-03-20 08:00"):
        assert words in text


def test_what_is_written_from_right_to_left_is_shown_so(shown: Shown) -> None:
    assert shown[1]["persian", "desk"]["heading"] == "rtl"
    assert shown[1]["alert", "desk"]["heading"] == "ltr"


def test_the_measure_finds_what_cannot_be_read(
    tmp_path: Path, contents: dict[str, Content], make_content: Callable[..., AlertContent]
) -> None:
    """A check that cannot fail would be none."""
    page = page_of(make_content()).replace("<h1 ", '<h1 title="grey on white" ').replace(
        "color:inherit;", "color:#bbbbbb;"
    ).replace("max-width:640px", "width:2000px")  # fmt: skip
    (tmp_path / "page.html").write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><body><iframe name="bad telephone" style="width:360px;height:900px" '
        f'srcdoc="{html.escape(page)}"></iframe><script>const LEAST = {READABLE};{MEASURE}</script></body>',
        encoding="utf-8",
    )
    [bad] = _open(tmp_path, MODES["light"]).values()
    assert next(text for _, text in bad["faint"]) == make_content().title and bad["overflow"] > 1000
