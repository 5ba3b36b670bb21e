#!/bin/sh
# What pip does not bring, by apt where that is possible: luacheck, without which the gate over the Lua scripts says that
# it was skipped; Dovecot, the IMAP server of the tests; Kannel, their SMS gateway; and Chromium, their browser. Tests skip
# without them and say so.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin"
wanted=""
command -v luacheck >/dev/null || wanted="$wanted lua-check"
command -v dovecot >/dev/null || wanted="$wanted dovecot-imapd"
[ -x /usr/lib/kannel/test/fakesmsc ] && command -v bearerbox >/dev/null || wanted="$wanted kannel kannel-extras"
command -v chromium >/dev/null || wanted="$wanted chromium"

if [ -n "$wanted" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing for the tests:$wanted"
  # In run level 1 a package starts no service of its own: the tests start what they need, and nothing else should run.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get update >/dev/null 2>&1 || true
  for package in $wanted; do apt-get install --yes --no-install-recommends "$package" >/dev/null 2>&1 || true; done
fi
case "$wanted" in
  *kannel*) ! command -v update-rc.d >/dev/null || update-rc.d kannel disable >/dev/null 2>&1 || true ;;
esac
