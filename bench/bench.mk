# Benchmarks: see docs/BENCHMARKS.md.

BENCH ?=
BENCH_RUNS ?= 3

.PHONY: bench
bench: all $(addprefix $(BUILD)/bench/,load lib bare) ## CPU, throughput and latency side by side: BENCH=names BENCH_RUNS=3
	@BUILD_DIR=$(BUILD) $(PYTHON) bench/run.py --runs $(BENCH_RUNS) $(BENCH)

$(BUILD)/bench/load: bench/load.c bench/measure.h bench/pace.h $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS_ALL) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(CORE) $(LIBS_CORE)

# As a program of somebody else's would be: the public header, the shared library; the broker's malloc().
$(BUILD)/bench/lib: bench/lib.c bench/measure.h bench/pace.h include/zsnmp.h $(SO)
	@mkdir -p $(@D)
	@$(CC) -Iinclude $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< -L$(BUILD)/lib -lzsnmp $(LIBS_MALLOC) \
		-Wl,-rpath,'$$ORIGIN/../lib'

$(BUILD)/bench/bare: bench/bare.c bench/measure.h bench/pace.h
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS_ALL) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

.PHONY: bench-report
bench-report: ## docs/BENCHMARKS.md and its plot from the last make bench
	@scripts/deps bench || echo "bench-report: goes on without"
	@BUILD_DIR=$(BUILD) $(PYTHON) bench/report.py

.PHONY: bench-peers
bench-peers: ## set up gosnmp, pysnmp and net-snmp's tools, which make bench then runs too
	@bench/peers/setup

$(BUILD)/bench/layers: bench/layers.c bench/measure.h $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS_ALL) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(CORE) $(NETSNMP_LIB) $(LIBS_CORE)

.PHONY: bench-layers
bench-layers: $(BUILD)/bench/layers ## nanoseconds of each layer by itself: decode, build, read, encode, timers
	@$(BUILD)/bench/layers

.PHONY: check-instructions
check-instructions: ## instructions of each layer beside bench/instructions.json; UPDATE=1 writes it
	@scripts/deps build run count
	@$(MAKE) --no-print-directory $(BUILD)/bench/layers
	@BUILD_DIR=$(BUILD) $(PYTHON) bench/instructions.py $(if $(UPDATE),--update)
