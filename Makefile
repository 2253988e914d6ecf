# make demo  runs the server with simulated lots; make test  runs every test. Both install what a bare Debian or Ubuntu lacks.

CARGO ?= cargo
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Commands and the Debian packages that bring them.
POSTGRES := $(firstword $(wildcard /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres) $(shell command -v postgres))
packages_demo := $(if $(POSTGRES),,postgresql)
packages_test := $(packages_demo) \
	$(if $(shell command -v chromium),,chromium) \
	$(if $(shell command -v chromedriver),,chromium-driver) \
	$(if $(shell PATH=$$PATH:/usr/sbin command -v nats-server),,nats-server) \
	$(if $(shell command -v python3),,python3) \
	$(if $(shell python3 -c 'import venv, ensurepip' 2>&1),python3-venv) \
	$(if $(shell command -v node),,nodejs npm) \
	$(if $(shell PATH=$$PATH:/usr/sbin command -v nginx),,nginx-light) \
	$(if $(shell command -v cc),,build-essential)
packages_build := $(if $(shell command -v cc),,build-essential)

.PHONY: demo test setup-demo setup-test help

help:
	@sed -n '1p' Makefile | cut -c3-

demo: setup-demo
	$(CARGO) run --locked --profile demo -- demo $(ARGS)

# Most tests wait; the others take turns (tests/common/turn.rs).
test: export RUST_TEST_THREADS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
test: setup-test
	$(CARGO) test --locked
	node --test tests/screens/*.test.mjs

setup-demo:
	@$(call install,$(packages_build) $(packages_demo))

setup-test:
	@$(call install,$(packages_build) $(packages_test))

# The distribution starts servers of its own with its packages of postgresql and nginx; ours do not need them.
define install
$(if $(strip $(1)),command -v apt-get >/dev/null || { echo "please install: $(strip $(1))"; exit 1; }; \
	echo "installing $(strip $(1))"; \
	$(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(strip $(1)) >/dev/null,:)
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing: install it from https://rustup.rs, then run this again"; exit 1; }
endef
