"""The key schema: every key that Duetime keeps in Redis, written once, here.

All keys of a workspace share the hash tag ``{workspace}``, so one script touches one slot. Every script is given
``{workspace}`` as its only KEYS entry and builds the names below from it (``lua/include/base.lua``; a test holds the
two together). Times are epoch milliseconds. cv, ct, ms: ids of a conversation, contact, message. A lane is a
channel, or its urgent side, written ``channel!``.

::

    {w}:params                 hash    cost:<channel> units · reserve units · journal_max entries · missed_max offers
    {w}:policy:<queue>/<channel>/<priority>  hash  what holds for all its conversations; see `policy.policies`
    {w}:journal                stream  t type · at · c cv · n number in cv · a associate · k ct · q queue · d JSON
                                       · w earliest timer that the transition set
    {w}:timers                 zset    <kind>:<subject> → due; kinds: offer step idle wake wrap
                                       reassign cool lease target act ack remind silence unseen

    {w}:conv:<cv>              hash    see `records.Conversation`
    {w}:about:<cv>             string  JSON: subject, language, attributes, contact name, triage rule
    {w}:why:<cv>               string  JSON: the reasons of the last decision
    {w}:messages:<cv>          list    JSON of each message; its number is its place, from 1
    {w}:cool:<cv>              zset    associate → until when it is not offered to them again
    {w}:open, {w}:closed       zset    cv → opened_at
    {w}:cooling                zset    waiting cv → until when the first of those who cool for it does
    {w}:kept                   zset    associate kept for a conversation → its rank

    {w}:line:<class>           zset    cv → rank; also the personal lines, whose class is @<associate>/<lane>
    {w}:lines:<lane>           zset    class → rank of the head of its line
    {w}:queue:<queue>          zset    waiting cv → rank
    {w}:arrived:<queue>        zset    waiting cv → arrived_at

    {w}:classes                set     every class in the graph
    {w}:pools:<class>          zset    pool → weight: ring · 2⁴⁹ + flexibility · 2³³
    {w}:served:<pool>          set     the classes that the pool may take
    {w}:room:<lane>:<pool>     zset    associate with room → load share · 2⁴¹ + last assigned (0.1 s since 2025)
    {w}:rooms:<lane>           zset    pool → score of the head of its room
    {w}:present:<pool>         set     available associates, with room or not
    {w}:topology               hash    version · dirty · clean · next_pool

    {w}:associates             set     ids
    {w}:associate:<id>         hash    presence, load, limits; see `records.Associate`
    {w}:profile:<id>           string  JSON of `router.associate.Profile`
    {w}:held:<id>              zset    cv offered to, assigned to, wrapped up by or parked with them → due_at

    {w}:contact:<ct>           hash    name · created_at · version · a:<channel>:<address> → 1 if verified · x:<name>
                                       · merged_into ct · merged_at · t:<endpoint> → its cv before the merge
    {w}:contacts               zset    ct → created_at
    {w}:address:<channel>:<address>  string  ct; a doubted address has ? before it, and
                                       @ one that is a site's name for a visitor
    {w}:talk:<ct>              hash    endpoint → the contact's newest cv there
    {w}:talks:<ct>             zset    cv → opened_at
    {w}:seen:<endpoint>:<id>   string  cv ct ms number fingerprint: what an inbound id became; expires;
                                       =<channel> in place of the endpoint: at whichever it came
                                       word, part: a word such as STOP, a part of a message that was joined
    {w}:seen:<cv>:<id>         string  number of the message that an outbound id became; expires

    {w}:outbox:<endpoint>      zset    cv with something to send → when to try, or until when somebody is at it
    {w}:unsent:<endpoint>:<cv> list    numbers of its messages to send, in their order
    {w}:delivery:<cv>          hash    number → JSON of `outbox.Delivery`
    {w}:dead:<endpoint>        zset    <cv>/<number> of what was given up → when
    {w}:acks:<hour>:<address>  string  how many acknowledgements went there; expires
    {w}:sent:<endpoint>:<id>   string  cv number: our message that its provider calls so; expires
    {w}:receipt:<endpoint>:<id>  string  state and reason, of a message not known by that name yet; expires
    {w}:pace:<endpoint>        string  when its next message may leave; expires
    {w}:optouts:<endpoint>     hash    <channel>:<address> → JSON of `opt_outs.Told`
    {w}:helped:<endpoint>:<address>  string  they were told how to get help; expires
    {w}:parts                  zset    group of message parts → until when the others are waited for
    {w}:part:<group>           hash    number → what was kept of that part; closed once somebody joins them

    {w}:position:<folder>      hash    generation · number · at: how far a mailbox is read; since · below: from where
    {w}:lease:<id>             string  the daemon that does it; expires
    {w}:secret:<name>          string  a key that all daemons share, as hexadecimal digits

    {w}:config                 hash    version → JSON of `configs.ConfigVersion`; current → version; introduced →
                                       version whose associates are there; file:<path> → digest last taken from it
    {w}:token:<id>             string  JSON of `tokens.TokenRecord`
    {w}:tokens                 set     ids
    {w}:ticket:<sha256>        string  who a websocket ticket is for; expires
    {w}:session:<sha256>       string  who a chat visitor's resume token is for; expires
"""

from typing import NewType

DOUBTED = "?"
"""Stands before an address that may be somebody else's: such a contact is not that person."""

Root = NewType("Root", str)
"""``{workspace}``: the one KEYS entry of every script."""


def root(workspace: str) -> Root:
    return Root("{" + workspace + "}")


def key(where: Root, *parts: str) -> str:
    """``key(root, "conv", id)`` is ``{workspace}:conv:<id>``."""
    return ":".join((where, *parts))
