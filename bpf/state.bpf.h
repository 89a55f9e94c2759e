/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The maps: the ring, the counters, and what is remembered of connections and processes.
 */
#ifndef HTTPPROF_BPF_STATE_BPF_H
#define HTTPPROF_BPF_STATE_BPF_H

#include "bpf/counters.h"
#include "bpf/helpers.bpf.h"
#include "bpf/http_start.h"
#include "bpf/knobs.h"
#include "bpf/wire.h"

const volatile struct knobs knobs SEC(".rodata") __weak = {};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 64 * 1024 * 1024); /* user space sets the size */
} ring SEC(".maps") __weak;

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, COUNTER_COUNT);
    __type(key, __u32);
    __type(value, struct counter_value);
} counters SEC(".maps") __weak;

/* The first bytes of one direction while they could still become the start of an HTTP message.
 * `bytes` has room for what is held and as much again, so that both can be bounded apart. */
struct held {
    __u64 time_ns;
    __u64 position;
    __u32 size;
    __u32 syscall;
    char bytes[2 * HTTP_START_MAX + 4];
};

struct connection {
    struct wire_socket socket;
    __u64 end[2]; /* by direction: one past the last byte, to extend 32-bit sequence numbers */
    __u32 is_http;
    __u32 reserved;
    struct held held[2]; /* by direction, until is_http */
};

/* By address of the struct sock, which never leaves the kernel. An entry goes when the kernel
 * destroys the sock, so an address that is used again starts anew.
 *
 * This map and the two below are allocated up front: before Linux 6.1 the kernel warns of tracing
 * programs that allocate as they run. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64 * 1024);
    __type(key, __u64);
    __type(value, struct connection);
} connections SEC(".maps") __weak;

/* Start times of the processes whose record was written, by pid; an entry goes when they exit. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64 * 1024);
    __type(key, __u32);
    __type(value, __u64);
} processes SEC(".maps") __weak;

/* Pids to record when knobs.selected_only. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64 * 1024);
    __type(key, __u32);
    __type(value, __u8);
} selected SEC(".maps") __weak;

static __always_inline void count(enum counter counter, __u64 bytes) {
    __u32 key = counter;
    struct counter_value* value = bpf_map_lookup_elem(&counters, &key);
    if (!value) return;
    /* Atomic: on some kernels another program may interrupt this one on the same CPU. */
    __sync_fetch_and_add(&value->records, 1);
    __sync_fetch_and_add(&value->bytes, bytes);
}

static __always_inline struct task_struct* current_task(void) {
    return (struct task_struct*)bpf_get_current_task_btf();
}

#endif
