# Every command of this repository. `make` alone lists them.

BIN      := bin
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X main.version=$(VERSION)
GOBIN    := $(shell go env GOPATH)/bin

# Pinned: a newer tool finds other things.
LINT_VERSION := 2.15.0
BUF_VERSION  := 1.75.0
LINT         := $(GOBIN)/golangci-lint

# Packages that start goroutines, for the race detector; without cmd/tierwatch, whose tests
# of whole programs take many minutes with it.
CONCURRENT := ./pipeline/worker/... ./sources/kafka/... ./sources/control/... ./sinks/... ./deploy/embedded/... ./deploy/kafkatest/... ./cmd/internal/crew/... ./cmd/internal/lifecycle/... ./cmd/internal/ops/... ./cmd/internal/demo/... ./cmd/internal/role/... ./cmd/bench/... ./cmd/chaos/...

# Real data for the tests of deploy/examples; those tests say so when it is absent.
export TIERWATCH_TESTDATA ?= $(abspath ../shared/data)

TESTFLAGS ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## compile the program: bin/tierwatch
	go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/tierwatch ./cmd/tierwatch

.PHONY: demo
demo: build ## a synthetic bank, live: broker, ClickHouse and all roles as child processes
	$(BIN)/tierwatch demo

.PHONY: test
test: ## every test, the real engines included, Apache Kafka where Java is (TESTFLAGS='-v -run Name' for some)
	go test -timeout 20m $(TESTFLAGS) ./...

.PHONY: race
race: ## the packages that start goroutines, under the race detector; the broker is the one in memory
	CGO_ENABLED=1 TIERWATCH_NO_APACHE_KAFKA=1 go test -race -timeout 20m $(TESTFLAGS) $(CONCURRENT)

.PHONY: alerts
alerts: ## check the alert rules for Prometheus and play their tests (promtool, pinned in its own module)
	go -C deploy/prometheus/promtool tool promtool check rules ../alerts.yaml
	go -C deploy/prometheus/promtool tool promtool test rules $(patsubst deploy/prometheus/%,../%,$(wildcard deploy/prometheus/tests/*.yaml))

.PHONY: lint
lint: lint-tool ## golangci-lint and the house rules
	$(LINT) run ./...

.PHONY: lint-tool
lint-tool:
	@$(LINT) version --short 2>/dev/null | grep -qx '$(LINT_VERSION)' || { \
		echo 'installing golangci-lint $(LINT_VERSION), three or four minutes, once'; \
		go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION); }

.PHONY: fmt
fmt: lint-tool ## format everything: gofumpt and goimports
	$(LINT) fmt ./...

.PHONY: generate
generate: ## Protobuf to Go: schemas/proto -> schemas/tierwatchpb
	cd schemas/proto && npx -y @bufbuild/buf@$(BUF_VERSION) generate

.PHONY: drift
drift: generate ## fail if the committed generated code is not what generate makes
	@git diff --exit-code -- schemas/tierwatchpb
	@test -z "$$(git ls-files --others --exclude-standard schemas/tierwatchpb)" || { \
		echo 'generated files are not committed:'; git ls-files --others --exclude-standard schemas/tierwatchpb; exit 1; }

.PHONY: bench
bench: ## one table of figures, in one run (BENCH_SCALE=0.05 for a quick look; KAFKA=1: on Apache Kafka too)
	go build -trimpath -o $(BIN)/bench ./cmd/bench
	$(BIN)/bench $(if $(filter 1,$(KAFKA)),-kafka)

.PHONY: bench-scale
bench-scale: ## a booking's cost by number of customers and partitions, drawn into docs/figures
	go build -trimpath -o $(BIN)/bench ./cmd/bench
	mkdir -p docs/figures && $(BIN)/bench scale -csv docs/figures $(SCALEFLAGS)
	go -C deploy/plots run . -log -unit 'µs a booking, one core' -out ../../docs/figures ../../docs/figures/customers.csv
	go -C deploy/plots run . -unit 'µs a booking, one core' -out ../../docs/figures ../../docs/figures/partitions.csv

.PHONY: bench-peer
bench-peer: ## the peers' fixed job, Tierwatch beside Kafka Streams (BROKERS=host:port, TOPIC=peer.in, EVENTS=2000000)
	go build -trimpath -o $(BIN)/bench ./cmd/bench
	$(BIN)/bench peer -brokers '$(BROKERS)' $(if $(TOPIC),-topic '$(TOPIC)') $(if $(EVENTS),-events $(EVENTS)) $(PEERFLAGS)

# What the docs show is of ninety minutes; a shorter run is drawn beside the program.
FIGURES  = $(if $(filter 90,$(MINUTES)),docs/figures,$(BIN)/figures)
DRAW     = go -C deploy/plots run . -most 240 -out ../../$(FIGURES)

RATE      ?= 20000
MINUTES   ?= 90
CUSTOMERS ?=

.PHONY: bench-latency
bench-latency: build ## append to alert readable, roles and Apache Kafka as processes, a close and a restart in it (MINUTES=5 RATE=20000)
	go build -trimpath -o $(BIN)/bench ./cmd/bench
	$(BIN)/bench latency -program $(BIN)/tierwatch -duration $(if $(filter file,$(origin MINUTES)),5,$(MINUTES))m -rate $(RATE) $(if $(CUSTOMERS),-customers $(CUSTOMERS)) \
		-csv $(BIN)/latency $(LATENCYFLAGS)

.PHONY: bench-catchup
bench-catchup: build ## most memory of each role that catches up with EVENTS bookings and a close; fails above what is promised
	go build -trimpath -o $(BIN)/bench ./cmd/bench
	$(BIN)/bench catchup -program $(BIN)/tierwatch $(if $(EVENTS),-events $(EVENTS)) $(if $(CUSTOMERS),-customers $(CUSTOMERS)) $(CATCHUPFLAGS)

.PHONY: endurance
endurance: build ## is everything flat at a steady rate? Apache Kafka, ClickHouse, all roles; figures (MINUTES=90 RATE=20000)
	go build -trimpath -o $(BIN)/bench ./cmd/bench
	$(BIN)/bench endurance -program $(BIN)/tierwatch -duration $(MINUTES)m -rate $(RATE) $(if $(CUSTOMERS),-customers $(CUSTOMERS)) \
		-csv $(BIN)/endurance $(ENDURANCEFLAGS); verdict=$$?; $(MAKE) --no-print-directory endurance-figures && exit $$verdict

.PHONY: endurance-figures
endurance-figures: ## draw the series of the last endurance run into docs/figures, of another length into bin/figures
	mkdir -p $(FIGURES)
	$(DRAW) -unit MB ../../$(BIN)/endurance/endurance-memory.csv ../../$(BIN)/endurance/endurance-heap.csv
	$(DRAW) -unit MB -seen 0.01 ../../$(BIN)/endurance/endurance-disk.csv
	$(DRAW) -unit records ../../$(BIN)/endurance/endurance-lag.csv
	$(DRAW) -unit ms ../../$(BIN)/endurance/endurance-latency.csv
	$(DRAW) -unit 'active parts of the fullest month' -seen 0.3 ../../$(BIN)/endurance/endurance-parts.csv
	$(DRAW) -unit 'µs CPU an event' -seen 0.01 ../../$(BIN)/endurance/endurance-cpu.csv

SEED     ?= 1
DURATION ?= 60s

VOLLEYS  ?= 0
KAFKA    ?= 0
PROTOCOL ?= classic
CONSULT  ?= 16

.PHONY: chaos
chaos: build ## every role killed at random (SEED=1 DURATION=60s VOLLEYS=6s, KAFKA=1 or 3 nodes, PROTOCOL=consumer, CONSULT=0: the oracle judges all customers): the last line tells
	go build -trimpath -o $(BIN)/chaos ./cmd/chaos
	$(BIN)/chaos -program $(BIN)/tierwatch -seed $(SEED) -duration $(DURATION) -volleys $(VOLLEYS) -kafka $(KAFKA) -protocol $(PROTOCOL) -consult $(CONSULT) \
		-out $(BIN)/chaos-$(if $(filter 1 3,$(KAFKA)),kafka$(KAFKA)-)$(if $(filter consumer,$(PROTOCOL)),consumer-)$(SEED).json

.PHONY: ci
ci: ## what a merge must pass
	.ci/run

.PHONY: clean
clean: ## remove what build makes
	rm -rf $(BIN)
