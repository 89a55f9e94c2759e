/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Writes records into the CPU's ring. Each is filled in place after it was reserved: a scratch area
 * per CPU could be overwritten half way by a program that interrupts this one (Linux 6.13).
 *
 * A record is reserved in one of a few sizes, because the verifier wants a constant.
 */
#ifndef HTTPPROF_BPF_EMIT_BPF_H
#define HTTPPROF_BPF_EMIT_BPF_H

#include "bpf/state.bpf.h"

/* Consecutive bytes of a call: one record. */
struct piece {
    __u64 address; /* in user memory */
    __u64 position;
    __u64 other_position;
    __u64 time_ns;
    __u32 size;
    __u32 syscall;
    __u8 direction;
    __u8 missing; /* not 0: only the length is known, and this is why */
    __u8 reserved[6];
};

/* A record may have the bytes of two pieces, where the first one is no longer than this: the header
 * section of a message, as many servers have it, before its content. There is room for such a head
 * of its own in the record, so that the verifier can bound both apart. */
#define HEAD_MAX 512

static __always_inline void* ring_of_cpu(void) {
    __u32 index = bpf_get_smp_processor_id() & knobs.ring_mask;
    return bpf_map_lookup_elem(&rings, &index);
}

/* `size` has to be a constant. NULL: there is no room. */
static __always_inline void* reserve(__u64 size) {
    void* ring = ring_of_cpu();
    return ring ? bpf_ringbuf_reserve(ring, size, 0) : NULL;
}

/* Data records rarely ask for a prompt reader; the ring does when it fills up. */
static __always_inline __u64 wakeup_flag(void* ring) {
    __u64 waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
    return waiting * 8 > bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) ? BPF_RB_FORCE_WAKEUP
                                                                   : BPF_RB_NO_WAKEUP;
}

static __always_inline void fill_task(struct wire_task* out) {
    struct task_struct* task = current_task();
    struct task_struct* leader = task->group_leader;
    out->pid = task->tgid;
    out->tid = task->pid;
    out->start_ns = leader->start_boottime;
    bpf_probe_read_kernel(out->comm, sizeof(out->comm), leader->comm);
}

/* `head_room` has to be a constant. */
static __always_inline void* reserve_data(void* ring, __u64 size, __u32 head_room) {
    const __u32 fixed = sizeof(struct wire_data) + head_room;
    if (size == 0) return bpf_ringbuf_reserve(ring, fixed, 0);
    if (size <= 256) return bpf_ringbuf_reserve(ring, fixed + 256, 0);
    if (size <= 512) return bpf_ringbuf_reserve(ring, fixed + 512, 0);
    if (size <= 1024) return bpf_ringbuf_reserve(ring, fixed + 1024, 0);
    if (size <= 2048) return bpf_ringbuf_reserve(ring, fixed + 2048, 0);
    if (size <= 4096) return bpf_ringbuf_reserve(ring, fixed + 4096, 0);
    if (size <= 8192) return bpf_ringbuf_reserve(ring, fixed + 8192, 0);
    if (size <= 16384) return bpf_ringbuf_reserve(ring, fixed + 16384, 0);
    if (size <= 32768) return bpf_ringbuf_reserve(ring, fixed + 32768, 0);
    return bpf_ringbuf_reserve(ring, fixed + WIRE_PAYLOAD_MAX, 0);
}

static __always_inline void fill_data(struct wire_data* data, struct connection* connection,
                                      struct piece* piece) {
    data->header.type = WIRE_DATA;
    data->header.header_size = sizeof(*data);
    data->header.time_ns = piece->time_ns;
    fill_task(&data->task);
    data->socket = connection->socket;
    data->position = piece->position;
    data->other_position = piece->other_position;
    data->direction = piece->direction;
    data->source = WIRE_SOURCE_SYSCALL;
    data->reserved = 0;
    data->syscall = piece->syscall;
}

/* `head_room`, a constant: HEAD_MAX where there are `head` bytes before the piece, else 0. The
 * piece has at most WIRE_PAYLOAD_MAX unless only its length is known. */
static __always_inline int write_data(struct connection* connection, struct piece* piece,
                                      __u64 head_address, __u64 head, __u32 head_room) {
    if (!connection || !piece) return 0;
    __u64 original = head + piece->size;
    __u64 size = piece->missing ? 0 : piece->size;
    barrier_var(head); /* keep the bounds in the registers that the helper gets */
    barrier_var(size);
    if (head > head_room || size > WIRE_PAYLOAD_MAX) return 0;
    count(COUNTER_PRODUCED, original);
    void* ring = ring_of_cpu();
    struct wire_data* data = ring ? reserve_data(ring, size, head_room) : NULL;
    if (!data) {
        count(COUNTER_LOST_RING_FULL, original);
        return 0;
    }
    fill_data(data, connection, piece);
    char* payload = (char*)(data + 1);
    if (head && bpf_probe_read_user(payload, head, (const void*)head_address)) head = size = 0;
    if (size && bpf_probe_read_user(payload + head, size, (const void*)piece->address)) size = 0;
    __u64 captured = head + size;
    __u8 missing = piece->missing;
    if (!missing && captured != original) missing = WIRE_MISSING_UNREADABLE;
    data->original_size = original;
    data->missing = missing;
    data->captured_size = captured;
    data->header.size = sizeof(*data) + captured;
    bpf_ringbuf_submit(data, wakeup_flag(ring));
    return 0;
}

/* Global functions, which the verifier checks once and not at each of their calls. */
__weak __noinline int emit_data(struct connection* connection, struct piece* piece) {
    return write_data(connection, piece, 0, 0, 0);
}

__weak __noinline int emit_data_with_head(struct connection* connection, struct piece* piece,
                                          __u64 head_address, __u64 head) {
    return write_data(connection, piece, head_address, head, HEAD_MAX);
}

/* The held first bytes of a direction, once `decider` has shown that they are HTTP. What was said
 * in the other direction in between, if anything, was not: the record stands right before
 * `decider`. */
__weak __noinline int emit_held(struct connection* connection, struct held* held, __u8 direction,
                                struct piece* decider) {
    if (!connection || !held || !decider) return 0;
    __u32 size = held->size;
    if (size == 0 || size > HTTP_START_MAX) return 0;
    set_held_size(held, 0);
    struct piece piece = {.position = held->position,
                          .other_position = direction == decider->direction
                                                ? decider->other_position
                                                : decider->position,
                          .time_ns = held->time_ns,
                          .size = size,
                          .syscall = held->syscall,
                          .direction = direction};
    count(COUNTER_PRODUCED, size);
    struct wire_data* data = reserve(sizeof(*data) + HTTP_START_MAX);
    if (!data) {
        count(COUNTER_LOST_RING_FULL, size);
        return 0;
    }
    fill_data(data, connection, &piece);
    data->missing = WIRE_MISSING_NOTHING;
    data->original_size = data->captured_size = size;
    data->header.size = sizeof(*data) + size;
    __builtin_memcpy(data + 1, held->bytes, HTTP_START_MAX);
    bpf_ringbuf_submit(data, BPF_RB_NO_WAKEUP);
    return 0;
}

static __always_inline __u32 read_area(char* to, __u64 limit, unsigned long from, __u64 size) {
    if (size > limit) size = limit;
    barrier_var(size); /* keeps the bound in the register that the helper gets */
    if (size > limit) return 0;
    return bpf_probe_read_user(to, size, (const void*)from) ? 0 : size;
}

/* Names of a process's cgroup and of its ancestors are read up to this depth, each as far as a file
 * name can be long. */
enum { CGROUP_LEVELS_MAX = 16, CGROUP_NAME_MAX = 256 };

static __always_inline struct kernfs_node* parent_of(struct kernfs_node* node) {
    if (bpf_core_field_exists(node->__parent)) return BPF_CORE_READ(node, __parent);
    struct kernfs_node___old* old = (void*)node;
    return BPF_CORE_READ(old, parent);
}

/* Writes them to `to`, which has room for WIRE_CGROUP_MAX bytes; how many bytes they are. */
static __always_inline __u32 read_cgroup(char* to) {
    struct kernfs_node* node = BPF_CORE_READ(current_task(), cgroups, dfl_cgrp, kn);
    __u32 used = 0;
    for (int i = 0; i < CGROUP_LEVELS_MAX && node; i++) {
        barrier_var(used); /* keeps the bound in the register that the address is made of */
        if (used > WIRE_CGROUP_MAX - CGROUP_NAME_MAX) break;
        long size =
            bpf_probe_read_kernel_str(to + used, CGROUP_NAME_MAX, BPF_CORE_READ(node, name));
        if (size <= 0 || size > CGROUP_NAME_MAX) break;
        used += size;
        node = parent_of(node);
    }
    return used;
}

static __always_inline void fill_namespaces(struct wire_process* process) {
    struct task_struct* task = current_task();
    struct pid* pid = BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID_INDEX]);
    unsigned int level = BPF_CORE_READ(pid, level);
    struct upid* innermost = (void*)pid + bpf_core_field_offset(struct pid, numbers) +
                             (__u64)level * bpf_core_type_size(struct upid);
    process->namespace_pid = BPF_CORE_READ(innermost, nr);
    process->pid_namespace = BPF_CORE_READ(innermost, ns, ns.inum);
    process->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
    process->user_namespace = BPF_CORE_READ(task, cred, user_ns, ns.inum);
    process->network_namespace = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
}

static __always_inline void fill_identity(struct wire_process* process, __u64 time_ns) {
    process->header.type = WIRE_PROCESS;
    process->header.header_size = sizeof(*process);
    process->header.time_ns = time_ns;
    fill_task(&process->task);
    process->exec_id = current_task()->self_exec_id;
    process->uid = (__u32)bpf_get_current_uid_gid();
    fill_namespaces(process);
    process->environment_kept =
        knobs.no_environment ? WIRE_ENVIRONMENT_NONE : WIRE_ENVIRONMENT_WHOLE;
    process->reserved = 0;
}

/* A process may say that it has more than 4 GiB (PR_SET_MM_MAP of prctl(2)). */
static __always_inline __u32 area_size(unsigned long start, unsigned long end) {
    return end - start > UINT32_MAX ? UINT32_MAX : end - start;
}

/* `process` was reserved with room for as much payload as the two limits and WIRE_CGROUP_MAX
 * allow. */
static __always_inline int fill_process(struct wire_process* process, __u64 time_ns,
                                        __u32 arguments_limit, __u32 environment_limit) {
    if (!process) {
        count(COUNTER_LOST_RING_FULL, 0);
        return -1;
    }
    struct mm_struct* mm = current_task()->mm;
    fill_identity(process, time_ns);
    process->address_space_tag = wire_address_space_tag(mm->arg_start);
    process->arguments_size = area_size(mm->arg_start, mm->arg_end);
    process->environment_size = knobs.no_environment ? 0 : area_size(mm->env_start, mm->env_end);

    char* payload = (char*)(process + 1);
    __u32 arguments = read_area(payload, arguments_limit, mm->arg_start, process->arguments_size);
    __u32 environment =
        read_area(payload + arguments, environment_limit, mm->env_start, process->environment_size);
    __u32 cgroup = read_cgroup(payload + arguments + environment);
    process->arguments_captured = arguments;
    process->environment_captured = environment;
    process->cgroup_captured = cgroup;
    process->header.size = sizeof(*process) + arguments + environment + cgroup;
    /* The reader may have to look into /proc, and soon. */
    bpf_ringbuf_submit(process, BPF_RB_FORCE_WAKEUP);
    return 0;
}

/* Command line and environment of the current process, in its own context: this cannot come too
 * late for it. Not 0: it could not be written. */
__weak __noinline int emit_process(__u64 time_ns) {
    enum { SMALL_ARGUMENTS = 2 * 1024, SMALL_ENVIRONMENT = 6 * 1024 };
    const __u32 fixed = sizeof(struct wire_process) + WIRE_CGROUP_MAX;
    struct mm_struct* mm = current_task()->mm;
    if (!mm) /* a kernel thread */
        return 0;
    count(COUNTER_PRODUCED, 0);
    if (mm->arg_end - mm->arg_start <= SMALL_ARGUMENTS &&
        mm->env_end - mm->env_start <= SMALL_ENVIRONMENT)
        return fill_process(reserve(fixed + SMALL_ARGUMENTS + SMALL_ENVIRONMENT), time_ns,
                            SMALL_ARGUMENTS, SMALL_ENVIRONMENT);
    return fill_process(reserve(fixed + WIRE_ARGUMENTS_MAX + WIRE_ENVIRONMENT_MAX), time_ns,
                        WIRE_ARGUMENTS_MAX, WIRE_ENVIRONMENT_MAX);
}

/* Not 0: it could not be written. */
static __always_inline int emit_io_uring(void) {
    count(COUNTER_PRODUCED, 0);
    struct wire_io_uring* record = reserve(sizeof(*record));
    if (!record) {
        count(COUNTER_LOST_RING_FULL, 0);
        return -1;
    }
    record->header.size = sizeof(*record);
    record->header.type = WIRE_IO_URING;
    record->header.header_size = sizeof(*record);
    record->header.time_ns = bpf_ktime_get_boot_ns();
    fill_task(&record->task);
    bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
    return 0;
}

static __always_inline void emit_fin(struct connection* connection, enum wire_direction direction,
                                     __u64 position) {
    count(COUNTER_PRODUCED, 0);
    struct wire_fin* fin = reserve(sizeof(*fin));
    if (!fin) {
        count(COUNTER_LOST_RING_FULL, 0);
        return;
    }
    __builtin_memset(fin, 0, sizeof(*fin));
    fin->header.size = sizeof(*fin);
    fin->header.type = WIRE_FIN;
    fin->header.header_size = sizeof(*fin);
    fin->header.time_ns = bpf_ktime_get_boot_ns();
    fin->socket = connection->socket;
    fin->position = position;
    fin->direction = direction;
    bpf_ringbuf_submit(fin, BPF_RB_NO_WAKEUP);
}

static __always_inline void emit_close(struct connection* connection) {
    count(COUNTER_PRODUCED, 0);
    struct wire_close* close = reserve(sizeof(*close));
    if (!close) {
        count(COUNTER_LOST_RING_FULL, 0);
        return;
    }
    close->header.size = sizeof(*close);
    close->header.type = WIRE_CLOSE;
    close->header.header_size = sizeof(*close);
    close->header.time_ns = bpf_ktime_get_boot_ns();
    close->socket = connection->socket;
    close->written_position = connection->direction[0].latest;
    close->read_position = connection->direction[1].latest;
    close->received_position = connection->received_position;
    bpf_ringbuf_submit(close, BPF_RB_NO_WAKEUP);
}

#endif
