/* process: see the header. proc(5) tells what the files hold. */
#include "libshared/metrics/process.h"
#include "libshared/metrics/format.h"
#include <dirent.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double cpu_seconds(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

double ra_process_resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long pages = 0;
	if (!file)
		return 0;
	if (fscanf(file, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	if (!dir)
		return 0;
	int count = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count - 1; /* the directory itself was one of them */
}

/* When the machine started, in seconds since the epoch. */
static double boot_seconds(void)
{
	FILE *file = fopen("/proc/stat", "re");
	char line[256];
	long long seconds = 0;
	if (!file)
		return 0;
	while (seconds == 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "btime %lld", &seconds) != 1)
			seconds = 0;
	fclose(file);
	return (double)seconds;
}

static double start_seconds(void)
{
	FILE *file = fopen("/proc/self/stat", "re");
	char text[1024];
	if (!file)
		return 0;
	size_t len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	/* the second field is the program's name in parentheses, which may hold anything */
	const char *rest = strrchr(text, ')');
	unsigned long long ticks;
	if (!rest || sscanf(rest + 1,
			    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
			    " %*d %*d %llu",
			    &ticks) != 1)
		return 0;
	return boot_seconds() + (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void add(struct ra_buf *out, const char *name, const char *type, const char *help,
		double value)
{
	ra_format_head(out, name, type, help);
	ra_format_sample(out, name, "", NULL, NULL, value);
}

void ra_process_render(struct ra_buf *out)
{
	add(out, "process_cpu_seconds_total", "counter", "CPU time used, user and system.",
	    cpu_seconds());
	add(out, "process_resident_memory_bytes", "gauge", "Memory held in RAM.",
	    ra_process_resident_bytes());
	add(out, "process_open_fds", "gauge", "Open file descriptors.", open_fds());
	add(out, "process_start_time_seconds", "gauge", "When the process started, Unix time.",
	    start_seconds());
}
