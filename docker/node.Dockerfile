# syntax=docker/dockerfile:1
# The EVSCallPro node. Build from the checkout's root: docker build -f docker/node.Dockerfile -t evscallpro .
# Steps were run without Docker by docker/check-steps node (see README.md).

FROM debian:12-slim AS packages
WORKDIR /src
COPY debian-packages.txt ./
COPY scripts/unpack-headers scripts/
ENV DEBIAN_FRONTEND=noninteractive

FROM packages AS server
RUN apt-get update \
 && sed -n 's/^build: *//p' debian-packages.txt | xargs apt-get install -y --no-install-recommends \
 && scripts/unpack-headers /var/cache/evscallpro
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY domain domain
COPY process process
COPY calendar calendar
COPY config config
COPY imports imports
COPY transport transport
COPY persistence persistence
COPY actors actors
COPY app app
RUN cmake --preset release -DEVS_PARTS="domain;process;calendar;config;imports;transport/ami;transport/web;persistence;actors;app" \
 && cmake --build build/release --target evscallpro \
 && install -D -s build/release/app/evscallpro /out/evscallpro

FROM packages AS dashboard
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && sed -n 's/^node: *//p' debian-packages.txt | xargs apt-get install -y --no-install-recommends
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM packages AS runtime
RUN apt-get update \
 && sed -n 's/^runtime: *//p' debian-packages.txt | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* /src \
 && groupadd --gid 10001 evscallpro \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin evscallpro \
 && install -d -m 0711 -o evscallpro -g evscallpro /var/lib/evscallpro/data \
 && install -d /var/lib/evscallpro/apply
COPY --from=server /out/evscallpro /usr/local/bin/evscallpro
COPY --from=dashboard /src/web/dist /usr/local/share/evscallpro/web
COPY docker/apply-in-asterisk /usr/local/bin/apply-in-asterisk
COPY config/evscallpro.yaml /usr/local/share/evscallpro/evscallpro.yaml
WORKDIR /
USER evscallpro
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "-m", "2", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["evscallpro"]
CMD ["run", "--config", "/etc/evscallpro/evscallpro.yaml"]
