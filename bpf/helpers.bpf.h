/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * libbpf's headers for BPF programs, which want the kernel's types before them.
 */
#ifndef HTTPPROF_BPF_HELPERS_BPF_H
#define HTTPPROF_BPF_HELPERS_BPF_H

/* clang-format off */
#include "bpf/kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
/* clang-format on */

#endif
