# Rations: all its programs in one image, chosen by the command.
#
#   base -> compile -> programs --.
#        \-> bundle  -> dashboard --+-> rations
#   postgresql ---------------------'
#
# What was built already can be handed in instead of being built here; a named context stands for the stage of its name:
#   docker build --build-context programs=build/gcc/bin --build-context dashboard=dashboard/dist .
# Behind a proxy of your own: --build-arg NPM_CONFIG_REGISTRY=... --secret id=ca,src=ca.pem

FROM debian:bookworm-slim AS base
WORKDIR /src
COPY deploy/debian deploy/debian
RUN deploy/debian/install build && rm -rf /var/lib/apt/lists/*

FROM base AS compile
ARG VERSION=unknown
COPY Makefile ./
COPY migrations migrations
COPY libshared libshared
COPY proto proto
COPY services services
RUN make -j"$(nproc)" VERSION="$VERSION" programs && strip build/gcc/bin/*

FROM scratch AS programs
COPY --from=compile /src/build/gcc/bin/ /

FROM base AS bundle
ARG NPM_CONFIG_REGISTRY=https://registry.npmjs.org/
RUN deploy/debian/install node && rm -rf /var/lib/apt/lists/*
COPY Makefile ./
COPY proto proto
COPY locales locales
COPY dashboard dashboard
RUN --mount=type=secret,id=ca,target=/run/ca.pem \
	if [ -s /run/ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/ca.pem; fi && make dashboard

FROM scratch AS dashboard
COPY --from=bundle /src/dashboard/dist/ /

# pg_dump and pg_restore without what Debian wraps around them (Perl).
FROM debian:bookworm-slim AS postgresql
WORKDIR /unpacked
RUN apt-get update -qq && apt-get download -qq postgresql-client-15 && dpkg -x postgresql-client-15_*.deb .

FROM debian:bookworm-slim AS rations
COPY deploy/debian/packages /tmp/packages
# hadolint ignore=SC2046
RUN apt-get update -qq \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		$(awk '$1 == "image" { print $2 }' /tmp/packages) >/dev/null \
	&& rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt /tmp/packages
# A user for each service: files of one are closed to the others (deploy/docker/setup.sh). Shared files are the group's.
RUN groupadd -g 10000 rations \
	&& for user in 10000:rations 10001:gateway-ingest 10002:analytics 10003:response-tracker 10004:api \
		10005:backup-scheduler 10006:migrate 10007:discord-sim; do \
		useradd -M -N -g rations -d /nonexistent -s /usr/sbin/nologin -u "${user%:*}" "${user#*:}" || exit 1; \
	done \
	&& install -d -o backup-scheduler -g rations -m 0750 /var/lib/rations/backups \
	&& install -d -o discord-sim -g rations -m 0750 /var/lib/rations/discord-sim
COPY --from=postgresql /unpacked/usr/lib/postgresql/15/bin/pg_dump /unpacked/usr/lib/postgresql/15/bin/pg_restore \
	/usr/lib/postgresql/15/bin/
COPY migrations /usr/lib/rations/migrations
COPY locales /usr/lib/rations/locales
COPY deploy/docker/migrate.sh /usr/lib/rations/
COPY --from=dashboard / /usr/lib/rations/dashboard/dist/
COPY --from=programs / /usr/lib/rations/bin/
ENV PATH=/usr/lib/rations/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	LC_ALL=C.UTF-8 HOST=0.0.0.0 ADMIN_HOST=0.0.0.0 SERVICES_AT=names
WORKDIR /usr/lib/rations
USER rations
ARG VERSION=unknown
LABEL org.opencontainers.image.title="Rations" \
	org.opencontainers.image.description="Analytics for Discord communities that you host yourself" \
	org.opencontainers.image.version="$VERSION" \
	org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
STOPSIGNAL SIGTERM
EXPOSE 5000
CMD ["rationsctl", "--help"]
