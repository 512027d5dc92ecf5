# syntax=docker/dockerfile:1
# A whole shop:          docker run -p 8080:8080 -v souk:/data souk
# One process of many:   docker run … souk serve --services orders     (docs/fleet.md)

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# What cargo loads and builds is kept between builds in these two folders: only what has changed is compiled again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package souk \
    && mkdir -p /out/bin /out/data /out/files \
    && install -s target/release/souk /out/bin/souk

FROM debian:bookworm-slim
# The time zones of reports; authorities for TLS are in the program.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tzdata \
    && rm -rf /var/lib/apt/lists/*
# A user without a name, who owns nothing but the folders that are written to. A volume begins with their owner.
COPY --from=build /out/bin/souk /usr/local/bin/souk
COPY --from=build --chown=10001:10001 /out/data /data
COPY --from=build --chown=10001:10001 /out/files /srv/files
USER 10001:10001
WORKDIR /data
# These go before souk.toml.
ENV SOUK_SERVER_LISTEN=0.0.0.0:8080 \
    SOUK_DATA_FOLDER=/data
VOLUME /data
EXPOSE 8080
# Nothing but the shell is there to ask with. A start may have to run migrations first.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5m --start-interval=1s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["souk"]
CMD ["serve"]
