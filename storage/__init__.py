"""The archive: schema, migrations, releases, search, runs and the outbox tables.

The room above all others stand on: it knows SQLite and nothing of Scrapy, HTTP or mail. `open_archive()` is its door,
`storage.protocol.Archive` names every verb that other rooms may use, `storage.model` the records they exchange.
"""

from storage.archive import open_archive
from storage.errors import ArchiveError
from storage.protocol import Archive

__all__ = ["Archive", "ArchiveError", "open_archive"]
