# The server alone; the database is a service beside it (docker-compose.yml).
FROM rust:1.95-slim-trixie AS build
WORKDIR /build
COPY . .
# queries are checked against the committed metadata
ENV SQLX_OFFLINE=true
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin savedesk && cp target/release/savedesk /savedesk

FROM debian:trixie-slim
RUN useradd --system --no-create-home savedesk
COPY --from=build /savedesk /usr/local/bin/savedesk
USER savedesk
ENV SAVEDESK_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["savedesk"]
CMD ["serve"]
