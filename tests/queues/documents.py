"""Two configurations that take turns in the long tests: every kind of step, cost and pause, and much that differs."""

_SHARED = """
default_queue = "general"
[skills]
german = "German"
money = "Money"
[teams]
support = "Support"
tech = "Technicians"
[priorities]
gold = 7200
slow = -3600
[presence]
missed_offers_max = 2

[associates.ana]
name = "Ana"
teams = ["support"]
skills = { german = 3, money = 1 }
capacity_units = 3
limits = { api = 3, chat = 1, email = 1, sms = 2 }
[associates.ben]
name = "Ben"
teams = ["support"]
skills = { money = 3 }
capacity_units = 4
limits = { api = 2, chat = 2, email = 1, sms = 2 }
[associates.cem]
name = "Cem"
teams = ["tech"]
skills = { german = 1 }
capacity_units = 2
limits = { api = 2, chat = 1, sms = 2 }
[associates.dee]
name = "Dee"
teams = ["tech", "support"]
capacity_units = 5
limits = { api = 3, chat = 1, email = 1, sms = 1 }

[[triage]]
name = "German invoices"
queue = "billing"
skills = { german = 2 }
priority = "gold"
[triage.when]
language = "de"
text_contains = ["invoice"]
[[triage]]
name = "invoices"
queue = "billing"
[triage.when]
text_contains = ["invoice"]
[[triage]]
name = "quick"
queue = "fast"
[triage.when]
text_contains = ["quick"]
[[triage]]
name = "gold"
priority = "gold"
[triage.when]
attributes = { plan = "gold" }
[[triage]]
name = "slow"
priority = "slow"
[triage.when]
attributes = { plan = "slow" }
[[triage]]
name = "German"
skills = { german = 2 }
[triage.when]
language = "de"
"""

FIRST = (
    _SHARED
    + """
[[triage]]
name = "later"
queue = "late"
[triage.when]
text_contains = ["later"]

[channels.chat]
cost_units = 2
idle_release_s = 60
remind_after_s = 20
close_after_s = 110
[channels.email]
cost_units = 3
idle_release_s = 0
[channels.api]
cost_units = 1
idle_release_s = 300
reopen_within_s = 120
[channels.sms]
cost_units = 1

[queues.general]
name = "General"
teams = ["support"]
targets = [
    { priority = "gold", first_response_s = 300, resolution_s = 900, at_risk_s = 200 },
    { first_response_s = 600, next_response_s = 400, at_risk_s = 500 },
]
on_risk = { boost_s = 60, widen = true }
on_breach = { reassign = true }
overload = "save"
late_behind_s = 300
offer_timeout_s = 30
cooldown_s = 60
reassign_after_s = 120
preferred_s = 45
[[queues.general.route]]
after_s = 50
add_teams = ["tech"]
[queues.billing]
name = "Billing"
skills = { money = 2 }
targets = [{ first_response_s = 300 }]
at_risk_s = 300
cooldown_s = 20
on_breach = { escalate_to = "late", boost_s = 600 }
[[queues.billing.route]]
after_s = 40
relax = { money = 1 }
boost_s = 60
[[queues.billing.route]]
after_s = 60
overflow_to = "general"
[queues.fast]
name = "Fast"
teams = ["tech"]
targets = [{ first_response_s = 60 }]
auto_accept = true
wrap_up_s = 20
cooldown_s = 0
[queues.late]
name = "Late"
at_risk_s = 0
offer_timeout_s = 10
cooldown_s = 10
preferred_s = 0
reassign_after_s = 0
"""
)

SECOND = (
    _SHARED
    + """
[reserve]
units = 1
priority = "gold"
[calendars.shop]
hours = { mon-sun = ["00:00-15:12", "15:18-15:30", "16:00-23:00"] }

[channels.chat]
cost_units = 3
idle_release_s = 0
[channels.email]
cost_units = 2
idle_release_s = 40
[channels.api]
cost_units = 2
reopen_within_s = 0
[channels.sms]
cost_units = 1

[queues.general]
name = "General"
calendar = "shop"
targets = [{ first_response_s = 900 }]
max_waiting = 6
full_queue = "billing"
cooldown_s = 30
wrap_up_s = 15
[queues.billing]
name = "Billing"
skills = { money = 1 }
auto_accept = true
[[queues.billing.route]]
after_s = 30
drop = ["german"]
[queues.fast]
name = "Fast"
teams = ["tech"]
offer_timeout_s = 20
calendar = "shop"
[[queues.fast.route]]
after_s = 20
during = "closed"
add_teams = ["support"]
boost_s = 600
[[queues.fast.route]]
after_s = 20
during = "open"
overflow_to = "billing"
"""
)

DOCUMENTS = (FIRST, SECOND)
