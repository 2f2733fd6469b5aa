# The ports and the rate of `make demo`: make demo PORT=8081 TPS=100
PORT ?= 8080
REDIS_PORT ?= 7801
SIMULATOR_PORT ?= 8090
TPS ?= 50
# How long `make soak` goes on.
MINUTES ?= 10
# ONCE=1 ends the demo when its campaign is over.
ONCE ?=

CARGO ?= cargo

.DEFAULT_GOAL := help

.PHONY: help
help: ## Lists what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## Sends a sample campaign to nobody, on this machine alone (ONCE=1 PORT REDIS_PORT SIMULATOR_PORT TPS)
	$(CARGO) build --package drumbeat
	target/debug/drumbeat demo --port $(PORT) --redis-port $(REDIS_PORT) --simulator-port $(SIMULATOR_PORT) \
		--tps $(TPS) $(if $(filter-out 0,$(ONCE)),--once)

.PHONY: test
test: install-browser ## Runs all tests
	@scripts/axe.sh
	$(CARGO) test --workspace --no-fail-fast

.PHONY: test-moto
test-moto: install ## Runs the tests of tables and receipts against moto in place of the simulator
	@scripts/moto.sh
	DRUMBEAT_STAND_IN=moto $(CARGO) test --workspace --test tracking

.PHONY: bench-pacing
bench-pacing: install ## Measures how exactly a campaign's rate is held (SECONDS ONLY="quota 500")
	$(CARGO) bench --package drumbeat --bench pacing

.PHONY: bench-felt
bench-felt: install ## Measures how soon a new rate, a pause and a second campaign are felt, and an idle worker (ROUNDS)
	$(CARGO) bench --package drumbeat --bench felt

.PHONY: bench-intake
bench-intake: install ## Measures how fast a long list is taken, and at what cost of memory (ROWS)
	$(CARGO) bench --package drumbeat --bench intake

.PHONY: bench-polling
bench-polling: install ## Measures what it costs that many look at one long campaign (ROWS BROWSERS SECONDS)
	$(CARGO) bench --package drumbeat --bench polling

.PHONY: bench-tracking
bench-tracking: install ## Measures whether reports, or a DynamoDB that is away, slow the sending down
	$(CARGO) bench --package drumbeat --bench tracking

.PHONY: screenshots
screenshots: install-browser ## Takes the pictures in docs/screenshots, of campaigns that run for a while (MINUTES)
	$(CARGO) bench --workspace --profile dev --bench screenshots

.PHONY: soak
soak: install ## Breaks everything at random for a while, and counts duplicates and losses (MINUTES SEED)
	MINUTES=$(MINUTES) $(CARGO) bench --package drumbeat --bench soak

.PHONY: fuzz
fuzz: install ## Feeds rubbish to what reads input from outside, for a minute each (SECONDS)
	scripts/fuzz.sh $(or $(SECONDS),60)

.PHONY: fmt
fmt: ## Formats the code
	$(CARGO) fmt --all

.PHONY: lint
lint: ## Checks format and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

.PHONY: install
install:
	@scripts/install.sh

.PHONY: install-browser
install-browser:
	@scripts/install.sh browser
