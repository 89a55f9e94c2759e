/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The maps: the rings, the counters, and what is remembered of connections and processes.
 */
#ifndef HTTPPROF_BPF_STATE_BPF_H
#define HTTPPROF_BPF_STATE_BPF_H

#include "bpf/counters.h"
#include "bpf/helpers.bpf.h"
#include "bpf/http_start.h"
#include "bpf/knobs.h"
#include "bpf/wire.h"

const volatile struct knobs knobs SEC(".rodata") __weak = {};

/* Not 0 while user space records; state of sockets and processes is kept in any case. */
volatile __u32 recording SEC(".data") __weak = 0;

/* Never recorded. */
volatile __u32 recorder_pid SEC(".data") __weak = 0;

/* A CPU writes to one of them: what CPUs write to in turns has to go from one's cache to the
 * other's. User space makes the rings (BPF_MAP_TYPE_RINGBUF). */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, KNOB_RINGS_MAX);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, sizeof(__u32));
} rings SEC(".maps") __weak;

/* By CPU. An array that user space maps, so that reading it takes no privilege (Linux 5.5). */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* user space sets the number of CPUs */
    __uint(map_flags, BPF_F_MMAPABLE);
    __type(key, __u32);
    __type(value, struct counters);
} counters SEC(".maps") __weak;

/* The first bytes of one direction while they could still become the start of an HTTP message.
 * `bytes` has room for what is held and as much again, so that both can be bounded apart. */
struct held {
    __u64 time_ns;
    __u64 position;
    __u16 size;
    __u16 syscall;
    char bytes[2 * HTTP_START_MAX];
};

/* Where one direction of a connection stands. */
struct direction_state {
    __u64 latest;     /* a position seen last, to extend 32-bit sequence numbers; 0: none was */
    __u64 claimed;    /* one past the last byte that a call was found to have moved; 0: none was */
    __u64 hole_start; /* bytes before `claimed` that no call was found to have moved, if any */
    __u32 hole_size;
    __u32 unclaimed; /* all bytes of that kind, or some more; at most UINT32_MAX */
};

struct connection {
    struct wire_socket socket;
    struct direction_state direction[2]; /* sent, received */
    __u64 received_position;             /* one past the last byte that came, once is_closed */
    __u8 is_recorded;
    __u8 has_records;      /* the first was written; those of FINs can follow */
    __u8 has_sent_fin;     /* `latest` of what was sent is one past the last byte */
    __u8 is_closed;        /* likewise; what has come may still be read */
    __u32 urgent_sequence; /* of the last urgent byte that the last read knew of */
    struct held held[2];   /* sent, received; until is_recorded */
    __u8 has_begun[2];     /* sent, received; with bytes that start no message */
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

/* What is known of a process that talks over TCP. */
struct process {
    __u64 start_ns;
    __u64 exec_id;   /* another one: another program, with another environment */
    __u8 introduced; /* its record was written */
    __u8 judged;     /* `wanted` says what its environment does */
    __u8 wanted;
    __u8 is_unknown;   /* that could not be found out */
    __u8 has_io_uring; /* the record of that was written */
    __u8 reserved[3];
};

/* By pid; an entry goes when the process exits. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64 * 1024);
    __type(key, __u32);
    __type(value, struct process);
} processes SEC(".maps") __weak;

/* Pids to record when knobs.selected_only, each with whether its children are selected, too. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64 * 1024);
    __type(key, __u32);
    __type(value, __u8);
} selected SEC(".maps") __weak;

/* Cgroups (v2) to record the processes of, when knobs.cgroup_count. */
struct {
    __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
    __uint(max_entries, KNOB_CGROUPS_MAX);
    __type(key, __u32);
    __type(value, __u32);
} cgroups SEC(".maps") __weak;

static __always_inline void add_to_counter(enum counter counter, __s64 records, __s64 bytes) {
    __u32 cpu = bpf_get_smp_processor_id();
    struct counters* of_cpu = bpf_map_lookup_elem(&counters, &cpu);
    if (!of_cpu) return;
    struct counter_value* value = &of_cpu->slots[counter];
    /* Atomic: on some kernels another program may interrupt this one on the same CPU. */
    __sync_fetch_and_add(&value->records, records);
    __sync_fetch_and_add(&value->bytes, bytes);
}

static __always_inline void count(enum counter counter, __u64 bytes) {
    add_to_counter(counter, 1, bytes);
}

/* Of a record of a connection or process that cannot be remembered. */
static __always_inline void lose_for_full_table(__u64 bytes) {
    count(COUNTER_PRODUCED, bytes);
    count(COUNTER_LOST_STATE_TABLE_FULL, bytes);
}

static __always_inline void set_held_size(struct held* held, __u32 size) {
    if (held->size) add_to_counter(COUNTER_HELD, -1, -(__s64)held->size);
    if (size) add_to_counter(COUNTER_HELD, 1, size);
    held->size = size;
}

/* They never became the start of a message. */
static __always_inline void leave_out_held(struct held* held) {
    if (held->size) count(COUNTER_LEFT_OUT_NOT_HTTP, held->size);
    set_held_size(held, 0);
}

static __always_inline struct task_struct* current_task(void) {
    return (struct task_struct*)bpf_get_current_task_btf();
}

#endif
