# keydredge in an image: one static program, no shell, no package manager, not root.
#
#   docker build -t keydredge .
#   docker run --rm -v "$PWD:/repository:ro" keydredge scan .
#
# A CI that runs a job's script inside of the image needs a shell: docker build --target ci -t keydredge:ci .
ARG RUST=1.91
ARG ALPINE=3.22

FROM rust:${RUST}-alpine${ALPINE} AS build
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY Cargo.toml Cargo.lock build.rs ./
COPY benches benches
COPY hooks hooks
COPY rules rules
COPY src src
COPY README.md ./
RUN cargo build --release --locked --bin keydredge && mv target/release/keydredge /keydredge

FROM alpine:${ALPINE} AS ci
COPY --from=build /keydredge /usr/local/bin/keydredge
USER 65532:65532
WORKDIR /repository
CMD ["keydredge", "--help"]

FROM scratch
COPY --from=build /keydredge /usr/local/bin/keydredge
USER 65532:65532
WORKDIR /repository
ENTRYPOINT ["/usr/local/bin/keydredge"]
CMD ["--help"]
