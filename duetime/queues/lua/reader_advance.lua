-- Purpose: the reader of a mailbox has got further with what became no message.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 <reader> <generation> <number>
-- Replies: ok
-- Journal: -
-- @include base journal reader
advance_to(ARGV[2])
return commit()
