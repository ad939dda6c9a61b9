# Trạm 06. "make help" says what there is.
.DEFAULT_GOAL := help
BIN := bin

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## play the whole product on this machine; prints one address; Ctrl-C ends all of it
	@scripts/run

demo: ## one citizen by itself; pictures, receipt, dossier and timings in out/demo
	@scripts/demo

test: ## every check; installs what it needs
	@scripts/test

build: ## the programs, in bin/
	@scripts/deps run && scripts/build

test-chip: ## every place at which a reading can end, over a real card daemon: some minutes
	@scripts/test-chip

test-guest: ## the drivers on the kernel's own, in a virtual machine that is unplugged and plugged in
	@scripts/test-guest

test-browser: ## whole sessions on the dock's page in a real Chromium; pictures in out/browser
	@scripts/test-browser

bench: ## the figures of docs/performance.md
	@scripts/bench

bench-chip: ## the figures of reading a card: commands, a radio model, processor time
	@scripts/bench-chip

fuzz: ## every fuzz target, FUZZTIME (default 30s) each
	@scripts/deps run && scripts/fuzz $(or $(FUZZTIME),30s)

arm64: ## the kiosk for ARM boards, bin/arm64/kiosk
	@scripts/deps run arm64 && scripts/build-kiosk arm64 $(BIN)/arm64/kiosk

generate: ## docs/codes.md and the third-party notices
	@go generate ./firmware/health ./house

clean: ## what the build made
	rm -rf $(BIN) out .cache

.PHONY: help run demo test test-chip test-guest test-browser build bench bench-chip fuzz arm64 generate clean
