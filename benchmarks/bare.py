"""A bare Scrapy spider with Scrapy's stock settings that only fetches: `python -m benchmarks.bare FILE` (an address a line).

Prints pages per second between the spider's opening and closing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess


class Bare(scrapy.Spider):
    name = "bare"
    addresses: list[str]

    async def start(self) -> AsyncIterator[Any]:
        for address in self.addresses:
            yield scrapy.Request(address)

    def parse(self, response: scrapy.http.Response) -> None:
        self.pages = getattr(self, "pages", 0) + 1


def main() -> None:
    Bare.addresses = Path(sys.argv[1]).read_text(encoding="utf-8").split()
    process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR"})
    crawler = process.create_crawler(Bare)
    times: dict[str, float] = {}
    crawler.signals.connect(
        lambda: times.setdefault("opened", time.perf_counter()), scrapy.signals.spider_opened, weak=False
    )
    crawler.signals.connect(
        lambda: times.setdefault("closed", time.perf_counter()), scrapy.signals.spider_closed, weak=False
    )
    process.crawl(crawler)
    process.start()
    assert crawler.spider is not None and crawler.spider.pages == len(Bare.addresses)  # type: ignore[attr-defined]
    print(len(Bare.addresses) / (times["closed"] - times["opened"]))


if __name__ == "__main__":
    main()
