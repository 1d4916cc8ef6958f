# Rations. `make run` and `make test` are all a user needs; `make help` lists the rest.

CC     ?= gcc
ifeq ($(origin CC),default)
CC     := gcc
endif
SAN    ?=
OPT    ?= $(if $(SAN),-O1,-O2)
# Lines are what a sanitizer tells of; variables take a fourth of the time to compile. DEBUG=-g to look into one.
DEBUG  ?= $(if $(SAN),-g1,-g)
B      := build/$(CC)$(if $(SAN),-$(if $(findstring fuzzer,$(SAN)),fuzz,san))
# What `make dist` packed says it in a file, and may lie in another git's folder.
VERSION := $(shell cat VERSION 2>/dev/null || git describe --tags --always --dirty 2>/dev/null || echo unknown)
# The schema the programs are made for: the newest migration.
SCHEMA := $(firstword $(subst _, ,$(notdir $(lastword $(sort $(wildcard migrations/*.sql))))))

DEPS   := cairo expat fontconfig libuv libwebsockets libpq libmariadb jansson libcurl libsodium zlib libzstd libutf8proc libpcre2-8 openssl sqlite3
PKG    := pkg-config --silence-errors
PKG_CFLAGS := $(filter-out -I/usr/include/hiredis,$(shell $(PKG) --cflags $(DEPS) 2>/dev/null))
PKG_LIBS   := $(shell $(PKG) --libs $(DEPS) 2>/dev/null)
CPPFLAGS += -I. -DH2O_USE_LIBUV=1 $(PKG_CFLAGS)
CFLAGS += -std=c11 -D_GNU_SOURCE $(DEBUG) $(OPT) -fno-omit-frame-pointer -fno-strict-aliasing -fstack-protector-strong \
	  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla $(if $(WERROR),-Werror)
LDLIBS += -lh2o -lwslay -lhiredis -lstemmer $(PKG_LIBS) -lm
ifneq ($(SAN),)
CFLAGS  += -fsanitize=$(SAN) -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SAN) -fuse-ld=gold # there is much to link, and gold takes half the time
endif

NODE   := deploy/debian/node
SAN_ALL := address,undefined
SAN_FUZZ := fuzzer,address,undefined

# --- what there is ---------------------------------------------------------------

SERVICES := $(notdir $(patsubst %/main.c,%,$(wildcard services/*/main.c)))
LIBRARY  := $(filter-out %_doc.c,$(wildcard libshared/*/*.c proto/*.c))
HARNESS  := $(wildcard tests/harness/*.c)
TESTS    := $(shell find tests/unit tests/scenario -name '*_test.c' 2>/dev/null | sort)
FUZZERS  := $(wildcard tests/fuzz/*_fuzz.c)
BENCHES  := $(wildcard tests/bench/*_bench.c)
C_FILES  := $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h' 2>/dev/null)
SH_FILES := deploy/debian/install deploy/debian/node .ci/run $(shell git ls-files --cached --others --exclude-standard '*.sh' 2>/dev/null)
objects   = $(patsubst %.c,$B/%.o,$(1))

.PHONY: help run install install-files uninstall dist test test-compose fuzz verify-numbers drill bench lint lint-c lint-dashboard analyze fmt programs dashboard image env-example pictures packages clean
.SECONDARY:

help:
	@echo "make run        start Rations here (a demo without DISCORD_BOT_TOKEN)"
	@echo "make test       everything that can be checked"
	@echo "make fuzz       inputs nobody wrote, FUZZ_SECONDS=60 for each reader of them"
	@echo "make chaos      a storm of some minutes over eight shards (CHAOS_SEED, CHAOS_SECONDS)"
	@echo "make verify-numbers  every figure against the simulator's own ledger"
	@echo "make drill      a filled database backed up, restored elsewhere, and every table compared"
	@echo "make bench      how fast it is"
	@echo "make lint fmt   how it is written"
	@echo "make analyze    a deeper look at the C: cppcheck, gcc -fanalyzer, clang-tidy"
	@echo "make programs   the C programs only, into $B/bin"
	@echo "make dashboard  the dashboard only, into dashboard/dist"
	@echo "make install    programs, dashboard and units of systemd, into PREFIX=/usr/local (DESTDIR); make uninstall"
	@echo "make dist       build/rations-VERSION.tar.gz: the last commit, its dashboard built"
	@echo "make image      the container image, from the sources alone (docker compose up does it, too)"
	@echo "make test-compose  the story of docker-compose.yml, whole, with a Docker engine"
	@echo "make env-example   .env.example and docs/configure.md, from the options of the programs"
	@echo "make pictures   the documentation's pictures, from a demo of their own"

# --- run ---------------------------------------------------------------------------

run:
	@deploy/debian/install build run node
	@$(MAKE) --no-print-directory -j$(shell nproc) programs dashboard
	@exec $B/bin/launcher

# --- build --------------------------------------------------------------------------

programs: $(SERVICES:%=$B/bin/%)

$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$B/libshared.a: $(call objects,$(LIBRARY))
	@rm -f $@
	@ar rcs $@ $^

# The one file that knows the version, or the schema, is compiled again when there is a new one.
remember = $(shell mkdir -p build && { echo '$(2)' | cmp -s - build/$(1) || echo '$(2)' >build/$(1); })
$(call remember,version,$(VERSION))
$(call remember,schema,$(SCHEMA))
$B/libshared/loop/service.o: CPPFLAGS += -DRA_VERSION='"$(VERSION)"'
$B/libshared/loop/service.o: build/version
$B/libshared/pg/schema.o: CPPFLAGS += -DRA_SCHEMA='"$(SCHEMA)"'
$B/libshared/pg/schema.o: build/schema

define program
$B/bin/$(1): $(call objects,$(wildcard services/$(1)/*.c)) $B/libshared.a
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach service,$(SERVICES),$(eval $(call program,$(service))))

dashboard: dashboard/dist/index.html

%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	@echo "NPM $*"
	@cd $* && ../$(NODE) npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# What was packed brings its dashboard built, and needs no Node.
ifeq ($(wildcard VERSION),)
dashboard/dist/index.html: dashboard/node_modules/.package-lock.json proto/api.yaml $(wildcard locales/*.json locales/*/*.json) \
		$(shell find dashboard/src dashboard/public dashboard/index.html dashboard/*.ts -type f 2>/dev/null)
	@echo "VITE dashboard"
	@cd dashboard && ../$(NODE) npm run --silent build
endif

# What the programs may be told, for who installs and for who reads.
env-example: programs
	@$(NODE) node deploy/docker/env_example.mjs $B/bin >build/env.example
	@mv build/env.example .env.example
	@$(NODE) node deploy/docker/configure_page.mjs $B/bin

# What the documentation shows.
pictures:
	@deploy/debian/install build run test node
	@$(MAKE) --no-print-directory -j2 programs dashboard tests/node_modules/.package-lock.json
	@BUILD_PLAIN=$B $(NODE) node tests/pictures/pictures.mjs

image:
	@docker compose build --build-arg VERSION="$(VERSION)" migrate

# --- install ----------------------------------------------------------------------------

PREFIX  ?= /usr/local
LIBDIR  := $(PREFIX)/lib/rations
UNITDIR := $(PREFIX)/lib/systemd/system
UNITS   := $(notdir $(wildcard deploy/systemd/rations*))

# One folder, as in the image; and what leads to it.
install: programs dashboard
	@$(MAKE) --no-print-directory install-files

install-files:
	@echo "INSTALL $(DESTDIR)$(PREFIX)"
	@install -d $(DESTDIR)$(LIBDIR)/bin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(UNITDIR) \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	@install -s $(SERVICES:%=$B/bin/%) $(DESTDIR)$(LIBDIR)/bin
	@install deploy/systemd/setup.sh $(DESTDIR)$(LIBDIR)
	@install deploy/redis/start.sh $(DESTDIR)$(LIBDIR)/redis-start.sh
	@for folder in migrations locales dashboard/dist; do \
		rm -rf "$(DESTDIR)$(LIBDIR)/$$folder" && \
		find $$folder -type f -exec install -D -m 644 {} $(DESTDIR)$(LIBDIR)/{} \; || exit 1; done
	@ln -sfn ../lib/rations/bin/rationsctl $(DESTDIR)$(PREFIX)/bin/rationsctl
	@install -m 644 docs/rationsctl.1 $(DESTDIR)$(PREFIX)/share/man/man1
	@install -m 644 deploy/completion/rationsctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/rationsctl
	@for unit in $$(cd deploy/systemd && find $(UNITS) -type f); do \
		install -d "$$(dirname $(DESTDIR)$(UNITDIR)/$$unit)" && \
		sed 's|@libdir@|$(LIBDIR)|' deploy/systemd/$$unit >$(DESTDIR)$(UNITDIR)/$$unit && \
		chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit 1; done

# Settings and data stay.
uninstall:
	@rm -rf $(DESTDIR)$(LIBDIR) $(UNITS:%=$(DESTDIR)$(UNITDIR)/%)
	@rm -f $(DESTDIR)$(PREFIX)/bin/rationsctl $(DESTDIR)$(PREFIX)/share/man/man1/rationsctl.1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/rationsctl

# The same commit gives the same bytes. What is packed builds without git and without Node.
PACKED = rations-$(VERSION)
dist: dashboard
	@[ -z "$$(git status --porcelain)" ] || { echo "make dist packs the last commit; commit or stash what is changed" >&2; exit 1; }
	@rm -rf build/$(PACKED) && mkdir -p build/$(PACKED)
	@git archive HEAD | tar -x -C build/$(PACKED)
	@echo '$(VERSION)' >build/$(PACKED)/VERSION
	@cp -r dashboard/dist build/$(PACKED)/dashboard/
	@tar -C build -c --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w --format=ustar \
		--mtime=@$$(git log -1 --format=%ct) $(PACKED) | gzip -9n >build/$(PACKED).tar.gz
	@rm -rf build/$(PACKED)
	@echo "build/$(PACKED).tar.gz"

# --- test ----------------------------------------------------------------------------

# A test of a service links that service, its main() left out.
service_of = $(firstword $(subst /, ,$(patsubst tests/unit/services/%,%,$(filter tests/unit/services/%,$(1)))))
define test_program
$B/$(1:.c=): $(call objects,$(1) $(HARNESS) $(if $(call service_of,$(1)),$(filter-out %/main.c,$(wildcard services/$(call service_of,$(1))/*.c)))) $B/libshared.a
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(LDLIBS)
endef
$(foreach test,$(TESTS) $(BENCHES),$(eval $(call test_program,$(test))))

FIREHOSE := $B/tests/bench/firehose/firehose
$(FIREHOSE): $(call objects,$(wildcard tests/bench/firehose/*.c)) $B/libshared.a
	@echo "LD $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

test-programs: $(patsubst %.c,$B/%,$(TESTS))

# libFuzzer's targets: SAN=$(SAN_FUZZ), by clang. Each links a service, its main() left out.
fuzzed_by = $(if $(filter %/archive_fuzz.c,$(1)),backup-scheduler,gateway-ingest)
define fuzz_program
$B/$(1:.c=): $(call objects,$(1) $(filter-out %/main.c,$(wildcard services/$(call fuzzed_by,$(1))/*.c))) $B/libshared.a
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach fuzzer,$(FUZZERS),$(eval $(call fuzz_program,$(fuzzer))))

fuzz-programs: $(patsubst %.c,$B/%,$(FUZZERS))

test:
	@deploy/debian/install build run test node
	@$(MAKE) --no-print-directory -j2 dashboard programs tests/node_modules/.package-lock.json
	@$(MAKE) --no-print-directory -j2 SAN=$(SAN_ALL) programs test-programs
	@$(MAKE) --no-print-directory -j2 CC=clang SAN=$(SAN_FUZZ) fuzz-programs
	@tests/run.sh $B-san $B

# With the image from the sources alone, as a fresh checkout makes it.
test-compose:
	@deploy/debian/install build run test node
	@$(MAKE) --no-print-directory -j2 programs dashboard tests/node_modules/.package-lock.json
	@COMPOSE_TEST=full BUILD_PLAIN=$B $(NODE) node tests/compose/compose_test.mjs

fuzz:
	@deploy/debian/install build test
	@$(MAKE) --no-print-directory -j2 CC=clang SAN=$(SAN_FUZZ) fuzz-programs
	@tests/fuzz/run.sh

chaos:
	@deploy/debian/install build run test node
	@$(MAKE) --no-print-directory -j2 programs
	@BUILD_PLAIN=$B $(NODE) node tests/chaos/chaos.mjs

# Every number of every page against sums done elsewhere.
verify-numbers:
	@deploy/debian/install build run test node
	@$(MAKE) --no-print-directory -j2 programs dashboard tests/node_modules/.package-lock.json
	@BUILD_PLAIN=$B BUILD_SAN=$B $(NODE) node tests/numbers/verify.mjs

# A backup is worth what comes out of it.
drill:
	@deploy/debian/install build run test node
	@$(MAKE) --no-print-directory -j2 programs
	@BUILD_PLAIN=$B $(NODE) node tests/drill/drill.mjs

bench:
	@deploy/debian/install build run test bench node
	@$(MAKE) --no-print-directory -j2 programs $(FIREHOSE) $(patsubst %.c,$B/%,$(BENCHES)) tests/node_modules/.package-lock.json
	@for bench in $(patsubst %.c,$B/%,$(BENCHES)); do $$bench || exit 1; done
	@for bench in $(wildcard tests/bench/*_bench.mjs); do BUILD_PLAIN=$B $(NODE) node $$bench || exit 1; done

# --- style -----------------------------------------------------------------------------

# What clang warns of, and what clang-tidy knows. Many files at a time, since it takes long to begin; but those with a
# va_list one by one: its checker of them is right about the first file only.
# $(1): how far clang's analyzer follows a function. Deep is what it does by itself, and takes twenty times as long;
# shallow, it follows no more than so many steps of one, too.
analyzer = --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=$(1)
define tidy
echo "clang-tidy, $(1)"
tidy() { xargs -P2 -n$$1 sh -c 'clang-tidy --quiet \
	$(call analyzer,mode=$(1)) $(if $(filter shallow,$(1)),$(call analyzer,max-nodes=20000)) "$$@" -- $(CPPFLAGS) $(CFLAGS) 2>/dev/null' clang-tidy; }; \
grep -l va_list $(filter %.c,$(C_FILES)) | tidy 1 && grep -L va_list $(filter %.c,$(C_FILES)) | tidy 12
endef

fmt:
	@deploy/debian/install lint
	clang-format -i $(C_FILES)

# The C and the dashboard beside each other: the tools of the latter use one processor.
lint:
	@deploy/debian/install build test lint node
	@$(MAKE) --no-print-directory -j2 lint-c lint-dashboard

lint-c:
	@echo "clang-format"
	@clang-format --dry-run --Werror $(C_FILES)
	@$(call tidy,shallow)
	shellcheck $(SH_FILES)

lint-dashboard: dashboard/node_modules/.package-lock.json
	cd dashboard && ../$(NODE) npm run --silent lint && ../$(NODE) npm run --silent typecheck

# What each of the three is told not to say, and why, is in docs/security.md.
CPPCHECK := cppcheck --std=c11 --enable=warning,portability,performance --inline-suppr --quiet --error-exitcode=1 -j2 \
	    --suppress=missingIncludeSystem --suppress=arrayIndexThenCheck --suppress=internalAstError \
	    --include=/usr/include/uthash.h --include=/usr/include/utlist.h --include=/usr/include/jansson.h -I. -DH2O_USE_LIBUV=1 -D_GNU_SOURCE
analyze:
	@deploy/debian/install build test lint analyze
	@echo "cppcheck"
	@$(CPPCHECK) libshared services proto
	@echo "gcc -fanalyzer"
	@printf '%s\n' $(filter-out tests/%,$(filter %.c,$(C_FILES))) | xargs -P2 -n1 sh -c 'ulimit -t 60; \
		gcc $(CPPFLAGS) -std=c11 -D_GNU_SOURCE -O1 -fanalyzer -Wno-analyzer-malloc-leak -Werror -c -o /dev/null "$$1" || \
		{ [ $$? -gt 1 ] && echo "$$1: more paths than gcc follows in a minute"; }' gcc
	@$(call tidy,deep)

clean:
	rm -rf build dashboard/dist

-include $(shell find build -name '*.d' 2>/dev/null)
