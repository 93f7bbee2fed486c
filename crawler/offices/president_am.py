"""The President of Armenia: one site in four languages."""

from crawler.office import Expect
from crawler.platforms.armenia import ArmenianGovernment


class PresidentAm(ArmenianGovernment):
    """President of the Republic of Armenia."""

    name = "president_am"
    sections = (
        "press-release", "statements-and-messages", "congratulatory", "condolence", "domestic-visits",
        "foreign-visits", "interviews-and-press-conferences", "notepad", "chronicle", "decrees", "signed-laws",
        "announcements",
    )  # fmt: skip
    listing = "https://www.president.am/{language}/{section}/"
    expect = Expect(rows=(1, 60), body_characters=150, quiet_days=14)
