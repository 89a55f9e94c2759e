// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Ends of connections and processes, and children of the processes to record. Raw tracepoints:
// their arguments are those of the kernel's trace_...() calls.

#include "bpf/emit.bpf.h"
#include "bpf/socket.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// A FIN from before the first record is noted after that one (emit_earlier_fins).
static __always_inline bool is_on_record(struct connection* connection) {
    return connection->has_records && recording;
}

static __always_inline void on_local_fin(struct connection* connection, struct sock* sk) {
    struct tcp_socket tcp = {.sk = sk};
    note_local_fin(connection, &tcp, written_sequence(sk, ACCESS_BY_COPY));
    if (is_on_record(connection)) emit_fin(connection, WIRE_SEND, connection->direction[0].latest);
}

// The peer's FIN came.
static __always_inline void on_peer_fin(struct connection* connection, struct sock* sk) {
    if (is_on_record(connection))
        emit_fin(connection, WIRE_RECV, received_position(connection, sk));
}

static __always_inline void on_closed(struct connection* connection, struct sock* sk,
                                      int old_state) {
    // From FIN_WAIT: the way to TIME_WAIT, whose sock is another one.
    if (old_state != TCP_STATE_LAST_ACK && old_state != TCP_STATE_CLOSING &&
        old_state != TCP_STATE_CLOSE_WAIT && has_peer_fin(sk, ACCESS_BY_COPY))
        on_peer_fin(connection, sk);
    struct tcp_socket tcp = {.sk = sk};
    note_closed(connection, &tcp);
}

static __always_inline void forget(struct connection* connection, struct sock* sk) {
    __u64 key = (__u64)sk;
    if (is_on_record(connection)) emit_close(connection);
    leave_out_held(&connection->held[0]);
    leave_out_held(&connection->held[1]);
    bpf_map_delete_elem(&connections, &key);
}

SEC("raw_tp/inet_sock_set_state")
int BPF_PROG(sock_set_state, struct sock* sk, int old_state, int new_state) {
    struct connection* connection = known_connection(sk);
    // A close after a shutdown sets the state again, and then the FIN has taken its number.
    if (!connection || new_state == old_state) return 0;
    switch (new_state) {
        case TCP_STATE_SYN_SENT:  // the socket was connected before
            forget(connection, sk);
            break;
        case TCP_STATE_FIN_WAIT1:
        case TCP_STATE_LAST_ACK:
            on_local_fin(connection, sk);
            break;
        case TCP_STATE_CLOSE_WAIT:
        case TCP_STATE_CLOSING:
            on_peer_fin(connection, sk);
            break;
        case TCP_STATE_CLOSE:
            on_closed(connection, sk, old_state);
            break;
    }
    return 0;
}

SEC("raw_tp/tcp_destroy_sock")
int BPF_PROG(destroy_sock, struct sock* sk) {
    struct connection* connection = known_connection(sk);
    if (connection) forget(connection, sk);
    return 0;
}

// Run by the recorder, once: in a pid namespace it does not know its number.
SEC("raw_tp")
int note_recorder(void* ctx) {
    recorder_pid = bpf_get_current_pid_tgid() >> 32;
    return 0;
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct* parent, struct task_struct* child) {
    if (!knobs.selected_only) return 0;
    __u32 parent_pid = BPF_CORE_READ(parent, tgid);
    __u32 child_pid = BPF_CORE_READ(child, tgid);
    __u8* is_followed = bpf_map_lookup_elem(&selected, &parent_pid);
    __u8 yes = 1;
    if (parent_pid != child_pid && is_followed && *is_followed &&
        bpf_map_update_elem(&selected, &child_pid, &yes, BPF_ANY)) {
        lose_for_full_table(0);
    }
    return 0;
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct* task) {
    if (BPF_CORE_READ(task, signal, live.counter) > 0) return 0;  // other threads go on
    __u32 pid = BPF_CORE_READ(task, tgid);
    bpf_map_delete_elem(&processes, &pid);
    if (knobs.selected_only) bpf_map_delete_elem(&selected, &pid);
    return 0;
}
