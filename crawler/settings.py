"""Scrapy settings: polite by default, small components, nothing that a monitor of texts does not need.

On loopback `-s DOWNLOAD_DELAY=0 -s AUTOTHROTTLE_ENABLED=False` removes every delay.
"""

BOT_NAME = "podium"
SPIDER_LOADER_CLASS = "crawler.spider.OfficeLoader"
COMMANDS_MODULE = "crawler.commands"

# Politeness. USER_AGENT gets its contact from schedules.yaml (crawler.spider).
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "podium"
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 5.0
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 5.0
AUTOTHROTTLE_MAX_DELAY = 120.0
COOKIES_ENABLED = False
REFERER_ENABLED = False

# What is taken from a site, and for how long it is waited for.
DOWNLOAD_TIMEOUT = 45
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
RETRY_TIMES = 2
RETRY_PRIORITY_ADJUST = 1  # what failed is tried out before others are begun: a dead site is known soon
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
HTTPERROR_ALLOW_ALL = True
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.robots.RobotsMiddleware": 100,
    "crawler.rendering.BrowserMiddleware": 150,  # last of all on the way back; only for offices read through a browser
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.middlewares.PatientRetryMiddleware": 550,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.middlewares.OfficeRedirectMiddleware": 600,
    # The spider asks only for the office's own addresses, and redirects are checked above.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
EXTENSIONS = {
    "crawler.report.Reporter": 500,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.corestats.CoreStats": None,
    "scrapy.extensions.logcount.LogCount": None,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# One asyncio loop without a Twisted reactor, the same by hand and in the daemon (docs/decisions.md).
TWISTED_REACTOR_ENABLED = False
ASYNCIO_EVENT_LOOP = "uvloop.Loop"
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.OfficeDownloadHandler",
    "https": "crawler.handler.OfficeDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

# The frontier in the archive decides what is asked for again; a hundred tasks a response would only cost time.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
CONCURRENT_ITEMS = 1

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
# The run's row counts what podium tells of a crawl; Scrapy's statistics cost a tenth of fetching a page.
STATS_DUMP = False
DOWNLOADER_STATS = False
LOG_VERSIONS: list[str] = []
FEED_EXPORT_ENCODING = "utf-8"
