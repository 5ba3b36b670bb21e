-- Purpose: a folder of a mailbox is read further, over what became no message.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 <folder> <generation> <number>
-- Replies: ok
-- Journal: -
-- @include base journal position
advance_to(ARGV[2])
return commit()
