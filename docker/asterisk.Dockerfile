# syntax=docker/dockerfile:1
# Asterisk 22 (LTS) for EVSCallPro: the package of Debian's unstable suite, our configuration rendered at each start.
# Build from the checkout's root: docker build -f docker/asterisk.Dockerfile -t evscallpro-asterisk .
# Where an Asterisk already runs, this image is not needed: asterisk-conf/ and the AMI user are enough.

# Phones' and trunks' passwords are encrypted in the database: the small program that opens them.
FROM debian:sid-slim AS secrets
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ libsodium-dev
COPY persistence/sealed.hpp persistence/sealed.cpp /src/persistence/
COPY docker/open-secrets.cpp /src/docker/open-secrets.cpp
RUN g++ -std=c++20 -O2 -static -I/src -o /usr/local/bin/evs-open-secrets /src/docker/open-secrets.cpp /src/persistence/sealed.cpp -lsodium

FROM debian:sid-slim
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-en asterisk-core-sounds-fr-wav postgresql-client util-linux \
 && rm -rf /var/lib/apt/lists/*
COPY asterisk-conf /opt/evscallpro/asterisk-conf
COPY scripts/lib /opt/evscallpro/scripts/lib
COPY scripts/apply-asterisk-config /opt/evscallpro/scripts/apply-asterisk-config
COPY --from=secrets /usr/local/bin/evs-open-secrets /usr/local/bin/evs-open-secrets
ENV EVS_SECRETS=/usr/local/bin/evs-open-secrets
COPY docker/asterisk-entrypoint /usr/local/bin/asterisk-entrypoint
COPY docker/apply-in-asterisk /usr/local/bin/apply-in-asterisk
RUN chmod 755 /usr/local/bin/asterisk-entrypoint /usr/local/bin/apply-in-asterisk \
 && install -d -o asterisk -g asterisk /var/lib/evscallpro/main \
 && install -d /var/lib/evscallpro/apply
VOLUME /var/lib/evscallpro
# SIP and the range of RTP; with host networking (compose.yaml) nothing is published.
EXPOSE 5060/udp 10000-10999/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["asterisk-entrypoint", "healthy"]
ENTRYPOINT ["asterisk-entrypoint"]
CMD ["run"]
