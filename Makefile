# Rations. `make run` and `make test` are all a user needs; the rest is for us.
# (Being extended.)
CC      ?= gcc
SAN     ?=
OPT     ?= -O2
CFLAGS  := -std=c11 -D_GNU_SOURCE -g $(OPT) -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -fno-strict-aliasing -fno-omit-frame-pointer
B       := build/$(notdir $(CC))$(if $(SAN),-san)
DEPS    := libuv libwebsockets libpq jansson libcurl libsodium zlib libzstd libutf8proc openssl libpcre2-8
CPPFLAGS := -I. -DH2O_USE_LIBUV=1 $(filter-out -I/usr/include/hiredis,$(shell pkg-config --cflags $(DEPS)))
LDLIBS  := -lh2o -lwslay -lhiredis $(shell pkg-config --libs $(DEPS)) -lm
ifneq ($(SAN),)
CFLAGS  += -fsanitize=$(SAN) -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SAN)
endif

SERVICES := $(notdir $(patsubst %/main.c,%,$(wildcard services/*/main.c)))
LIB      := $(wildcard libshared/*/*.c proto/*.c)
LIBOBJ   := $(LIB:%.c=$B/%.o)
HARNESS  := $(patsubst %.c,$B/%.o,$(wildcard tests/harness/*.c))
UNIT     := $(shell find tests/unit -name '*_test.c')

all: $(SERVICES:%=$B/bin/%)

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$B/libshared.a: $(LIBOBJ)
	@rm -f $@
	ar rcs $@ $^

$B/harness.a: $(HARNESS)
	@rm -f $@
	ar rcs $@ $^

define service
$B/bin/$(1): $(patsubst %.c,$B/%.o,$(wildcard services/$(1)/*.c)) $B/libshared.a
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach s,$(SERVICES),$(eval $(call service,$s)))

# tests/unit/libshared/base/json_test.c -> build/.../unit/libshared/base/json_test
# A service's test links that service's objects, main.o left out.
$B/unit/%: tests/unit/%.c $B/harness.a $B/libshared.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(if $(findstring services/,$@),$(filter-out %/main.o,$(patsubst %.c,$B/%.o,$(wildcard $(shell echo $* | cut -d/ -f1-2)/*.c)))) $B/harness.a $B/libshared.a -lcmocka $(LDLIBS)

-include $(shell find $B -name '*.d' 2>/dev/null)
.SECONDEXPANSION:
.PHONY: all
