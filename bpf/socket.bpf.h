/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * From a descriptor to the TCP socket behind it, what names that socket, and where it stands.
 */
#ifndef HTTPPROF_BPF_SOCKET_BPF_H
#define HTTPPROF_BPF_SOCKET_BPF_H

#include "bpf/state.bpf.h"

struct tcp_socket {
    struct sock* sk; /* NULL: not a TCP socket over IPv4 or IPv6 */
    __u64 inode;
};

/* How kernel memory is read on the way to a socket, which every read and write on the host has to
 * go, and in it. */
enum access {
    ACCESS_BY_COPY,  /* a helper copies it, field by field */
    ACCESS_DIRECTLY, /* a program loads it, guarded by the exception table (Linux 6.2) */
};

/* Makes a pointer one that can be loaded from. */
extern void* bpf_rdonly_cast(const void* object, __u32 btf_id) __ksym __weak;
#define DIRECT(type, pointer) ((type*)bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(type)))
#define READ(access, pointer, field)                                          \
    ((access) == ACCESS_DIRECTLY ? DIRECT(typeof(*(pointer)), pointer)->field \
                                 : BPF_CORE_READ(pointer, field))

static __always_inline struct socket* socket_by_copy(struct file** slot, __u64* inode_number) {
    struct file* file = NULL;
    bpf_probe_read_kernel(&file, sizeof(file), slot);
    if (!file) return NULL;
    struct inode* inode = BPF_CORE_READ(file, f_inode);
    if ((BPF_CORE_READ(inode, i_mode) & S_IFMT_MASK) != S_IFSOCK_MODE) return NULL;
    *inode_number = BPF_CORE_READ(inode, i_ino);
    return BPF_CORE_READ(file, private_data);
}

static __always_inline struct socket* socket_directly(struct file** slot, __u64* inode_number) {
    /* The kernel has no type for a pointer alone; this one starts with a pointer to a file. */
    struct file* file = DIRECT(struct kiocb, slot)->ki_filp;
    if (!file) return NULL;
    struct inode* inode = file->f_inode;
    if ((inode->i_mode & S_IFMT_MASK) != S_IFSOCK_MODE) return NULL;
    *inode_number = inode->i_ino;
    return file->private_data;
}

static __always_inline struct tcp_socket tcp_socket_of(struct task_struct* task, __u32 fd,
                                                       enum access access) {
    struct tcp_socket found = {};
    struct fdtable* table = task->files->fdt;
    if (fd >= table->max_fds) return found;
    struct file** slot = table->fd + fd;
    struct socket* socket = access == ACCESS_DIRECTLY ? socket_directly(slot, &found.inode)
                                                      : socket_by_copy(slot, &found.inode);
    if (!socket) return found;
    struct sock* sk = READ(access, socket, sk);
    __u16 family = READ(access, sk, __sk_common.skc_family);
    if (family != AF_INET_FAMILY && family != AF_INET6_FAMILY) return found;
    __u16 protocol = READ(access, sk, sk_protocol);
    if (protocol == MPTCP_PROTOCOL) count(COUNTER_LEFT_OUT_MPTCP, 0);
    if (protocol == TCP_PROTOCOL) found.sk = sk;
    return found;
}

static __always_inline void write_mapped_address(__u8* address, __u32 ipv4) {
    __builtin_memset(address, 0, 10);
    address[10] = 0xff;
    address[11] = 0xff;
    __builtin_memcpy(address + 12, &ipv4, sizeof(ipv4));
}

static __always_inline __u16 local_port(struct sock* sk, enum access access) {
    return bpf_ntohs(READ(access, (struct inet_sock*)sk, inet_sport));
}

static __always_inline void describe_socket(struct wire_socket* socket, struct tcp_socket* tcp) {
    struct sock* sk = tcp->sk;
    socket->inode = tcp->inode;
    socket->first_seen_ns = bpf_ktime_get_boot_ns();
    socket->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
    socket->local_port = local_port(sk, ACCESS_BY_COPY);
    socket->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
    if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET_FAMILY) {
        write_mapped_address(socket->local_address, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
        write_mapped_address(socket->remote_address, BPF_CORE_READ(sk, __sk_common.skc_daddr));
    } else {
        BPF_CORE_READ_INTO(&socket->local_address, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
        BPF_CORE_READ_INTO(&socket->remote_address, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
    }
}

/* TLS, whose calls move the plain text of what the positions count; espintcp likewise. */
static __always_inline bool has_upper_protocol(struct sock* sk, enum access access) {
    return READ(access, (struct inet_connection_sock*)sk, icsk_ulp_ops);
}

static __always_inline struct connection* known_connection(struct sock* sk) {
    __u64 key = (__u64)sk;
    return bpf_map_lookup_elem(&connections, &key);
}

static __always_inline bool is_wanted_port(struct sock* sk, enum access access) {
    if (knobs.port_count == 0) return true;
    __u16 local = local_port(sk, access);
    __u16 remote = bpf_ntohs(READ(access, sk, __sk_common.skc_dport));
    for (__u32 i = 0; i < KNOB_PORTS_MAX; i++) {
        if (i < knobs.port_count && (knobs.ports[i] == local || knobs.ports[i] == remote))
            return true;
    }
    return false;
}

/* The peer's FIN takes one sequence number. It is the last one of the stream. */
static __always_inline bool has_peer_fin(struct sock* sk, enum access access) {
    return READ(access, sk, __sk_common.skc_flags) & (1UL << SOCK_DONE_BIT);
}

/* One past the last byte that the process read. */
static __always_inline __u32 read_sequence(struct sock* sk, enum access access) {
    struct tcp_sock* tcp = (struct tcp_sock*)sk;
    __u32 copied = READ(access, tcp, copied_seq);
    bool fin_consumed = has_peer_fin(sk, access) && copied == READ(access, tcp, rcv_nxt);
    return fin_consumed ? copied - 1 : copied;
}

/* One past the last byte that the process wrote, or, once it has shut down its side, past its FIN,
 * which takes one sequence number. */
static __always_inline __u32 written_sequence(struct sock* sk, enum access access) {
    struct tcp_sock* tcp = (struct tcp_sock*)sk;
    return READ(access, tcp, write_seq);
}

/* Bytes that the socket has moved in all, or one more or two: FINs and SYNs may be counted. */
__weak __noinline __u64 moved_in_all(struct tcp_socket* tcp, __u32 direction) {
    if (!tcp) return 0;
    struct sock* socket = tcp->sk; /* else its field would be looked for in the kernel's types */
    struct tcp_sock* sk = (struct tcp_sock*)socket;
    if (direction == WIRE_SEND) {
        __u32 on_their_way = BPF_CORE_READ(sk, write_seq) - BPF_CORE_READ(sk, snd_una);
        return BPF_CORE_READ(sk, bytes_acked) + on_their_way;
    }
    __u32 unread = BPF_CORE_READ(sk, rcv_nxt) - BPF_CORE_READ(sk, copied_seq);
    return BPF_CORE_READ(sk, bytes_received) + 1 - unread;
}

/* The position with the 32-bit sequence number that is next to `near`. */
static __always_inline __u64 position_near(__u64 near, __u32 sequence) {
    return near + (__s64)(__s32)(sequence - (__u32)near);
}

/* How far a position may be from what tells its upper half, so that bytes that move while that is
 * read (16 MiB and more) do not make it 4 GiB another one. */
#define DISTANCE_MAX (0x7fffffff - (1 << 24))

/* The position at `sequence` when others than recorded calls may have moved any number of bytes: it
 * lies behind what the socket has moved in all, always by the same distance, which leaves room
 * below the first one. `expected` tells where that is not exact enough, unless it is 0. */
__weak __noinline __u64 position_after_unseen(struct tcp_socket* tcp, __u32 direction,
                                              __u32 sequence, __u64 expected) {
    __u64 near = moved_in_all(tcp, direction) + (2ULL << 32);
    __s32 distance = sequence - (__u32)near;
    bool is_exact = distance < DISTANCE_MAX && distance > -DISTANCE_MAX;
    return position_near(is_exact || !expected ? near : expected, sequence);
}

/* A 32-bit sequence number as a 64-bit position of a direction, which moves on to it; `moved` bytes
 * are those of the call at hand. */
static __always_inline __u64 extend_sequence(struct connection* connection, struct tcp_socket* tcp,
                                             __u32 which, __u64 moved, __u32 sequence) {
    struct direction_state* direction = &connection->direction[which == WIRE_RECV];
    __u64 position = direction->latest ? direction->latest + moved : 0;
    if (!position || (__u32)position != sequence)
        position = position_after_unseen(tcp, which, sequence, position);
    direction->latest = position;
    return position;
}

/* One past the last byte that the process read, with `moved` bytes by the call at hand. */
static __always_inline __u64 read_position(struct connection* connection, struct tcp_socket* tcp,
                                           __u64 moved, enum access access) {
    return extend_sequence(connection, tcp, WIRE_RECV, moved, read_sequence(tcp->sk, access));
}

/* One past the last byte that came, whether it was read or not. */
static __always_inline __u64 received_position(struct connection* connection, struct sock* sk) {
    __u32 next = BPF_CORE_READ((struct tcp_sock*)sk, rcv_nxt);
    return position_near(connection->direction[1].latest, next - has_peer_fin(sk, ACCESS_BY_COPY));
}

/* The same with what it wrote; before its FIN, which note_local_fin saw. A socket that is closed
 * may count from elsewhere (tcp_disconnect). */
static __always_inline __u64 written_position(struct connection* connection, struct tcp_socket* tcp,
                                              __u64 moved, enum access access) {
    if (connection->has_sent_fin || connection->is_closed) return connection->direction[0].latest;
    return extend_sequence(connection, tcp, WIRE_SEND, moved, written_sequence(tcp->sk, access));
}

/* This side has no more to send: it is called just before the FIN itself takes a sequence number.
 */
static __always_inline void note_local_fin(struct connection* connection, struct tcp_socket* tcp,
                                           __u32 sequence) {
    extend_sequence(connection, tcp, WIRE_SEND, 0, sequence);
    connection->has_sent_fin = 1;
}

/* The connection is over, and the socket has its positions for the last time. */
static __always_inline void note_closed(struct connection* connection, struct tcp_socket* tcp) {
    written_position(connection, tcp, 0, ACCESS_BY_COPY);
    read_position(connection, tcp, 0, ACCESS_BY_COPY);
    connection->received_position = received_position(connection, tcp->sk);
    connection->is_closed = 1;
}

static __always_inline bool is_after_local_fin(struct sock* sk) {
    __u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
    return state == TCP_STATE_FIN_WAIT1 || state == TCP_STATE_FIN_WAIT2 ||
           state == TCP_STATE_CLOSING || state == TCP_STATE_LAST_ACK;
}

/* A global function, which has a stack frame of its own: the largest, and with that of its caller
 * just the 512 bytes that there may be. */
__weak __noinline int make_connection(struct tcp_socket* tcp) {
    if (!tcp) return 0;
    __u64 key = (__u64)tcp->sk;
    struct connection fresh = {.is_recorded = knobs.all_sockets};
    describe_socket(&fresh.socket, tcp);
    bpf_map_update_elem(&connections, &key, &fresh, BPF_NOEXIST);
    return 0;
}

/* What is remembered of the connection; made at its first call. NULL when there is no room. */
static __always_inline struct connection* connection_of(struct tcp_socket* tcp) {
    struct connection* connection = known_connection(tcp->sk);
    if (connection) return connection;
    make_connection(tcp);
    connection = known_connection(tcp->sk);
    if (connection && is_after_local_fin(tcp->sk))
        note_local_fin(connection, tcp, written_sequence(tcp->sk, ACCESS_BY_COPY) - 1);
    return connection;
}

static __always_inline __u32 saturated(__u64 bytes) {
    return bytes < ~0U ? bytes : ~0U;
}

/* The position of the first of `size` bytes that a call has moved, when the direction stands at
 * `end` now. That is `end - size`, unless threads share the socket and the call of another one has
 * moved bytes before this program ran. 0: the socket cannot have moved them. */
static __always_inline __u64 claim(struct direction_state* direction, struct tcp_socket* tcp,
                                   __u64 end, __u64 size, __u32 which) {
    struct sock* sk = tcp->sk;
    __u64 start = end - size;
    __u64 claimed = direction->claimed;
    if (claimed && start > claimed) {
        /* The other call is not over: it came later. The lock does not tell its direction: it may
         * as well be one of the other, and the hole one of calls that are not recorded. */
        if (BPF_CORE_READ(sk, sk_lock.owned)) {
            direction->claimed = claimed + size;
            return claimed;
        }
        direction->hole_start = claimed;
        direction->hole_size = saturated(start - claimed);
    }
    __u64 unclaimed = direction->unclaimed;
    if (!claimed) unclaimed = moved_in_all(tcp, which);
    if (claimed && end > claimed) unclaimed += end - claimed;
    if (unclaimed < size) return 0;
    direction->unclaimed = saturated(unclaimed - size);
    if (start < claimed && direction->hole_size >= size) {
        start = direction->hole_start; /* the others took the place of these bytes */
        direction->hole_start += size;
        direction->hole_size -= size;
    }
    if (end > claimed) direction->claimed = end;
    return start;
}

#endif
