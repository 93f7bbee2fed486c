"""schedules.yaml and topics.yaml: what they accept, and that every mistake is one sentence with its line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from alerts.config import (
    EmailChannelSpec,
    OfficeFacts,
    Settings,
    WebhookChannelSpec,
    all_channels,
    demand_operator,
    folder,
    load_settings,
    told_of,
)
from alerts.topics import check_sentences, load_topics
from alerts.values import crontab_trigger, mail_address, parse_active, parse_duration
from alerts.yamlfile import ConfigError, Secret

PROJECT = Path(__file__).parents[2]
KNOWN = {"president_am": OfficeFacts(("press-release", "decrees"), ("hy", "en", "ru"), "Asia/Yerevan")}
SMTP = "smtp: {host: mail.example.org, sender: podium@example.org}\n"


def settings_of(tmp_path: Path, text: str, known: dict[str, OfficeFacts] | None = None) -> Settings:
    (tmp_path / "schedules.yaml").write_text(text, encoding="utf-8")
    return load_settings(tmp_path, known)


def problems_of(tmp_path: Path, text: str, known: dict[str, OfficeFacts] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, text, known)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return list(caught.value.problems)


def topic_problems(tmp_path: Path, text: str, settings: Settings | None = None) -> list[str]:
    (tmp_path / "topics.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_topics(tmp_path, settings or Settings())
    return list(caught.value.problems)


def test_the_shipped_files_need_no_secret_and_have_no_outside_channel() -> None:
    settings = load_settings(PROJECT)
    topics = load_topics(PROJECT, settings)
    assert settings.channels == {} and settings.smtp is None and settings.operator is None
    assert settings.offices["president_am"].every == timedelta(minutes=10)
    assert len(topics) >= 8 and all(topic.tell == () for topic in topics.values())


def test_the_shipped_topics_match_their_sentences_in_four_languages() -> None:
    topics = load_topics(PROJECT, load_settings(PROJECT))
    assert check_sentences(topics) == []
    for topic in topics.values():
        for sentences in (topic.must_match, topic.must_not_match):
            assert {sentence.language for sentence in sentences} == {"hy", "ru", "en", "fr"}, topic.name


def test_the_commented_examples_of_the_shipped_schedule_are_valid(tmp_path: Path) -> None:
    text = (PROJECT / "schedules.yaml").read_text(encoding="utf-8")
    uncommented = re.sub(r"(?m)^( *)# ( *(?!cron)[a-z_]+:)", r"\1\2", text)
    settings = settings_of(tmp_path, uncommented)
    assert settings.smtp is not None and settings.operator == "you@example.org"
    assert set(settings.channels) == {"desk", "team", "newsroom", "here"}
    assert settings.tell_operator == ("team",) and settings.channels["desk"].quiet is not None
    office = settings.offices["president_am"]
    assert office.active is not None and office.delay == 10 and office.base_url == "http://127.0.0.1:8000"


def test_everything_wrong_is_listed_at_once_each_with_its_line(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        "operator: nobody\n"
        "chanels: {}\n"
        "offices:\n"
        "  president_am:\n"
        "    evry: 10m\n"
        "    cron: 0 8 * * *\n"
        "    timezone: Asia/Yerewan\n"
        "    delay: 0.2\n",
    )
    assert found == [
        "schedules.yaml:1: operator: 'nobody' is no e-mail address; write name@example.org",
        "schedules.yaml:2: chanels: unknown key; did you mean `channels`?",
        "schedules.yaml:5: offices.president_am.evry: unknown key; did you mean `every`?",
        "schedules.yaml:7: offices.president_am.timezone: unknown time zone 'Asia/Yerewan'; "
        "did you mean `Asia/Yerevan`?",
        "schedules.yaml:8: offices.president_am.delay: 0.2 is not possible; write at least 1",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("offices: [\n", "this is no YAML"),
        ("operator: a@b.org\noperator: c@d.org\n", "schedules.yaml:2: the key `operator` is there twice"),
        ("offices:\n\tx: 1\n", "schedules.yaml:2: this is no YAML: a tab stands where spaces must"),
        ("operator: a: b\n", "schedules.yaml:1: this is no YAML: a second colon"),
        ("offices: " + "{a: " * 50 + "1" + "}" * 50 + "\n", "nested more than 40 deep"),
        ("operator: !!python/name:os.system x\n", "the tag"),
        ("- a\n", "is empty or no block of keys"),
        ("offices: {president_am: }\n", "is empty or no block of keys"),
        ("offices: {president_am: {every: 10}}\n", "10 has no unit; write 10m, 10h or 10d"),
        ("offices: {president_am: {every: 10m, cron: 0 8 * * *}}\n", "both `every` and `cron`"),
        ("offices: {president_am: {listings: 3}}\n", "says not when to read"),
        ("offices: {president_am: {cron: 0 8 1 * 1}}\n", "limits both day and weekday"),
        ("offices: {president_am: {cron: 61 8 * * *}}\n", "no cron time"),
        ("offices: {president_am: {every: 10m, active: 7-23}}\n", "write 07:00-23:00"),
        ("offices: {president_am: {every: 10m, sections: []}}\n", "empty list"),
        ("offices: {president_am: {every: 10m, languages: en}}\n", "is no list; write [en]"),
        ("offices: {president_am: {every: 10m, base_url: 'http://a/b'}}\n", "scheme and host only"),
        ("offices: {president_am: {every: 10m, sweep: {every: 0d}}}\n", "no time at all"),
        ("channels: {x: {slack: y}}\n", "channels.x: is no channel; write `email: name@example.org`"),
        ("channels: {x: {email: a@b.org, webhook: 'https://c.org'}}\n", "channels.x: is no channel"),
        ("channels: {x: {webhook: 'https://c.org'}}\n", "channels.x.secret: missing; add `secret:` here"),
        ("channels: {x: {webhook: 'http://c.org', secret: env:S}}\n", "plain http"),
        ("channels: {x: {webhook: 'https://u:p@c.org', secret: env:S}}\n", "use the secret instead"),
        ("channels: {x: {email: a@b.org}}\n", "schedules.yaml:1: channels.x: mail needs a server"),
        (SMTP + "channels: {x: {email: a@b.org, langage: ru}}\n", "did you mean `language`?"),
        ("smtp: {host: m, sender: a@b.org, security: ssl}\n", "write 'starttls', 'tls' or 'none'"),
        ("smtp: {host: m, sender: a@b.org, user: u}\n", "`user` and `password` go together"),
        ("smtp: {host: m, sender: \"a@b.org\\nBcc: c@d.org\"}\n", "smtp.sender"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_and_remedy(tmp_path: Path, text: str, expected: str) -> None:
    found = problems_of(tmp_path, text)
    assert len(found) == 1, found
    assert expected in found[0]
    assert found[0].startswith("schedules.yaml:")


def test_a_missing_an_unreadable_and_a_misencoded_file_are_a_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"schedules\.yaml does not exist; create it, or set PODIUM_CONFIG"):
        load_settings(tmp_path)
    (tmp_path / "schedules.yaml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)
    (tmp_path / "schedules.yaml").rmdir()
    (tmp_path / "schedules.yaml").write_bytes("# a\n# Отдел\n".encode("cp1251"))
    with pytest.raises(ConfigError, match=r"schedules\.yaml:2: the file is not UTF-8"):
        load_settings(tmp_path)


def test_an_empty_file_is_an_empty_configuration(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "# nothing yet\n") == Settings()


def test_unknown_offices_sections_and_languages_are_errors_with_the_known_names(tmp_path: Path) -> None:
    text = (
        "offices:\n"
        "  presidant_am: {every: 10m}\n"
        "  president_am:\n"
        "    every: 10m\n"
        "    sections: [decrees,\n"
        "      press-relase]\n"
        "    languages: [de]\n"
    )
    assert problems_of(tmp_path, text, KNOWN) == [
        "schedules.yaml:2: offices.presidant_am: unknown office; did you mean `president_am`?",
        "schedules.yaml:6: offices.president_am.sections.1: president_am has no section 'press-relase'; "
        "did you mean `press-release`?",
        "schedules.yaml:7: offices.president_am.languages.0: president_am has no language 'de'; known: hy, en, ru",
    ]


def test_channels_are_told_apart_by_their_key(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        SMTP + "channels:\n"
        "  desk: {email: desk@example.org, language: ru}\n"
        "  hook: {webhook: 'https://example.org/x', secret: env:HOOK}\n",
    )
    assert isinstance(settings.channels["desk"], EmailChannelSpec)
    assert isinstance(settings.channels["hook"], WebhookChannelSpec)
    assert not settings.channels["hook"].allow_private


def test_off_leaves_out_rechecks_and_sweeps(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        "offices:\n  a: {every: 10m, recheck: off, sweep: false}\n  b: {every: 10m, recheck: {for: 3d}}\n",
    )
    assert settings.offices["a"].recheck is None and settings.offices["a"].sweep is None
    recheck, sweep = settings.offices["b"].recheck, settings.offices["b"].sweep
    assert recheck is not None and (recheck.span, recheck.every) == (timedelta(days=3), timedelta(hours=6))
    assert sweep is not None and (sweep.every, sweep.listings) == (timedelta(days=7), 20)


def test_implicit_tls_has_its_own_usual_port(tmp_path: Path) -> None:
    tls = settings_of(tmp_path, "smtp: {host: m, sender: a@b.org, security: tls}\n").smtp
    starttls = settings_of(tmp_path, "smtp: {host: m, sender: a@b.org}\n").smtp
    assert tls is not None and tls.port == 465
    assert starttls is not None and (starttls.port, starttls.security) == (587, "starttls")


def test_a_secret_written_out_is_refused_without_being_repeated(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, "channels: {x: {webhook: 'https://c.org', secret: whsec_hunter2}}\n")
    assert "write env:NAME or file:PATH" in problem and "hunter2" not in problem


def test_a_secret_is_read_on_demand_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hook.secret").write_text("hunter2\n", encoding="utf-8")
    monkeypatch.setenv("PODIUM_TEST_SECRET", "hunter3")
    settings = settings_of(
        tmp_path,
        "channels:\n"
        "  a: {webhook: 'https://c.org', secret: file:hook.secret}\n"
        "  b: {webhook: 'https://c.org', secret: env:PODIUM_TEST_SECRET}\n"
        "  c:\n    webhook: https://c.org\n    secret: env:PODIUM_TEST_MISSING\n",
    )
    secrets = [spec.secret for spec in settings.channels.values() if isinstance(spec, WebhookChannelSpec)]
    assert [secret.value() for secret in secrets[:2]] == ["hunter2", "hunter3"]
    assert "hunter" not in repr(settings) + str(settings) + str(settings.model_dump())
    with pytest.raises(ConfigError, match=r"schedules\.yaml:6: the environment variable PODIUM_TEST_MISSING"):
        secrets[2].value()
    with pytest.raises(ConfigError, match="cannot be read"):
        Secret("file:nowhere", base=tmp_path).value()


def test_the_folder_is_podium_config_else_the_project_else_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    monkeypatch.delenv("PODIUM_CONFIG", raising=False)
    assert folder() == inner
    (tmp_path / "scrapy.cfg").touch()
    assert folder() == tmp_path
    monkeypatch.setenv("PODIUM_CONFIG", str(inner))
    assert folder() == inner
    monkeypatch.setenv("PODIUM_CONFIG", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match=r"PODIUM_CONFIG is .*nowhere, which is no folder"):
        folder()


def test_watching_demands_an_operator_who_can_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="add `operator: "):
        demand_operator(Settings(), tmp_path)
    with pytest.raises(ConfigError, match="add `smtp:`"):
        demand_operator(settings_of(tmp_path, "operator: a@b.org\n"), tmp_path)
    assert demand_operator(settings_of(tmp_path, "operator: a@b.org\n" + SMTP), tmp_path) == "a@b.org"


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("6h", 21600), ("14d", 1209600), ("1h30m", 5400), ("1 h", 3600)]
)  # fmt: skip
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "0m", "10 minutes", "5w", "1.5h", "9999999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_duration(text)


def test_active_hours_may_span_midnight() -> None:
    night = parse_active("22:00-06:00")
    assert night.contains(time(23, 0)) and night.contains(time(5, 59))
    assert not night.contains(time(6, 0)) and not night.contains(datetime(2024, 1, 1, 12, tzinfo=UTC))
    assert parse_active("07:00-24:00").contains(time(23, 59))


@pytest.mark.parametrize(
    ("weekdays", "first"),
    [
        ("0", "2024-01-07"),
        ("7", "2024-01-07"),
        ("1", "2024-01-01"),
        ("1-5", "2024-01-01"),
        ("5-7", "2024-01-05"),
        ("sat,sun", "2024-01-06"),
        ("*/3", "2024-01-03"),
    ],
)  # fmt: skip
def test_weekday_numbers_are_those_of_cron(weekdays: str, first: str) -> None:
    # 1 January 2024 was a Monday.
    trigger = crontab_trigger(f"0 8 * * {weekdays}")
    fires = trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC))
    assert f"{fires:%Y-%m-%d}" == first


@pytest.mark.parametrize(
    "text", ["a", "@b.org", "a@", "a@b.org\r\nBcc: x@y.org", "a@b.org,c@d.org", "й@b.org", "a b@c.org", ""]
)
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        mail_address(text)


def test_a_topic_that_tells_an_unknown_channel_is_an_error_with_the_known_names(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SMTP + "channels: {desk: {email: a@b.org}}\n")
    assert topic_problems(tmp_path, "topics:\n  nato:\n    query: NATO\n    tell: [dask]\n", settings) == [
        "topics.yaml:4: topics.nato.tell.0: unknown channel 'dask'; did you mean `desk`?"
    ]


def test_a_query_that_does_not_parse_is_an_error_with_file_and_line(tmp_path: Path) -> None:
    [problem] = topic_problems(tmp_path, 'topics:\n  nato:\n    tell: []\n    query: NATO AND "North Atlantic\n')
    assert problem.startswith("topics.yaml:4: topics.nato.query: ") and "quot" in problem


def test_every_mistake_of_the_topics_is_listed(tmp_path: Path) -> None:
    text = "topics:\n  a: {query: '(x'}\n  b: {query: 'y OR'}\n  c: {query: z, tell: [q]}\n"
    assert [problem.split(":")[1] for problem in topic_problems(tmp_path, text)] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("topics: {a: {query: x, on: [edit]}}", "write 'published', 'edited', 'withdrawn' or 'restored'"),
        ("topics: {a: {query: x, on: []}}", "write [published]"),
        ("topics: {a: {queri: x, query: y}}", "did you mean `query`?"),
        ("topics: {a: {title: x}}", "missing; add `query:` here"),
        ("topics: {a: {query: x, must_match: [{en: a, ru: b}]}}", "each entry holds one sentence"),
    ],
)
def test_a_mistake_in_a_topic_is_named(tmp_path: Path, text: str, expected: str) -> None:
    [problem] = topic_problems(tmp_path, text)
    assert problem.startswith("topics.yaml:1: topics.a") and expected in problem


def test_sentences_that_fail_are_told_with_the_topic_and_the_language(tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_text(
        "topics:\n"
        "  iran:\n"
        "    query: Iran\n"
        "    must_match: [The Ambassador of Iran came., The Ambassador of Iraq came.]\n"
        "    must_not_match: [Irina came., {en: Iran was named.}]\n",
        encoding="utf-8",
    )
    failures = check_sentences(load_topics(tmp_path, Settings()))
    assert failures == [
        "topic iran: does not match, but must (en): The Ambassador of Iraq came.",
        "topic iran: matches, but must not (en): Iran was named.",
    ]


RHYTHM = (
    "smtp: {host: h, sender: a@b.org}\noperator: o@b.org\nchannels:\n"
    "  desk: {email: a@b.org, digest: 08:30, timezone: Asia/Yerevan, quiet: 22:00-07:00, singles: 5}\n"
)


def test_a_subscription_is_a_topic_a_channel_and_a_rhythm(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, RHYTHM + "  hook: {webhook: 'https://a.b', secret: env:X}\n")
    (tmp_path / "topics.yaml").write_text(
        "topics:\n  n: {query: x, tell: [hook, desk: weekly], urgent: true}\n", encoding="utf-8"
    )
    topic = load_topics(tmp_path, settings)["n"]
    assert (topic.tell, topic.rhythms) == (("hook", "desk"), {"desk": "weekly"})
    assert topic.declared["tell"] == {"hook": "at once", "desk": "weekly"} and topic.declared["urgent"] is True
    assert (settings.channels["desk"].digest, settings.channels["desk"].singles) == (time(8, 30), 5)
    assert settings.channels["hook"].singles is None, "a machine has no daily limit"


@pytest.mark.parametrize(
    ("tell", "expected"),
    [
        ("[desk: hourly]", "an entry is a channel, or a channel with its rhythm"),
        ("[{desk: daily}, desk]", "channel 'desk' stands here twice"),
    ],
)
def test_a_subscription_that_cannot_be_is_an_error(tmp_path: Path, tell: str, expected: str) -> None:
    settings = settings_of(tmp_path, RHYTHM)
    found = topic_problems(tmp_path, f"topics:\n  n: {{query: x, tell: {tell}}}\n", settings)
    assert any(expected in problem for problem in found)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("digest: 08:30", "digest: 8.30", "is no time of day; write it in quotes"),
        ("Asia/Yerevan", "Asia/Yerewan", "did you mean `Asia/Yerevan`?"),
        ("singles: 5", "singles: 0", "write at least 1"),
        ("quiet: 22:00-07:00", "quiet: 22", "are no hours; write 07:00-23:00"),
        ("operator: o@b.org", "tell_operator: [dask]", "unknown channel 'dask'; did you mean `desk`?"),
        ("operator: o@b.org", "unsubscribe: http://x.org", "needs an https:// address"),
    ],
)
def test_a_rhythm_that_cannot_be_is_an_error(tmp_path: Path, before: str, after: str, expected: str) -> None:
    assert before in RHYTHM
    assert any(expected in problem for problem in problems_of(tmp_path, RHYTHM.replace(before, after)))


def test_of_trouble_with_a_channel_the_operator_hears_on_another(tmp_path: Path) -> None:
    text = RHYTHM + "  hook: {webhook: 'https://a.b', secret: env:X}\n  team: {chat: env:Y}\n"
    settings = settings_of(tmp_path, text)
    assert list(all_channels(settings)) == ["desk", "hook", "team", "operator"]
    assert told_of(settings, "hook") == told_of(settings) == ("operator",)
    assert told_of(settings, "desk") == ("operator", "hook"), "mail may be what is broken"
    settings = settings_of(tmp_path, text + "tell_operator: [team]\n")
    assert told_of(settings, "team") == ("operator",)
    assert told_of(settings, "desk") == ("operator", "team") == told_of(settings)
    assert told_of(settings, "operator") == ("team",)
