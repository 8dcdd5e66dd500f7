# Everything a developer or a CI machine runs. "make" alone lists the targets.

SHELL := bash
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 0

# What make run passes on, such as: make run ARGS="--addr 127.0.0.1:9000"
ARGS ?=
# Options of make bench, such as: make bench BENCH="--pairs 9"
BENCH ?=
# How long make fuzz tries each target.
FUZZTIME ?= 20s
# How long make chaos goes on.
CHAOSTIME ?= 10m

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build and start Paceline with its demo, on SQLite in ./data (PACELINE_DATABASE_URL takes PostgreSQL)
	exec bin/paceline serve --demo --data data $(ARGS)

.PHONY: demo-event
demo-event: build ## Send one GitHub delivery through the running demo and show each step
	bin/paceline demo event

.PHONY: host-app
host-app: build ## Start Paceline's demo and beside it an application that embeds it, on http://localhost:4100
	exec node examples/host-app/run.mjs bin/paceline

.PHONY: libraries
libraries: ## Fetch the libraries that scripts may name (build and test do so)
	@scripts/libraries

.PHONY: web
web: ## Build the web application that the program embeds (build and test do so)
	@scripts/web

.PHONY: build
build: libraries web ## Build bin/paceline
	go build -trimpath -o bin/paceline ./cmd/paceline

.PHONY: test
test: libraries web ## Run all tests, on SQLite and PostgreSQL
	@scripts/with-postgres go run ./scripts/testsum -- go test -json -timeout 45m ./...

.PHONY: check
check: ## Run what a change must pass besides the tests: format, lint, architecture, generated files, known flaws
	@scripts/check

.PHONY: lint
lint: ## Run the linters alone
	@scripts/check format vet staticcheck architecture

.PHONY: fmt
fmt: ## Format the Go code
	gofmt -l -w $$(git ls-files '*.go')

.PHONY: generate
generate: ## Make the generated files anew: OpenAPI document, TypeScript client, JSON Schema
	scripts/generate

.PHONY: race
race: libraries web ## Run all tests with the race detector (needs a C compiler; slow)
	@scripts/need gcc
	@CGO_ENABLED=1 scripts/with-postgres go run ./scripts/testsum -- go test -race -json -timeout 50m ./...

.PHONY: fuzz
fuzz: ## Try each fuzz target for FUZZTIME (20s)
	@scripts/fuzz $(FUZZTIME)

.PHONY: chaos
chaos: ## Simulate with ever new seeds and kill servers at every point for CHAOSTIME (10m), on both databases
	@scripts/with-postgres go run ./scripts/chaos -for $(CHAOSTIME)

.PHONY: bench
bench: ## Measure Paceline beside the plain-Go reference on this machine
	@go run ./bench/run $(BENCH)

.PHONY: bench-long
bench-long: ## Measure throughput with 10,000,000 stored transactions (over half an hour, 10 GB of disk)
	@go run ./bench/run --only growth10m $(BENCH)
