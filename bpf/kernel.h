/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The kernel structs that the BPF programs read, reduced to the fields they read. Their offsets are
 * relocated at load time from the running kernel's BTF (CO-RE), so the build depends on no kernel.
 */
#ifndef HTTPPROF_BPF_KERNEL_H
#define HTTPPROF_BPF_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>

/* Tells bpf_tracing.h that struct pt_regs below has the kernel's field names, not those of uapi. */
#define __VMLINUX_H__

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long di;
    unsigned long si;
    unsigned long dx;
    unsigned long r10;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
    unsigned long long regs[31];
};
struct pt_regs {
    struct user_pt_regs user_regs;
};
#else
#error "the recorder knows x86_64 and arm64"
#endif

struct trace_event_raw_sys_exit {
    long ret;
};

struct ns_common {
    unsigned int inum;
};

struct net {
    struct ns_common ns;
};

typedef struct {
    struct net* net;
} possible_net_t;

struct in6_addr {
    union {
        __u8 u6_addr8[16];
    } in6_u;
};

struct sock_common {
    __u32 skc_daddr;
    __u32 skc_rcv_saddr;
    __u16 skc_dport; /* network byte order */
    unsigned short skc_family;
    volatile unsigned char skc_state; /* enum tcp_state */
    unsigned long skc_flags;
    possible_net_t skc_net;
    struct in6_addr skc_v6_daddr;
    struct in6_addr skc_v6_rcv_saddr;
};

typedef struct {
    int owned; /* a system call is at work on the socket */
} socket_lock_t;

struct sock {
    struct sock_common __sk_common;
    socket_lock_t sk_lock;
    __u16 sk_protocol;
};

/* This and the two below: other views of the same socket. */
struct inet_sock {
    __u16 inet_sport; /* network byte order; a closed socket still has it, unlike skc_num */
};

struct inet_connection_sock {
    const void* icsk_ulp_ops; /* NULL unless a protocol sits on top of it in the kernel */
};

struct tcp_sock {
    __u32 write_seq;
    __u32 copied_seq;
    __u32 rcv_nxt;
    __u32 urg_seq; /* of the last urgent byte that came */
    __u32 snd_una; /* of the first byte that the peer has not acknowledged */
    __u64 bytes_received;
    __u64 bytes_acked;
};

struct socket {
    struct sock* sk;
};

struct inode {
    unsigned short i_mode;
    unsigned long i_ino;
};

struct file {
    struct inode* f_inode;
    void* private_data;
};

struct kiocb {
    struct file* ki_filp; /* its first field */
};

struct fdtable {
    unsigned int max_fds;
    struct file** fd;
};

struct files_struct {
    struct fdtable* fdt;
};

struct mm_struct {
    unsigned long arg_start;
    unsigned long arg_end;
    unsigned long env_start;
    unsigned long env_end;
};

typedef struct {
    int counter;
} atomic_t;

struct pid_namespace {
    struct ns_common ns;
};

/* A pid in one namespace. */
struct upid {
    int nr;
    struct pid_namespace* ns;
};

struct pid {
    unsigned int level;
    struct upid numbers[1]; /* level + 1 of them */
};

struct signal_struct {
    atomic_t live;
    struct pid* pids[2]; /* by enum pid_type */
};

struct mnt_namespace {
    struct ns_common ns;
};

struct user_namespace {
    struct ns_common ns;
};

struct nsproxy {
    struct mnt_namespace* mnt_ns;
    struct net* net_ns;
};

struct cred {
    struct user_namespace* user_ns;
};

struct kernfs_node {
    struct kernfs_node* __parent; /* Linux 6.15 */
    const char* name;
};

/* Before Linux 6.15. */
struct kernfs_node___old {
    struct kernfs_node* parent;
};

struct cgroup {
    struct kernfs_node* kn;
};

struct css_set {
    struct cgroup* dfl_cgrp; /* in the v2 hierarchy */
};

struct task_struct {
    int pid;
    int tgid;
    __u64 start_boottime; /* Linux 5.5 */
    char comm[16];
    struct task_struct* group_leader;
    struct mm_struct* mm;
    struct files_struct* files;
    struct signal_struct* signal;
    struct nsproxy* nsproxy;
    const struct cred* cred;
    struct css_set* cgroups;
    __u64 self_exec_id; /* 64 bits wide since Linux 5.7 */
};

#pragma clang attribute pop

/* From uapi and internal headers that cannot be included beside the structs above. */
enum {
    S_IFMT_MASK = 0170000,
    S_IFSOCK_MODE = 0140000,
    AF_INET_FAMILY = 2,
    AF_INET6_FAMILY = 10,
    TCP_PROTOCOL = 6,
    MPTCP_PROTOCOL = 262,

    /* include/linux/pid_types.h */
    PIDTYPE_TGID_INDEX = 1,

    /* enum sock_flags (include/net/sock.h): the peer's FIN has arrived. */
    SOCK_DONE_BIT = 1,

    /* Of recv(2). */
    MSG_OOB_FLAG = 0x1,
    MSG_PEEK_FLAG = 0x2,
    MSG_TRUNC_FLAG = 0x20,
    MSG_ERRQUEUE_FLAG = 0x2000,
};

/* include/net/tcp_states.h */
enum tcp_state {
    TCP_STATE_SYN_SENT = 2,
    TCP_STATE_FIN_WAIT1 = 4,
    TCP_STATE_FIN_WAIT2 = 5,
    TCP_STATE_CLOSE = 7,
    TCP_STATE_CLOSE_WAIT = 8,
    TCP_STATE_LAST_ACK = 9,
    TCP_STATE_CLOSING = 11,
};

#endif
