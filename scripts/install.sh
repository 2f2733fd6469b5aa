#!/bin/sh
# Installs what Drumbeat needs to run here, beside Rust: Redis. Says nothing where nothing is missing.
set -eu

if command -v redis-server >/dev/null 2>&1; then
    exit 0
fi

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "redis-server is missing, and installing it takes root: run this as root, or install sudo" >&2
        exit 1
    fi
}

if command -v apt-get >/dev/null 2>&1; then
    echo "Installing redis-server with apt-get" >&2
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends redis-server >/dev/null
elif command -v brew >/dev/null 2>&1; then
    echo "Installing redis with Homebrew" >&2
    brew install --quiet redis
else
    echo "redis-server is missing: install Redis 6.2 or newer with your system's packages, then try again" >&2
    exit 1
fi
