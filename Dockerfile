FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
ENV SQLX_OFFLINE=true
RUN cargo build --release --locked --bin portcullis

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /source/target/release/portcullis /usr/local/bin/
USER 10001:10001
ENV PORTCULLIS_LISTEN=0.0.0.0:8080 PORTCULLIS_OPERATIONS_LISTEN=0.0.0.0:9090
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --start-interval=1s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["portcullis"]
CMD ["serve"]
