# The image of the gate: one static program, certificate authorities, nothing else.
#
# Bases are named by tag, so that the image can be built where no registry is reached; give a digest by build argument where
# one is:  --build-arg RUST_IMAGE=docker.io/library/rust:1.95-bookworm@sha256:...
ARG RUST_IMAGE=docker.io/library/rust:1.95-bookworm
ARG DEBIAN_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
# x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu, of the machine that builds.
ARG TARGET=x86_64-unknown-linux-gnu
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY tests tests
# Static, so that the last stage needs no library. `--target` keeps the flag away from procedural macros.
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN cargo build --release --locked --bin plimsoll --target "$TARGET" && cp "target/$TARGET/release/plimsoll" /plimsoll

FROM ${DEBIAN_IMAGE} AS roots
RUN test -s /etc/ssl/certs/ca-certificates.crt || (apt-get update && apt-get install -y --no-install-recommends ca-certificates)

FROM scratch
LABEL org.opencontainers.image.title="plimsoll" \
      org.opencontainers.image.description="The release gate for Spinnaker" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.documentation="README.md"
COPY --from=roots /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=0:0 --chmod=0555 /plimsoll /plimsoll
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
ENTRYPOINT ["/plimsoll"]
CMD ["gate"]
