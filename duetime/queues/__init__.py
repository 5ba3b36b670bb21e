"""Everything in Redis: keys, scripts, journal, timers, outbox."""
