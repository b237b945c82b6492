# Benchmarks: see docs/BENCHMARKS.md.

BENCH ?=
BENCH_RUNS ?= 3

.PHONY: bench
bench: all $(BUILD)/bench/load $(BUILD)/bench/bare ## CPU, throughput and latency side by side: BENCH=names BENCH_RUNS=3
	@BUILD_DIR=$(BUILD) $(PYTHON) bench/run.py --runs $(BENCH_RUNS) $(BENCH)

$(BUILD)/bench/load: bench/load.c bench/measure.h $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS_ALL) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(CORE) $(LIBS_CORE)

$(BUILD)/bench/bare: bench/bare.c bench/measure.h
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS_ALL) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

.PHONY: bench-report
bench-report: ## docs/BENCHMARKS.md from the last make bench
	@BUILD_DIR=$(BUILD) $(PYTHON) bench/report.py

.PHONY: bench-peers
bench-peers: ## set up gosnmp, pysnmp and net-snmp's tools, which make bench then runs too
	@bench/peers/setup
