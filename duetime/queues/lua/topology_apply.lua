-- Purpose: one slice of a change of the class-pool graph, and matching what it makes possible.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 version of the topology that it was made from · 3 JSON {classes: [..], gone_classes: [..],
--          pools: {pool: {class: weight}}, moves: [[associate, pool]..], gone_pools: [..], next_pool, clean or null}
-- Replies: ok version · stale
-- Journal: of the match
-- @include base journal lane capacity kept line match bind place lowest fill topology
if (call('HGET', P .. 'topology', 'version') or '0') ~= ARGV[2] then return { 'stale' } end
local change = cjson.decode(ARGV[3])
local gained = {}
for _, class in ipairs(change.classes) do call('SADD', P .. 'classes', class) end
for pool, edges in pairs(change.pools) do set_edges(pool, edges, gained) end
for _, move in ipairs(change.moves) do move_associate(associate(move[1]), move[2]) end
for _, pool in ipairs(change.gone_pools) do set_edges(pool, {}, gained) end
for _, class in ipairs(change.gone_classes) do
  call('SREM', P .. 'classes', class)
  call('DEL', P .. 'pools:' .. class)
end
local version = call('HINCRBY', P .. 'topology', 'version', 1)
call('HSET', P .. 'topology', 'next_pool', change.next_pool)
if change.clean ~= cjson.null then call('HSET', P .. 'topology', 'clean', change.clean) end
settle()
drain(gained)
settle()
return commit(version)
