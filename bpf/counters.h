/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The counters that the BPF programs keep, one slot per cause and CPU. Shared by BPF and record/.
 *
 * produced = records that reached a ring + the sum of all COUNTER_LOST_*.
 */
#ifndef HTTPPROF_BPF_COUNTERS_H
#define HTTPPROF_BPF_COUNTERS_H

#include <stdint.h>

enum counter {
    COUNTER_PRODUCED, /* records that the programs set out to write */

    COUNTER_LOST_RING_FULL,
    COUNTER_LOST_STATE_TABLE_FULL, /* no room to remember the connection or the process */
    COUNTER_LOST_MISPLACED, /* the descriptor's socket cannot have moved them: it has become that of
                               another one since the call began, or the position was changed */

    /* Calls that moved bytes over a TCP socket and are not wanted. */
    COUNTER_LEFT_OUT_NOT_HTTP,
    COUNTER_LEFT_OUT_OTHER_PORT,
    COUNTER_LEFT_OUT_NOT_CONSUMED, /* received with MSG_PEEK, MSG_OOB or MSG_ERRQUEUE */
    COUNTER_LEFT_OUT_MPTCP,        /* its sockets have no positions of the kind of TCP's */
    COUNTER_LEFT_OUT_KERNEL_TLS,   /* calls move other bytes there than positions count */
    COUNTER_LEFT_OUT_ENVIRONMENT_UNREADABLE, /* of a process that its variables should decide on */
    COUNTER_LEFT_OUT_IO_URING,               /* calls of io_uring_setup(2) and io_uring_enter(2) */

    /* First bytes that are held back now, and directions that have some; the sum over all CPUs. */
    COUNTER_HELD,

    COUNTER_COUNT
};

struct counter_value {
    uint64_t records; /* or calls, for those left out */
    uint64_t bytes;
};

/* Of one CPU; on cache lines of its own. */
struct counters {
    struct counter_value slots[COUNTER_COUNT];
} __attribute__((aligned(64)));

#endif
