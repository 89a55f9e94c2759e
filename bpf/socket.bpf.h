/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * From a descriptor to the TCP socket behind it, and what names that socket.
 */
#ifndef HTTPPROF_BPF_SOCKET_BPF_H
#define HTTPPROF_BPF_SOCKET_BPF_H

#include "bpf/state.bpf.h"

struct tcp_socket {
    struct sock* sk; /* NULL: not a TCP socket over IPv4 or IPv6 */
    __u64 inode;
};

static __always_inline struct tcp_socket tcp_socket_of(struct task_struct* task, __u32 fd) {
    struct tcp_socket none = {};
    struct fdtable* table = task->files->fdt;
    if (fd >= table->max_fds) return none;
    struct file* file = NULL;
    bpf_probe_read_kernel(&file, sizeof(file), table->fd + fd);
    if (!file) return none;
    struct inode* inode = BPF_CORE_READ(file, f_inode);
    if ((BPF_CORE_READ(inode, i_mode) & S_IFMT_MASK) != S_IFSOCK_MODE) return none;
    struct socket* socket = BPF_CORE_READ(file, private_data);
    struct sock* sk = BPF_CORE_READ(socket, sk);
    if (!sk || BPF_CORE_READ(sk, sk_protocol) != TCP_PROTOCOL) return none;
    __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
    if (family != AF_INET_FAMILY && family != AF_INET6_FAMILY) return none;
    return (struct tcp_socket){.sk = sk, .inode = BPF_CORE_READ(inode, i_ino)};
}

static __always_inline void write_mapped_address(__u8* address, __u32 ipv4) {
    __builtin_memset(address, 0, 10);
    address[10] = 0xff;
    address[11] = 0xff;
    __builtin_memcpy(address + 12, &ipv4, sizeof(ipv4));
}

static __always_inline void describe_socket(struct wire_socket* socket, struct tcp_socket* tcp) {
    struct sock* sk = tcp->sk;
    socket->inode = tcp->inode;
    socket->first_seen_ns = bpf_ktime_get_boot_ns();
    socket->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
    socket->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
    socket->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
    if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET_FAMILY) {
        write_mapped_address(socket->local_address, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
        write_mapped_address(socket->remote_address, BPF_CORE_READ(sk, __sk_common.skc_daddr));
    } else {
        BPF_CORE_READ_INTO(&socket->local_address, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
        BPF_CORE_READ_INTO(&socket->remote_address, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
    }
}

static __always_inline bool is_wanted_port(struct sock* sk) {
    if (knobs.port_count == 0) return true;
    __u16 local = BPF_CORE_READ(sk, __sk_common.skc_num);
    __u16 remote = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
    for (__u32 i = 0; i < KNOB_PORTS_MAX; i++) {
        if (i < knobs.port_count && (knobs.ports[i] == local || knobs.ports[i] == remote))
            return true;
    }
    return false;
}

/* What is remembered of the connection; made at its first call. NULL when there is no room. */
static __always_inline struct connection* connection_of(struct tcp_socket* tcp) {
    __u64 key = (__u64)tcp->sk;
    struct connection* connection = bpf_map_lookup_elem(&connections, &key);
    if (connection) return connection;
    struct connection fresh = {};
    describe_socket(&fresh.socket, tcp);
    bpf_map_update_elem(&connections, &key, &fresh, BPF_NOEXIST);
    return bpf_map_lookup_elem(&connections, &key);
}

/* The peer's FIN takes one sequence number. It is the last one of the stream. */
static __always_inline bool has_peer_fin(struct sock* sk) {
    return BPF_CORE_READ(sk, __sk_common.skc_flags) & (1UL << SOCK_DONE_BIT);
}

/* One past the last byte that the process read. */
static __always_inline __u32 read_sequence(struct sock* sk) {
    struct tcp_sock* tcp = (struct tcp_sock*)sk;
    __u32 copied = BPF_CORE_READ(tcp, copied_seq);
    bool fin_consumed = has_peer_fin(sk) && copied == BPF_CORE_READ(tcp, rcv_nxt);
    return fin_consumed ? copied - 1 : copied;
}

/* One past the last byte that the process wrote, before it closes its side. */
static __always_inline __u32 written_sequence(struct sock* sk) {
    return BPF_CORE_READ((struct tcp_sock*)sk, write_seq);
}

/* A 32-bit sequence number as a 64-bit position: the one next to `before`, or, where nothing was
 * before (0), one that leaves room below it for the bytes of the first call. */
static __always_inline __u64 position_near(__u64 before, __u32 sequence) {
    if (before == 0) return 1ULL << 32 | sequence;
    return before + (__s64)(__s32)(sequence - (__u32)before);
}

/* The same for a direction of a connection, which moves on to it. */
static __always_inline __u64 extend_sequence(struct connection* connection,
                                             enum wire_direction direction, __u32 sequence) {
    __u64* end = &connection->end[direction == WIRE_RECV];
    __u64 position = position_near(*end, sequence);
    *end = position;
    return position;
}

/* One past the last byte that the process wrote. Once it has shut down its side, write_seq may
 * count the FIN; on_local_fin noted the position before that. */
static __always_inline __u64 written_position(struct connection* connection, struct sock* sk) {
    __u64 noted = connection->end[0];
    if (noted && BPF_CORE_READ(sk, sk_shutdown) & SEND_SHUTDOWN_FLAG) return noted;
    return extend_sequence(connection, WIRE_SEND, written_sequence(sk));
}

#endif
