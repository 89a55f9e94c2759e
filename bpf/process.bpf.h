/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Which processes are to be recorded, and what is remembered of them.
 */
#ifndef HTTPPROF_BPF_PROCESS_BPF_H
#define HTTPPROF_BPF_PROCESS_BPF_H

#include "bpf/state.bpf.h"

static __always_inline bool has_wanted_uid(void) {
    __u32 uid = (__u32)bpf_get_current_uid_gid();
    for (__u32 i = 0; i < KNOB_UIDS_MAX && i < knobs.uid_count; i++) {
        if (knobs.uids[i] == uid) return true;
    }
    return false;
}

static __always_inline bool has_wanted_comm(struct task_struct* task) {
    struct {
        __u64 words[WIRE_COMM_SIZE / sizeof(__u64)];
    } comm = {};
    bpf_probe_read_kernel_str(&comm, sizeof(comm), task->group_leader->comm);
    for (__u32 i = 0; i < KNOB_COMMS_MAX && i < knobs.comm_count; i++) {
        const volatile __u64* wanted = (const volatile __u64*)knobs.comms[i];
        if (wanted[0] == comm.words[0] && wanted[1] == comm.words[1]) return true;
    }
    return false;
}

/* In one of the cgroups, or in one below it. */
static __always_inline bool is_in_wanted_cgroup(void) {
    for (__u32 i = 0; i < KNOB_CGROUPS_MAX && i < knobs.cgroup_count; i++) {
        if (bpf_current_task_under_cgroup(&cgroups, i) == 1) return true;
    }
    return false;
}

/* As far as that can be told at every call, before it is known what the call is about. */
static __always_inline bool is_wanted_process(struct task_struct* task) {
    __u32 pid = task->tgid;
    if (pid == recorder_pid) return false;
    if (knobs.selected_only && !bpf_map_lookup_elem(&selected, &pid)) return false;
    if (knobs.uid_count && !has_wanted_uid()) return false;
    if (knobs.comm_count && !has_wanted_comm(task)) return false;
    return !knobs.cgroup_count || is_in_wanted_cgroup();
}

/* What is remembered of the current process; made anew at its first call, and at the first one of
 * another program in it. NULL when there is no room. */
static __always_inline struct process* process_of(struct task_struct* task) {
    __u32 pid = task->tgid;
    __u64 start_ns = task->group_leader->start_boottime;
    __u64 exec_id = task->self_exec_id;
    struct process* process = bpf_map_lookup_elem(&processes, &pid);
    if (process && process->start_ns == start_ns && process->exec_id == exec_id) return process;
    struct process fresh = {.start_ns = start_ns, .exec_id = exec_id};
    bpf_map_update_elem(&processes, &pid, &fresh, BPF_ANY);
    return bpf_map_lookup_elem(&processes, &pid);
}

/* Variables of an environment, and pieces of long ones, that are looked at. */
#define VARIABLES_MAX 4096

/* Where the search through an environment stands. */
struct variable_search {
    __u64 address;
    __u64 end;
    /* The next variable, NULs after it; the last byte is always one. */
    __u64 words[KNOB_VARIABLE_WORDS];
    __u8 inside; /* `address` is not the start of a variable */
    __u8 unreadable;
    __u8 matches;
    __u8 excluded;
    __u8 reserved[4];
};

static __always_inline bool has_form(const __u64* words,
                                     const volatile struct variable_pattern* pattern) {
    __u64 different = 0;
    for (int i = 0; i < KNOB_VARIABLE_WORDS; i++)
        different |= (words[i] & pattern->mask[i]) ^ pattern->bytes[i];
    return different == 0;
}

/* Looks at one variable, or at a further piece of a long one; not 0 while there is more. Global, so
 * that the verifier sees one step and not every way through all of them. */
__weak __noinline int look_at_variable(struct variable_search* search) {
    if (!search || search->address >= search->end) return 0;
    __builtin_memset(search->words, 0, sizeof(search->words));
    long size =
        bpf_probe_read_user_str(search->words, sizeof(search->words), (const void*)search->address);
    if (size <= 0) {
        search->unreadable = 1;
        return 0;
    }
    bool is_start = !search->inside;
    search->inside = size == sizeof(search->words);
    search->address += search->inside ? size - 1 : size; /* a cut one: without the NUL put there */
    if (!is_start) return 1;
    for (__u32 i = 0; i < KNOB_VARIABLES_MAX; i++) {
        if (i < knobs.match_count && has_form(search->words, &knobs.match[i])) search->matches = 1;
        if (i < knobs.exclude_count && has_form(search->words, &knobs.exclude[i]))
            search->excluded = 1;
    }
    return !search->excluded;
}

/* Negative where it cannot be read now: its page may be on disk, or protected. */
static __always_inline int user_byte(unsigned long address) {
    __u8 byte = 0;
    return bpf_probe_read_user(&byte, sizeof(byte), (const void*)address) ? -1 : byte;
}

/* setproctitle(3) writes over the arguments, whose last byte is a NUL else, and perhaps on into the
 * environment, of which it leaves NULs behind. A single one may be an empty variable. Negative
 * where that cannot be told now. */
static __always_inline int is_overwritten(struct mm_struct* mm) {
    if (mm->env_end == mm->env_start) return 0;
    int first = user_byte(mm->env_start);
    int second = user_byte(mm->env_start + 1);
    int last_argument = mm->arg_end != mm->arg_start ? user_byte(mm->arg_end - 1) : 0;
    if (first < 0 || second < 0 || last_argument < 0) return -1;
    return (!first && !second) || last_argument;
}

/* Whether the environment, as the process got it from exec, makes the process one to record. What
 * was overwritten, or is too much to look at, will not become known later. */
__weak __noinline int judge_environment(struct process* process) {
    if (!process) return 0;
    struct mm_struct* mm = current_task()->mm;
    if (!mm) return 0;
    int overwritten = is_overwritten(mm);
    if (overwritten) {
        process->is_unknown = 1;
        process->judged = overwritten > 0;
        return 0;
    }
    struct variable_search search = {.address = mm->env_start, .end = mm->env_end};
    for (int i = 0; i < VARIABLES_MAX; i++) {
        if (!look_at_variable(&search)) break;
    }
    bool is_decided = search.excluded || (search.matches && !knobs.exclude_count);
    process->is_unknown = !is_decided && search.address < search.end;
    process->wanted = !search.excluded && (search.matches || !knobs.match_count);
    process->judged = is_decided || !search.unreadable;
    return 0;
}

static __always_inline bool has_wanted_environment(struct process* process) {
    if (!knobs.match_count && !knobs.exclude_count) return true;
    if (!process->judged) judge_environment(process);
    if (process->is_unknown) count(COUNTER_LEFT_OUT_ENVIRONMENT_UNREADABLE, 0);
    return process->wanted && !process->is_unknown;
}

#endif
