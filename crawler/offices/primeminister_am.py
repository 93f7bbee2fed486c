"""The Prime Minister of Armenia: the President's sister site, with dates in its lists."""

from crawler.office import Expect
from crawler.platforms.armenia import ArmenianGovernment


class PrimeministerAm(ArmenianGovernment):
    """Prime Minister of the Republic of Armenia."""

    name = "primeminister_am"
    sections = ("press-release", "statements-and-messages", "interviews-and-press-conferences", "foreign-visits")
    listing = "https://www.primeminister.am/{language}/{section}/"
    row, row_date = "ul.search__list > li", "div.search__date"
    row_title = "div.search__text-wrapper strong"
    expect = Expect(rows=(1, 60), body_characters=150, quiet_days=14)
