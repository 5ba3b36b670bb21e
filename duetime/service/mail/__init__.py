"""Mail as the daemon handles it: what happens with it outside the event loop, and the loops around mailboxes."""
