#!/bin/sh
# Installs what Drumbeat needs to run here, beside Rust: Redis; with `browser`, also what the tests of its pages need. Says
# nothing where nothing is missing.
set -eu

has() {
    command -v "$1" >/dev/null 2>&1
}

missing=
has redis-server || missing="$missing redis-server"
if [ "${1:-}" = browser ]; then
    has chromium || has google-chrome || missing="$missing chromium"
    has chromedriver || missing="$missing chromium-driver"
    has npm || missing="$missing nodejs npm"
fi
if [ -z "$missing" ]; then
    exit 0
fi

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        echo "missing here:$missing; installing takes root: run this as root, or install sudo" >&2
        exit 1
    fi
}

if has apt-get; then
    echo "Installing$missing with apt-get" >&2
    as_root apt-get update -qq
    # shellcheck disable=SC2086  # each is a word of its own
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
elif has brew; then
    echo "Installing$missing with Homebrew" >&2
    has redis-server || brew install --quiet redis
    if [ "${1:-}" = browser ]; then
        has chromedriver || brew install --quiet --cask chromedriver
        has npm || brew install --quiet node
    fi
else
    echo "missing here:$missing; install them with your system's packages (Redis 6.2 or newer), then try again" >&2
    exit 1
fi
