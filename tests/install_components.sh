#!/bin/sh
# What pip does not bring, by apt where that is possible: luacheck, without which the gate over the Lua scripts says that
# it was skipped, and Dovecot, the IMAP server of the tests, which skip without it and say so.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin"
wanted=""
command -v luacheck >/dev/null || wanted="$wanted lua-check"
command -v dovecot >/dev/null || wanted="$wanted dovecot-imapd"

if [ -n "$wanted" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing for the tests:$wanted"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 - one word for each package
  { apt-get update && apt-get install --yes --no-install-recommends $wanted; } >/dev/null 2>&1 || true
fi
