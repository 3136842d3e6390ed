#!/bin/sh
# Installs what is missing, exactly as bun.lock says; with only npm on the machine, npm fetches the pinned bun first.
set -eu
cd "$(dirname "$0")/../.."
lock_stamp=node_modules/.meltica-lock
if [ -f "$lock_stamp" ] && cmp -s bun.lock "$lock_stamp"; then exit 0; fi
version=$(sed -n 's/.*"bun": "\([0-9.]*\)".*/\1/p' package.json | head -n 1)
if command -v bun >/dev/null 2>&1 && bun --version >/dev/null 2>&1; then
  bun install --frozen-lockfile
elif command -v npm >/dev/null 2>&1; then
  npm exec --yes "bun@$version" -- install --frozen-lockfile
else
  echo "meltica: neither bun nor npm is on the PATH; install Node.js (https://nodejs.org) or Bun and try again" >&2
  exit 1
fi
cp bun.lock "$lock_stamp"
