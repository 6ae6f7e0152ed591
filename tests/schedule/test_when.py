"""Words of time: what they mean, at the changes of summer time too, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from voicemill.schedule.when import When, shown

BERLIN = "Europe/Berlin"
SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)  # the night after it 02:00 is left out
AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)  # the night after it 02:00 comes twice

ZONES = st.sampled_from(
    [BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Ho_Chi_Minh", "UTC"]
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
CHANGES = st.sampled_from([SPRING, AUTUMN]).flatmap(
    lambda day: st.timedeltas(timedelta(0), timedelta(hours=18)).map(lambda late: day + late)
)
TIMES = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
DAYS = st.sampled_from(["Monday", "tue", "WED", "Thursday", "fri", "Saturdays", "sun"])
WORDS = st.one_of(
    st.builds(lambda time: f"daily {time}", TIMES),
    st.builds(lambda time: f"weekdays at {time}", TIMES),
    st.builds(lambda one, two, time: f"weekly {one}, {two} {time}", DAYS, DAYS, TIMES),
    st.sampled_from(["hourly", "every 10 minutes", "every 6 hours", "every 20 seconds"]),
    st.sampled_from(["*/7 9-17/2 * * 1-5", "0 0 1 * mon", "30 2,3 * * *", "5 4 29 feb *"]),
)


def following(when: When, moment: datetime, count: int) -> Iterator[datetime]:
    for _ in range(count):
        moment = when.after(moment)
        yield moment


def clock(when: When, moment: datetime, count: int) -> list[str]:
    zone = ZoneInfo(when.zone)
    return [f"{due.astimezone(zone):%d %H:%M %Z}" for due in following(when, moment, count)]


def test_an_hour_that_is_left_out_is_made_up_for_once() -> None:
    assert clock(When("daily 02:30", BERLIN), SPRING, 3) == [
        "29 03:30 CEST",
        "30 02:30 CEST",
        "31 02:30 CEST",
    ]


def test_an_hour_that_comes_twice_counts_once() -> None:
    assert clock(When("daily 02:30", BERLIN), AUTUMN, 2) == ["25 02:30 CEST", "26 02:30 CET"]
    between = datetime(2026, 10, 25, 1, tzinfo=UTC)  # 02:00 CET, and 02:30 was an hour ago
    assert clock(When("daily 02:30", BERLIN), between, 1) == ["26 02:30 CET"]


def test_what_counts_hours_goes_on_with_the_time_that_passes() -> None:
    spring = clock(When("hourly", BERLIN), SPRING + timedelta(hours=11, minutes=30), 3)
    assert spring == ["29 01:00 CET", "29 03:00 CEST", "29 04:00 CEST"]
    autumn = clock(When("hourly", BERLIN), AUTUMN + timedelta(hours=11, minutes=30), 4)
    assert autumn == ["25 02:00 CEST", "25 02:00 CET", "25 03:00 CET", "25 04:00 CET"]


@given(text=WORDS, zone=ZONES, moment=MOMENTS | CHANGES)
def test_the_next_moment_is_later_and_the_newest_one_is_the_one_before(
    text: str, zone: str, moment: datetime
) -> None:
    when = When(text, zone)
    due = when.after(moment)
    assert due > moment
    assert when.before(due) == due
    newest = when.before(moment)
    assert newest <= moment
    assert when.after(newest) == due


@given(time=TIMES, zone=ZONES, moment=MOMENTS | CHANGES)
def test_a_daily_entry_is_due_once_on_every_day(time: str, zone: str, moment: datetime) -> None:
    dues = list(following(When(f"daily {time}", zone), moment, 4))
    days = [due.astimezone(ZoneInfo(zone)).date() for due in dues]
    assert days == [days[0] + timedelta(days=number) for number in range(4)]


@given(moment=MOMENTS | CHANGES, zone=ZONES)
def test_every_ten_minutes_is_every_ten_minutes(moment: datetime, zone: str) -> None:
    dues = list(following(When("every 10 minutes", zone), moment, 20))
    gaps = {later - due for due, later in pairwise(dues)}
    assert gaps == {timedelta(minutes=10)}


@pytest.mark.parametrize(
    ("text", "said", "cron"),
    [
        ("daily 3:00", "daily at 03:00", "0 3 * * *"),
        ("Daily at 03:05", "daily at 03:05", "5 3 * * *"),
        ("weekdays 18:30", "on weekdays at 18:30", "30 18 * * 1-5"),
        ("weekends 10:00", "on weekends at 10:00", "0 10 * * 0,6"),
        ("weekly Monday 07:00", "on Mondays at 07:00", "0 7 * * 1"),
        ("weekly sun and thu 07:00", "on Thursdays and Sundays at 07:00", "0 7 * * 4,0"),
        ("hourly", "every hour", "0 * * * *"),
        ("every 10 minutes", "every 10 minutes", "*/10 * * * *"),
        ("every 2 hours", "every 2 hours", "0 */2 * * *"),
        ("every 30 seconds", "every 30 seconds", ""),
        ("15 4 * jan-mar 1-5", "cron 15 4 * jan-mar 1-5", "15 4 * jan-mar 1-5"),
    ],
)
def test_words_are_said_back_and_become_cron_lines(text: str, said: str, cron: str) -> None:
    when = When(text)
    assert (str(when), when.words.cron) == (said, cron)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dayly 03:00", "did you mean 'daily'"),
        ("weekly Mondy 07:00", "did you mean 'Monday'"),
        ("weekly 07:00", "a day and a time"),
        ("daily 25:00", "'25:00' is no time of the day"),
        ("daily 7pm", "write it like 03:00"),
        ("every 7 minutes", "6, 10, 12, 15"),
        ("every 2 weeks", "seconds, minutes or hours"),
        ("0 3 * *", "five fields, this has 4"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 3 * * mon/2x", "is no day of the week"),
        ("0 3 31 feb,apr *", "would never run"),
        ("5/10 * * * *", "write 5-59/10"),
        ("50-10 * * * *", "goes backwards"),
        ("*/0 * * * *", "steps by nothing"),
        ("soon", "'daily 03:00'"),
    ],
)
def test_what_is_no_time_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("?", r"\?")):
        When(text)


def test_cron_lines_mean_what_they_mean_to_cron() -> None:
    sunday = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for text in ("0 6 * * 0", "0 6 * * 7", "0 6 * * sun"):
        assert f"{When(text, 'UTC').after(sunday):%a %d}" == "Sun 08"
    either = list(following(When("0 6 13 * 5", "UTC"), sunday, 3))  # the 13th, and any Friday
    assert [f"{due:%a %d}" for due in either] == ["Fri 06", "Fri 13", "Fri 20"]
    steps = list(following(When("0 6 * * 1-5/2", "UTC"), sunday, 3))
    assert [f"{due:%a}" for due in steps] == ["Mon", "Wed", "Fri"]


def test_moments_are_shown_in_the_time_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tzlocal.get_localzone", lambda: ZoneInfo(BERLIN))
    with time_machine.travel(SPRING, tick=False):
        due = When("daily 07:00", "Asia/Ho_Chi_Minh").after(datetime.now(UTC))
        assert shown(due) == "Sun 29 March 2026, 01:00 CET"
        assert shown(When("daily 07:00").after(datetime.now(UTC))).endswith("07:00 CEST")
