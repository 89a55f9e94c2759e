/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What user space decides between opening and loading the BPF programs. Shared by BPF and record/.
 */
#ifndef HTTPPROF_BPF_KNOBS_H
#define HTTPPROF_BPF_KNOBS_H

#include <stdint.h>

enum knob_limits {
    KNOB_PORTS_MAX = 16,
    KNOB_SNAPLEN_MAX = 1024 * 1024,
};

struct knobs {
    uint32_t recorder_pid;          /* never recorded */
    uint32_t snaplen;               /* bytes kept of one call, at most KNOB_SNAPLEN_MAX */
    uint32_t port_count;            /* 0: every port */
    uint16_t ports[KNOB_PORTS_MAX]; /* a connection is wanted if either end has one of these */
    uint8_t selected_only;          /* only the processes in the map `selected` */
    uint8_t follow_forks;           /* their children are selected too */
    uint8_t reserved[2];
};

#endif
