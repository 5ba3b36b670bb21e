-- What a script inside Redis finds as globals. `make check` reads each script whole, with its includes in front.
std = "lua51"
read_globals = { "redis", "cjson", "cmsgpack", "bit", "struct", "KEYS", "ARGV" }
max_line_length = 120
