/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What user space decides between opening and loading the BPF programs. Shared by BPF and record/.
 */
#ifndef HTTPPROF_BPF_KNOBS_H
#define HTTPPROF_BPF_KNOBS_H

#include <stdint.h>

#include "bpf/wire.h"

enum knob_limits {
    KNOB_RINGS_MAX = 4, /* a power of two */
    KNOB_PORTS_MAX = 16,
    KNOB_UIDS_MAX = 16,
    KNOB_COMMS_MAX = 16,
    KNOB_CGROUPS_MAX = 16,
    KNOB_VARIABLES_MAX = 16,      /* to match, and as many to exclude */
    KNOB_VARIABLE_SIZE_MAX = 128, /* NAME=VALUE and the NUL after it; whole words of 8 bytes */
    KNOB_VARIABLE_WORDS = KNOB_VARIABLE_SIZE_MAX / 8,
    KNOB_SNAPLEN_MAX = 1024 * 1024,
};

/* A variable of the environment has this form when all bytes under the mask are equal. */
struct variable_pattern {
    uint64_t bytes[KNOB_VARIABLE_WORDS];
    uint64_t mask[KNOB_VARIABLE_WORDS];
};

/* A count of 0: no such filter. Several of a kind are alternatives. */
struct knobs {
    uint32_t ring_mask;     /* bits of a CPU's number that are the index of its ring */
    uint32_t snaplen;       /* bytes kept of one call, at most KNOB_SNAPLEN_MAX */
    uint8_t selected_only;  /* only the processes in the map `selected` */
    uint8_t all_sockets;    /* not only connections that speak HTTP */
    uint8_t no_environment; /* process records are to have none */
    uint32_t port_count;
    uint16_t ports[KNOB_PORTS_MAX]; /* of either end */
    uint32_t uid_count;
    uint32_t uids[KNOB_UIDS_MAX];
    uint32_t cgroup_count; /* in the map `cgroups` */
    uint32_t comm_count;
    /* Filled up with NULs; compared in words of 8 bytes. */
    char comms[KNOB_COMMS_MAX][WIRE_COMM_SIZE] __attribute__((aligned(8)));
    uint32_t match_count;
    uint32_t exclude_count;
    struct variable_pattern match[KNOB_VARIABLES_MAX];
    struct variable_pattern exclude[KNOB_VARIABLES_MAX];
};

#endif
