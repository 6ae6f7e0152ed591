"""The schedule: what runs when, without a person.

`entries` reads the file, `when` knows the times, `runner` waits for them, `performing` does
what is due, `crontab` and `systemd` hand that on to others.
"""

from voicemill.schedule.entries import Entry, named, read_schedule, schedule_file

__all__ = ["Entry", "named", "read_schedule", "schedule_file"]
