# zsnmp: GNU make 4.3. `make help` lists the targets; everything that is built lands in build/
# (build-$(SANITIZER)/ with SANITIZER=address|undefined|thread). No target writes outside the tree
# but install and deps.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := $(shell cat VERSION)
SOVERSION := 0
PYTHON ?= /usr/bin/python3
CC ?= cc
ifeq ($(origin CC),default)
CC := gcc
endif

SANITIZER ?=
BUILD := build$(if $(SANITIZER),-$(SANITIZER))
NETSNMP_CACHE ?= build/netsnmp
NETSNMP := $(NETSNMP_CACHE)/current$(if $(SANITIZER),-$(SANITIZER))
NETSNMP_KEY := $(NETSNMP).key
export CC SANITIZER NETSNMP_CACHE

prefix ?= /usr/local
DESTDIR ?=
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man
docdir ?= $(prefix)/share/doc/zsnmp
unitdir ?= $(prefix)/lib/systemd/system

# --- flags -------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Werror
SAN_FLAGS_ := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong
SAN_FLAGS_address := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
SAN_FLAGS_undefined := -O1 -fno-omit-frame-pointer -fsanitize=undefined -fno-sanitize-recover=undefined
SAN_FLAGS_thread := -O1 -fno-omit-frame-pointer -fsanitize=thread
ifndef SAN_FLAGS_$(SANITIZER)
$(error SANITIZER=$(SANITIZER): use address, undefined or thread)
endif
SAN_FLAGS := $(SAN_FLAGS_$(SANITIZER))

# The programs and the library are optimised across files: small functions are on the hot path, and
# in files of their own. Objects hold both forms, so that tests are linked without it, and fast.
LTO ?= $(if $(SANITIZER),,1)
LTO_OBJ := $(if $(LTO),-flto -ffat-lto-objects)
LTO_LINK := -flto=auto

CFLAGS ?= -g
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(WARN) $(SAN_FLAGS) $(CFLAGS) -pthread
OBJ_CFLAGS := $(ALL_CFLAGS) $(LTO_OBJ)
CPPFLAGS_ALL := -Iinclude -Isrc -DZSNMP_VERSION='"$(VERSION)"' $(CPPFLAGS)
PIC := -fPIC -fvisibility=hidden
ALL_LDFLAGS := $(filter -fsanitize=% -fno-sanitize-recover=%,$(SAN_FLAGS)) -pthread -Wl,-z,relro,-z,now,--as-needed $(if $(LTO),-fno-lto) $(LDFLAGS)
NETSNMP_INC := -isystem $(NETSNMP)/include
NETSNMP_LIB := $(NETSNMP)/lib/libnetsnmp.a

# Debian names the C library of msgpack msgpackc; the headers alone may be all that is used.
LIB_MSGPACK := -lmsgpackc
LIBS_CORE := -lzmq $(LIB_MSGPACK) -lcares -lcrypto
LIBS_CZMQ := -lczmq
LIBS_TEST := -lcriterion
# The broker's malloc(), since what one thread allocates another frees; "make LIBS_MALLOC=" is without.
LIBS_MALLOC ?= $(if $(SANITIZER),,-Wl$(comma)--push-state$(comma)--no-as-needed -lmimalloc -Wl$(comma)--pop-state)

# --- sources -----------------------------------------------------------------------------------

CORE_LAYERS := base snmp wire pool front
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
layer = $(call objects,$(wildcard src/$(1)/*.c))
but_main = $(filter-out $(BUILD)/obj/src/$(1)/main.o,$(call layer,$(1)))
main_of = $(filter $(BUILD)/obj/src/$(1)/main.o,$(call layer,$(1)))

CORE_OBJ := $(foreach l,$(CORE_LAYERS),$(call layer,$(l)))
CORE := $(BUILD)/obj/libcore.a
BASE := $(BUILD)/obj/libbase.a
BROKER := $(BUILD)/obj/libbroker.a
CLI := $(BUILD)/obj/libcli.a
SIM := $(BUILD)/obj/libsim.a

SIMULATION_OBJ := $(call objects,$(wildcard tests/simulation/*.c))
UNIT_OBJ := $(call objects,$(wildcard tests/unit/*.c))
C_TESTS := $(patsubst tests/c/%.c,$(BUILD)/test/%,$(wildcard tests/c/*.c))
PATCH_TESTS := $(patsubst tests/patches/%.c,$(BUILD)/test/patches/%,$(wildcard tests/patches/*.c))
EXAMPLES := $(patsubst workers/%.c,$(BUILD)/bin/examples/%,$(wildcard workers/*.c))

BINARIES := $(if $(wildcard src/broker/main.c),$(BUILD)/bin/zsnmpd) \
	$(if $(wildcard src/cli/main.c),$(BUILD)/bin/zsnmp) \
	$(if $(wildcard src/sim/main.c),$(BUILD)/bin/zsnmp-sim)
LIBRARIES := $(if $(CORE_OBJ),$(BUILD)/lib/libzsnmp.so $(BUILD)/lib/libzsnmp.a)

ALL_OBJ := $(CORE_OBJ) $(foreach l,broker cli sim,$(call layer,$(l))) $(UNIT_OBJ) $(SIMULATION_OBJ) $(call objects,$(wildcard tests/fuzz/*.c))

# --- targets -----------------------------------------------------------------------------------

.PHONY: help
help: ## list the targets
	@echo "zsnmp $(VERSION)"
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile bench/bench.mk
	@echo "variables: SANITIZER=address|undefined|thread  NETSNMP_SRC=tarball|tree  NETSNMP_CACHE=dir"
	@echo "           prefix=$(prefix)  DESTDIR=  CC=$(CC)  CFLAGS=  LDFLAGS="

.PHONY: all
all: $(BINARIES) $(LIBRARIES) $(EXAMPLES) ## build libraries, programs and examples

.PHONY: run
run: ## set up, build and show the main job with simulated devices
	@scripts/deps build run
	@$(MAKE) --no-print-directory all
	@BUILD_DIR=$(BUILD) $(PYTHON) scripts/demo.py

.PHONY: deps
deps: ## install what is missing of the packages for building, testing and lint
	@scripts/deps build run test lint

.PHONY: test
test: ## set up, build and run every test, ends with "N passed, N failed"
	@scripts/deps build run test
	@$(MAKE) --no-print-directory all $(BUILD)/test/unit $(BUILD)/test/simulation c-tests fuzz-tests patch-tests
	@$(MAKE) --no-print-directory SANITIZER=address check-sanitizers-build
	@$(MAKE) --no-print-directory SANITIZER=thread race-tests
	@scripts/run-tests --build $(BUILD) unit simulation fuzz c patches races integration sanitizers

.PHONY: test-unit
test-unit: $(BUILD)/test/unit ## criterion tests of every module
	@scripts/run-tests --build $(BUILD) unit

SEEDS ?= 3000
FIRST ?= 0

.PHONY: simulation
simulation: $(BUILD)/test/simulation ## a worker in SEEDS (3000) simulated worlds, from seed FIRST (0) on
	@$(BUILD)/test/simulation --first $(FIRST) --seeds $(SEEDS)

.PHONY: test-c
test-c: all c-tests ## stand-alone C programs: embedding, stress
	@scripts/run-tests --build $(BUILD) c

FORGED ?= 10000000

.PHONY: flood
flood: $(BUILD)/test/flood ## FORGED (10,000,000) forged answers, none of which may be taken
	@FLOOD_DATAGRAMS=$(FORGED) $(BUILD)/test/flood

.PHONY: test-patches
test-patches: patch-tests ## what the net-snmp patches promise
	@$(MAKE) --no-print-directory SANITIZER=thread race-tests
	@scripts/run-tests --build $(BUILD) patches races

.PHONY: test-integration
test-integration: all ## pytest against snmpd, the net-snmp tools and simulated devices
	@scripts/run-tests --build $(BUILD) integration

.PHONY: check-sanitizers
check-sanitizers: ## all suites under AddressSanitizer and UBSan
	@scripts/deps build run test
	@$(MAKE) --no-print-directory SANITIZER=address check-sanitizers-build patch-tests
	@scripts/run-tests --build build-address unit simulation fuzz c patches integration

SOAK_REQUESTS ?= 200000

.PHONY: check-threads
check-threads: ## ThreadSanitizer: races between sessions, SOAK_REQUESTS (200000) of mixed requests
	@scripts/deps build run test
	@$(MAKE) --no-print-directory SANITIZER=thread race-tests
	@STRESS_REQUESTS=$(SOAK_REQUESTS) scripts/run-tests --build $(BUILD) races

.PHONY: lint
lint: ## format, static analysis, layers, shape, scripts, man pages
	@scripts/deps build lint
	@scripts/lint

.PHONY: format
format: ## rewrite our C files with clang-format
	@clang-format -i $$(scripts/lint --list-c)

.PHONY: patches-check
patches-check: ## apply and build every prefix of the patch series with zero fuzz
	@scripts/deps build
	@scripts/patches-check

.PHONY: netsnmp
netsnmp: ## fetch, patch and build net-snmp (cached)
	@scripts/netsnmp-build

FUZZ_SECONDS ?= 60
FUZZ_TARGETS := $(filter-out bed replay,$(basename $(notdir $(wildcard tests/fuzz/*.c))))
# All that the targets need, the simulation's clock and network in place of the engine's.
FUZZ_SOURCES := $(wildcard src/base/*.c src/snmp/*.c src/wire/*.c src/pool/*.c tests/simulation/*.c) \
	src/sim/ber.c src/sim/crypt.c tests/fuzz/bed.c
FUZZ_SOURCES := $(filter-out %/clock.c %/rng.c %/udp.c %/tcp.c %/main.c,$(FUZZ_SOURCES))
FUZZ_OBJ := $(patsubst %.c,build/fuzz/obj/%.o,$(FUZZ_SOURCES))
FUZZ_SAN := address,undefined -fno-sanitize-recover=undefined
FUZZ_CFLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -pthread $(CPPFLAGS_ALL) -Itests -Itests/simulation

.PHONY: fuzz
fuzz: ## libFuzzer on what strangers can send, FUZZ_SECONDS (60) for each target
	@scripts/deps build run fuzz
	@$(MAKE) --no-print-directory $(FUZZ_TARGETS:%=build/fuzz/%)
	@$(PYTHON) tests/fuzz/seeds.py build/fuzz/corpus
	@for target in $(FUZZ_TARGETS); do echo "== $$target"; build/fuzz/$$target -verbosity=0 \
		-max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=build/fuzz/$$target- \
		build/fuzz/corpus/$$target tests/fuzz/corpus/$$target; done

# Adds to what is kept what has been found, as few and as short inputs as will do.
.PHONY: fuzz-keep
fuzz-keep: ## adds what "make fuzz" has found to tests/fuzz/corpus, minimised
	@for target in $(FUZZ_TARGETS); do rm -rf build/fuzz/kept && mkdir -p build/fuzz/kept && \
		build/fuzz/$$target -set_cover_merge=1 -verbosity=0 build/fuzz/kept \
		tests/fuzz/corpus/$$target build/fuzz/corpus/$$target && \
		rm -rf tests/fuzz/corpus/$$target && mv build/fuzz/kept tests/fuzz/corpus/$$target; done

build/fuzz/obj/%.o: %.c $(NETSNMP_KEY) VERSION
	@mkdir -p $(@D)
	@echo "  CC    $< (fuzz)"
	@clang $(FUZZ_CFLAGS) -isystem $(NETSNMP)/include -fsanitize=fuzzer-no-link,$(FUZZ_SAN) -MMD -MP -c -o $@ $<

build/fuzz/%: build/fuzz/obj/tests/fuzz/%.o $(FUZZ_OBJ) | $(NETSNMP_LIB)
	@echo "  LINK  $@"
	@clang -pthread -fsanitize=fuzzer,$(FUZZ_SAN) -o $@ $^ $(NETSNMP_LIB) $(LIBS_CORE)

.PHONY: bench-handover
bench-handover: $(BUILD)/bench/handover ## what it costs to hand a request from thread to thread
	@$(BUILD)/bench/handover

$(BUILD)/bench/handover: bench/handover.c $(BASE)
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS_ALL) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(BASE) -lzmq -lpthread

include bench/bench.mk

.PHONY: install
install: all ## install programs, libraries, headers, man pages (prefix, DESTDIR)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(sbindir) $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(includedir)
	for b in $(filter-out %/zsnmpd,$(BINARIES)); do install -m 755 $$b $(DESTDIR)$(bindir)/; done
	for b in $(filter %/zsnmpd,$(BINARIES)); do install -m 755 $$b $(DESTDIR)$(sbindir)/; done
	install -m 644 $(BUILD)/lib/libzsnmp.so.$(VERSION) $(BUILD)/lib/libzsnmp.a $(DESTDIR)$(libdir)/
	ln -sf libzsnmp.so.$(VERSION) $(DESTDIR)$(libdir)/libzsnmp.so.$(SOVERSION)
	ln -sf libzsnmp.so.$(SOVERSION) $(DESTDIR)$(libdir)/libzsnmp.so
	install -m 644 $(wildcard include/zsnmp*.h) $(DESTDIR)$(includedir)/
	sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' -e 's|@includedir@|$(includedir)|' \
		-e 's|@version@|$(VERSION)|' packaging/zsnmp.pc.in >$(DESTDIR)$(libdir)/pkgconfig/zsnmp.pc
	chmod 644 $(DESTDIR)$(libdir)/pkgconfig/zsnmp.pc
	for s in 1 3 5 7 8; do for m in docs/man/*.$$s; do if [ -f $$m ]; then \
		install -D -m 644 $$m $(DESTDIR)$(mandir)/man$$s/$${m##*/}; fi; done; done
	install -D -m 644 packaging/zsnmpd.conf $(DESTDIR)$(docdir)/zsnmpd.conf
	if [ -f packaging/zsnmpd.service ]; then \
		install -d $(DESTDIR)$(unitdir); \
		sed 's|@sbindir@|$(sbindir)|g' packaging/zsnmpd.service >$(DESTDIR)$(unitdir)/zsnmpd.service; fi

.PHONY: uninstall
uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(bindir)/zsnmp $(DESTDIR)$(bindir)/zsnmp-sim $(DESTDIR)$(sbindir)/zsnmpd
	rm -f $(DESTDIR)$(libdir)/libzsnmp.so* $(DESTDIR)$(libdir)/libzsnmp.a $(DESTDIR)$(libdir)/pkgconfig/zsnmp.pc
	rm -f $(patsubst include/%,$(DESTDIR)$(includedir)/%,$(wildcard include/zsnmp*.h))
	for m in docs/man/*.[1-8]; do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/}; done
	rm -f $(DESTDIR)$(unitdir)/zsnmpd.service $(DESTDIR)$(docdir)/zsnmpd.conf

.PHONY: clean
clean: ## remove what was built, keep the net-snmp cache
	rm -rf build-address build-undefined build-thread build/bin build/lib build/obj build/test build/bench build/fuzz build/lint build/patches-check

.PHONY: distclean
distclean: clean ## remove everything that was built or fetched
	rm -rf build $(NETSNMP_CACHE)

# --- net-snmp ----------------------------------------------------------------------------------

# Run each time (it is a hash and a look), but the key file changes only with what was built, and
# only what includes net-snmp headers or links its library depends on that.
.PHONY: force
force:
$(NETSNMP_KEY): force
	@scripts/netsnmp-build

# Made together with the key.
$(NETSNMP_LIB): | $(NETSNMP_KEY) ;

# --- compile -----------------------------------------------------------------------------------

$(BUILD)/obj/src/snmp/%.o: src/snmp/%.c $(NETSNMP_KEY) VERSION
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS_ALL) $(NETSNMP_INC) $(OBJ_CFLAGS) $(PIC) -MMD -MP -c -o $@ $<

$(BUILD)/obj/src/%.o: src/%.c VERSION
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS_ALL) $(OBJ_CFLAGS) $(PIC) -MMD -MP -c -o $@ $<

# Criterion's macros convert and shadow; its headers are not ours.
$(BUILD)/obj/tests/unit/%.o: tests/unit/%.c VERSION
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS_ALL) -Itests/unit $(ALL_CFLAGS) -Wno-conversion -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/simulation/%.o: tests/simulation/%.c VERSION
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS_ALL) -Itests/simulation $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Archives are made anew: ar would keep the member of a source file that is gone. Empty is allowed.
define archive
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)
endef

# The list of members is a prerequisite, so that a removed source file is noticed.
$(CORE): $(CORE_OBJ)
	$(archive)
$(BASE): $(call layer,base)
	$(archive)
$(BROKER): $(call but_main,broker)
	$(archive)
$(CLI): $(call but_main,cli)
	$(archive)
$(SIM): $(call but_main,sim)
	$(archive)

# --- link --------------------------------------------------------------------------------------

link = @mkdir -p $(@D); echo "  LINK  $@"; $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
optimise = $(subst -fno-lto,$(LTO_LINK),$(link))

$(BUILD)/bin/zsnmpd: $(call main_of,broker) $(BROKER) $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	$(optimise) -o $@ $(filter %.o %.a,$^) $(NETSNMP_LIB) $(LIBS_MALLOC) $(LIBS_CZMQ) $(LIBS_CORE)

$(BUILD)/bin/zsnmp: $(call main_of,cli) $(CLI) $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	$(optimise) -o $@ $(filter %.o %.a,$^) $(NETSNMP_LIB) $(LIBS_CZMQ) $(LIBS_CORE)

$(BUILD)/bin/zsnmp-sim: $(call main_of,sim) $(SIM) $(BASE)
	$(optimise) -o $@ $(filter %.o %.a,$^) -lcrypto

SO := $(BUILD)/lib/libzsnmp.so
$(SO): $(CORE_OBJ) src/zsnmp.map $(NETSNMP_KEY) | $(NETSNMP_LIB)
	$(optimise) -shared -Wl,-soname,libzsnmp.so.$(SOVERSION) -Wl,--version-script=src/zsnmp.map \
		-Wl,--exclude-libs,ALL $(if $(SANITIZER),,-Wl$(comma)-z$(comma)defs) -o $@.$(VERSION) \
		$(CORE_OBJ) $(NETSNMP_LIB) $(LIBS_CORE)
	@ln -sf libzsnmp.so.$(VERSION) $@.$(SOVERSION)
	@ln -sfn libzsnmp.so.$(SOVERSION) $@
	@touch $@.$(VERSION)
comma := ,

# One object with our code and the members of libnetsnmp.a it needs, everything but the public
# functions made local: links beside a system libnetsnmp like the shared library does. Without what
# the compiler would optimise further, where all names are still global.
$(BUILD)/lib/libzsnmp.a: $(CORE_OBJ) $(SO) | $(NETSNMP_LIB)
	@mkdir -p $(@D) $(BUILD)/obj/static
	@echo "  AR    $@"
	@nm -D --defined-only --format=posix $(SO) | sed 's/[ @].*//' >$(BUILD)/obj/static/public
	@ld -r -o $(BUILD)/obj/static/all.o $(CORE_OBJ) $(NETSNMP_LIB)
	@objcopy --remove-section='.gnu.lto_*' --remove-section='.gnu.debuglto_*' \
		--keep-global-symbols=$(BUILD)/obj/static/public $(BUILD)/obj/static/all.o $(BUILD)/obj/static/libzsnmp.o
	@rm -f $@ $(BUILD)/obj/static/all.o
	@ar rcs $@ $(BUILD)/obj/static/libzsnmp.o

$(BUILD)/bin/examples/%: workers/%.c $(SO)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) -Iinclude $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -MF $(BUILD)/obj/example-$*.d -o $@ $< \
		-L$(BUILD)/lib -lzsnmp -lzmq -Wl,-rpath,'$$ORIGIN/../../lib'

# --- tests -------------------------------------------------------------------------------------

$(BUILD)/test/unit: $(UNIT_OBJ) $(SIM) $(CLI) $(BROKER) $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	$(link) -o $@ $(UNIT_OBJ) -Wl,--start-group $(SIM) $(CLI) $(BROKER) $(CORE) -Wl,--end-group \
		$(NETSNMP_LIB) $(LIBS_TEST) $(LIBS_CZMQ) $(LIBS_CORE)

# It has a clock, random numbers, UDP and TCP of its own: what it defines itself is not taken from the
# archive, and a symbol that it forgets is defined twice.
$(BUILD)/test/simulation: $(SIMULATION_OBJ) $(SIM) $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	$(link) -o $@ $(SIMULATION_OBJ) -Wl,--start-group $(SIM) $(CORE) -Wl,--end-group \
		$(NETSNMP_LIB) $(LIBS_CORE)

# The same targets without libFuzzer, which run what is kept.
$(BUILD)/obj/tests/fuzz/%.o: tests/fuzz/%.c VERSION
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS_ALL) -Itests -Itests/simulation $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

FUZZ_BED := $(BUILD)/obj/tests/fuzz/bed.o $(BUILD)/obj/tests/fuzz/replay.o \
	$(filter-out %/main.o,$(SIMULATION_OBJ))
FUZZ_TESTS := $(FUZZ_TARGETS:%=$(BUILD)/test/fuzz/%)
.SECONDARY: $(FUZZ_OBJ) $(FUZZ_TARGETS:%=$(BUILD)/obj/tests/fuzz/%.o) $(FUZZ_TARGETS:%=build/fuzz/obj/tests/fuzz/%.o)

$(BUILD)/test/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_BED) $(SIM) $(CORE) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	$(link) -o $@ $(filter %.o,$^) -Wl,--start-group $(SIM) $(CORE) -Wl,--end-group \
		$(NETSNMP_LIB) $(LIBS_CORE)

.PHONY: c-tests fuzz-tests patch-tests race-tests check-sanitizers-build
c-tests: $(C_TESTS)
fuzz-tests: $(FUZZ_TESTS)
patch-tests: $(PATCH_TESTS)
race-tests: $(BUILD)/test/patches/data_races $(BUILD)/test/stress $(BUILD)/bin/zsnmp-sim
check-sanitizers-build: all $(BUILD)/test/unit $(BUILD)/test/simulation c-tests fuzz-tests

$(BUILD)/test/patches/%: tests/patches/%.c $(wildcard tests/patches/*.h) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) -Itests/patches $(NETSNMP_INC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(NETSNMP_LIB) -lcrypto

# A test may ask for more libraries in a line "// link: -lfoo".
$(BUILD)/test/%: tests/c/%.c $(CORE) $(SO) $(NETSNMP_KEY) | $(NETSNMP_LIB)
	@mkdir -p $(@D) $(BUILD)/obj
	@echo "  LINK  $@"
	@$(CC) $(CPPFLAGS_ALL) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -MF $(BUILD)/obj/c-test-$*.d -o $@ $< \
		$(CORE) $(NETSNMP_LIB) $(LIBS_CZMQ) $(LIBS_CORE) $$(sed -n 's|^// link: ||p' $<)

-include $(ALL_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) $(wildcard $(BUILD)/obj/*.d)
