/*
 * firehose: as much of Discord as it takes to flood a client: REST's
 * gateway, HELLO, READY, GUILD_CREATE and then dispatches, packed ahead, as
 * fast as they are taken or at a given pace. The same bytes for every client,
 * and for every connection one after another.
 *
 *	firehose --shards 1 --guilds 20 --members 100 --channels 10 --events 200000
 *	         --compress zstd-stream
 *	firehose --pace 1000x10,20000x15      so many events a second for so many seconds
 *
 * It is run by a program: "go" on its input starts the events of all who
 * have identified, the end of the input ends it. It says, a line each:
 *
 *	listening PORT
 *	built WIRE_BYTES PAYLOAD_BYTES LAST_SEQ     everything is packed
 *	identify SHARD MS    go MS    sent SHARD MS    closed SHARD BYTES
 */
#include "libshared/base/clock.h"
#include "tests/bench/firehose/client.h"
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BACKLOG 256

struct options {
	unsigned shards, guilds, members, channels;
	uint64_t events;  /* of all shards together */
	struct pace pace; /* of each shard; of no phases: as fast as it goes */
	const char *compress;
};

static struct hose hose;
static char command[64];

double hose_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void hose_say(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* "1000x10,20000x15", of all shards together. */
static void parse_pace(struct options *o, const char *text)
{
	double rate, seconds, events = 0;
	int len;
	while (o->pace.count < RA_COUNT(o->pace.phases) &&
	       sscanf(text, "%lfx%lf%n", &rate, &seconds, &len) == 2) {
		o->pace.phases[o->pace.count++] =
			(struct phase){ rate / 1000 / o->shards, seconds * 1000 };
		events += rate * seconds;
		text += len + (text[len] == ',');
	}
	o->events = (uint64_t)events;
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "shards", required_argument, NULL, 's' },
		{ "guilds", required_argument, NULL, 'g' },
		{ "members", required_argument, NULL, 'm' },
		{ "channels", required_argument, NULL, 'c' },
		{ "events", required_argument, NULL, 'e' },
		{ "pace", required_argument, NULL, 'p' },
		{ "compress", required_argument, NULL, 'z' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 1, 20, 100, 10, 200000, { .count = 0 }, "zstd-stream" };
	const char *pace = "";
	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 's': o.shards = (unsigned)atoi(optarg); break;
		case 'g': o.guilds = (unsigned)atoi(optarg); break;
		case 'm': o.members = (unsigned)atoi(optarg); break;
		case 'c': o.channels = (unsigned)atoi(optarg); break;
		case 'e': o.events = (uint64_t)atoll(optarg); break;
		case 'p': pace = optarg; break;
		case 'z': o.compress = optarg; break;
		default: exit(2);
		}
	}
	if (*pace && o.shards > 0)
		parse_pace(&o, pace);
	if (o.shards == 0 || o.guilds < o.shards || o.members == 0 || o.channels < 2 ||
	    o.events < o.shards || !stream_knows(o.compress)) {
		fprintf(stderr, "firehose: these options make no stream\n");
		exit(2);
	}
	return o;
}

static void on_connection(uv_stream_t *listener, int status)
{
	if (status == 0)
		client_accept(&hose, listener);
}

static void listen_anywhere(uv_tcp_t *listener)
{
	struct sockaddr_in address;
	int len = sizeof(address);
	uv_ip4_addr("127.0.0.1", 0, &address);
	uv_tcp_init(hose.loop, listener);
	if (uv_tcp_bind(listener, (const struct sockaddr *)&address, 0) < 0 ||
	    uv_listen((uv_stream_t *)listener, BACKLOG, on_connection) < 0) {
		fprintf(stderr, "firehose: cannot listen\n");
		exit(1);
	}
	uv_tcp_getsockname(listener, (struct sockaddr *)&address, &len);
	hose.port = ntohs(address.sin_port);
	hose_say("listening %d", hose.port);
}

/* What is told without a pace pretends to one, that just ends now. */
static void build(const struct options *o)
{
	uint64_t wire = 0, payload = 0;
	hose.is_paced = o->pace.count > 0;
	hose.compress = o->compress;
	hose.mix = (struct mix){
		.shards = o->shards,
		.guilds = o->guilds,
		.members = o->members,
		.channels = o->channels,
		.pace = hose.is_paced ? o->pace
				      : (struct pace){ .phases = { { 1, 1 } }, .count = 1 },
		.from_ms = ra_wall_ms() - (hose.is_paced ? 0 : (int64_t)(o->events / o->shards)),
	};
	hose.streams = ra_alloc(o->shards * sizeof(*hose.streams));
	hose.shards = ra_alloc(o->shards * sizeof(struct client *));
	for (unsigned shard = 0; shard < o->shards; shard++) {
		stream_build(&hose.streams[shard], &hose.mix, shard, o->compress,
			     o->events / o->shards, hose.port);
		wire += hose.streams[shard].bytes.len - hose.streams[shard].guilds_end;
		payload += hose.streams[shard].payload_bytes;
	}
	hose_say("built %llu %llu", (unsigned long long)wire, (unsigned long long)payload);
	for (unsigned shard = 0; shard < o->shards; shard++)
		hose_say("seq %u %llu", shard, (unsigned long long)hose.streams[shard].last_seq);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(command, sizeof(command));
}

static void on_command(uv_stream_t *in, ssize_t len, const uv_buf_t *buf)
{
	if (len < 0) { /* whoever ran us has gone */
		uv_stop(in->loop);
		return;
	}
	for (ssize_t i = 0; i + 1 < len; i++) {
		if (memcmp(buf->base + i, "go", 2) != 0)
			continue;
		hose_say("go %.1f", hose_now_ms());
		for (unsigned shard = 0; shard < hose.mix.shards; shard++)
			if (hose.shards[shard])
				client_go(hose.shards[shard]);
	}
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);
	uv_tcp_t listener;
	uv_pipe_t in;
	signal(SIGPIPE, SIG_IGN);
	if (uv_guess_handle(0) != UV_NAMED_PIPE) {
		fprintf(stderr, "firehose: the input is to be a pipe\n");
		return 2;
	}
	hose.loop = uv_default_loop();
	listen_anywhere(&listener);
	build(&options);
	uv_pipe_init(hose.loop, &in, 0);
	uv_pipe_open(&in, 0);
	uv_read_start((uv_stream_t *)&in, on_alloc, on_command);
	uv_run(hose.loop, UV_RUN_DEFAULT);
	return 0; /* all of it goes with the process */
}
