/* ports: see the header. */
#include "services/launcher/ports.h"
#include "libshared/http/public_url.h"
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK "127.0.0.1"

/* As the HTTP server binds; 0 or the errno. */
static int try_to_listen(const struct addrinfo *at)
{
	int one = 1, error = 0;
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, 1) < 0)
		error = errno;
	close(fd);
	return error;
}

static int check(const char *option, const char *host, int64_t port, struct ra_err *err)
{
	char service[8];
	struct addrinfo *at = NULL, hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	snprintf(service, sizeof(service), "%d", (int)port);
	int rc = getaddrinfo(host, service, &hints, &at);
	if (rc != 0)
		return ra_fail(err, RA_EINVAL, "Set HOST to an address of this machine.",
			       "HOST: \"%.60s\" is no address: %s", host, gai_strerror(rc));
	int error = try_to_listen(at);
	freeaddrinfo(at);
	if (error == 0)
		return 0;
	if (error == EADDRNOTAVAIL)
		return ra_fail(err, RA_EINVAL,
			       "Set HOST to an address of this machine, 0.0.0.0 for all.",
			       "HOST: this machine does not have the address %s", host);
	return ra_fail(
		err, RA_EDENIED,
		error == EADDRINUSE ? "Stop the program that uses it, or choose another port."
				    : "Choose a port this user may listen on.",
		"%s: cannot listen on %s port %d: %s", option, host, (int)port, strerror(error));
}

int ports_check(const struct conf *conf, struct ra_err *err)
{
	int rc = check("PORT", ra_listen_host(conf->host), conf->port, err);
	if (rc == 0 && conf_is_demo(conf))
		rc = check("SIM_PORT", LOOPBACK, conf->sim_port, err);
	for (int64_t i = 0; i < CONF_ADMIN_PORTS && rc == 0; i++)
		rc = check("ADMIN_PORT", LOOPBACK, conf->admin_base + i, err);
	return rc;
}
