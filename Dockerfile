# Build with the screens and the SQL inside the one binary.
FROM rust:1.95-slim-bookworm AS build
# The allocator is built with it.
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /gaveurs
COPY Cargo.toml Cargo.lock build.rs ./
COPY .cargo .cargo
COPY src src
COPY sql sql
COPY static static
# For example nats: docker build --build-arg FEATURES=nats .
ARG FEATURES=
RUN cargo build --locked --release --features "$FEATURES"

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --uid 10001 gaveurs
COPY --from=build /gaveurs/target/release/gaveurs /usr/local/bin/gaveurs
# By number, so that an orchestrator can see that it is not root.
USER 10001
# The database is another container: see compose.yaml.
# Others can reach this address, so they need a key; the first start shows one for an admin.
ENV GAVEURS_BIND=0.0.0.0:8000 GAVEURS_AUTH=on
EXPOSE 8000
# SIGTERM ends the server in order.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["curl", "--fail", "--silent", "--show-error", "--output", "/dev/null", "http://127.0.0.1:8000/health/ready"]
ENTRYPOINT ["gaveurs"]
CMD ["serve"]
