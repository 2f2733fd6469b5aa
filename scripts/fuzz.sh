#!/usr/bin/env bash
# Runs every fuzz target for so many seconds, and stops at the first that finds something: scripts/fuzz.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?how many seconds for each target}

command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz

# Coverage and sanitizers need a nightly compiler, or a stable one that is told to behave like one; that one goes
# without the address sanitizer, which stable does not link.
if rustc +nightly --version >/dev/null 2>&1; then
	fuzz=(cargo +nightly fuzz)
	sanitizer=(--sanitizer address)
else
	export RUSTC_BOOTSTRAP=1
	fuzz=(cargo fuzz)
	sanitizer=(--sanitizer none)
fi

for target in $("${fuzz[@]}" list); do
	echo "fuzzing $target for $seconds s"
	"${fuzz[@]}" run "${sanitizer[@]}" "$target" -- -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10
done
