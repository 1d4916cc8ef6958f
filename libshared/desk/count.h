/*
 * count: how many tasks a report names, and how many of them a curator's
 * reply approves (heritage: Task reports).
 */
#pragma once
#include "libshared/base/base.h"

#define COUNT_TASKS_MAX 1000 /* more is no number of tasks */
#define COUNT_LONE_MAX  50   /* a number without the word "tasks" */

/* "5 задач", "задач: 5", "10 заданий", "7 tasks", else the only number from 1 to 50 that stands by
 * itself (not of a date, a time or a share). 0: the text names none. */
int count_tasks(struct ra_str text);

/* "одобрено 4", "4/5", "4 из 5", "approved 4", "все" and "all" all, "нет" and "no" none, nothing
 * said all. 0 .. reported. */
int count_approved(struct ra_str text, int reported);
