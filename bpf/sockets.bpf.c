// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What processes say over their TCP sockets, seen where their system calls return. The arguments
// are still in the task's saved registers there (bpf_task_pt_regs, Linux 5.15), so that one hook a
// call is enough; and only there is it known how many bytes moved.
//
// A program always returns 0; what goes wrong is counted.

#include "bpf/emit.bpf.h"
#include "bpf/socket.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// Pieces of a call at the most: its iovecs (UIO_MAXIOV of the kernel), and as many more as records
// of WIRE_PAYLOAD_MAX can cut them into.
#define PIECES_MAX (1024 + KNOB_SNAPLEN_MAX / WIRE_PAYLOAD_MAX)

// A call that moved `size` bytes, as the hooks hand it on.
struct call {
    __u64 buffer;  // of the bytes; or of the iovecs
    __u32 iovecs;  // 0: `buffer` is the bytes
    __u32 fd;
    __u32 size;
    __u32 syscall;
    __u8 direction;
    __u8 missing;  // not 0: only the length is known, and this is why
};

static __always_inline bool is_selected(struct task_struct* task) {
    __u32 pid = task->tgid;
    if (pid == knobs.recorder_pid) return false;
    return !knobs.selected_only || bpf_map_lookup_elem(&selected, &pid);
}

// Writes the process record at the first record of a process.
static __always_inline void introduce_process(__u64 time_ns) {
    struct task_struct* task = current_task();
    __u32 pid = task->tgid;
    __u64 start_ns = task->group_leader->start_boottime;
    __u64* known = bpf_map_lookup_elem(&processes, &pid);
    if (known && *known == start_ns) return;
    if (bpf_map_update_elem(&processes, &pid, &start_ns, BPF_ANY)) {
        count(COUNTER_PRODUCED, 0);
        count(COUNTER_LOST_STATE_TABLE_FULL, 0);
        return;
    }
    if (emit_process(time_ns))  // not written: the next call tries again
        bpf_map_delete_elem(&processes, &pid);
}

// Whether the piece, the first of its call, makes the connection an HTTP one. What may still become
// the start of a message is held back until it does.
static __always_inline bool starts_http(struct connection* connection, struct piece* piece) {
    struct held* held = &connection->held[piece->direction == WIRE_RECV];
    __u32 size = held->size;
    if (size > HTTP_START_MAX || held->position + size != piece->position) size = 0;
    __u32 more = piece->size < HTTP_START_MAX ? piece->size : HTTP_START_MAX;
    if (piece->missing || more > HTTP_START_MAX ||
        bpf_probe_read_user(held->bytes + size, more, (const void*)piece->address))
        return false;
    __u32 have = size + more;
    if (have > HTTP_START_MAX) have = HTTP_START_MAX;
    enum http_start start = http_start(held->bytes, have);
    if (start != HTTP_START_MORE) {
        held->size = start == HTTP_START_YES ? size : 0;
        return start == HTTP_START_YES;
    }
    if (size == 0) {
        held->position = piece->position;
        held->time_ns = piece->time_ns;
        held->syscall = piece->syscall;
    }
    held->size = have;
    return false;
}

__weak __noinline int decide(struct connection* connection, struct piece* piece) {
    if (!connection || !piece) return 0;
    if (!starts_http(connection, piece)) {
        count(COUNTER_LEFT_OUT_NOT_HTTP, piece->size);
        return 0;
    }
    connection->is_http = 1;
    emit_held(connection, &connection->held[0], WIRE_SEND, piece);
    emit_held(connection, &connection->held[1], WIRE_RECV, piece);
    return 1;
}

static __always_inline __u64 smaller(__u64 a, __u64 b) {
    return a < b ? a : b;
}

// Where the writing of a call's records stands.
struct walk {
    struct piece piece;
    __u64 iovecs;       // address of those that are left
    __u64 in_vector;    // bytes left at piece.address
    __u32 iovec_count;  // left
    __u32 left;         // bytes of the call
    __u32 kept;         // of them, those within the snaplen
    __u32 reserved;
};

static __always_inline bool next_iovec(struct walk* walk) {
    __u64 iovec[2];  // struct iovec: base and length
    if (walk->iovec_count == 0 ||
        bpf_probe_read_user(iovec, sizeof(iovec), (const void*)walk->iovecs))
        return false;
    walk->iovecs += sizeof(iovec);
    walk->iovec_count--;
    walk->piece.address = iovec[0];
    walk->in_vector = iovec[1];
    return true;
}

// Writes the record of the next piece, if its iovec is not empty; not 0 while there is more.
// Global, so that the verifier sees one step and not every way through all of them.
__weak __noinline int emit_next(struct connection* connection, struct walk* walk) {
    if (!connection || !walk) return 0;
    if (walk->left == 0 || walk->kept == 0) return 0;
    if (walk->in_vector == 0) {
        if (!next_iovec(walk)) return 0;
        if (walk->in_vector == 0) return 1;
    }
    __u32 size =
        smaller(smaller(walk->left, walk->kept), smaller(walk->in_vector, WIRE_PAYLOAD_MAX));
    walk->piece.size = size;
    emit_data(connection, &walk->piece);
    walk->piece.address += size;
    walk->piece.position += size;
    walk->in_vector -= size;
    walk->left -= size;
    walk->kept -= size;
    return 1;
}

// Writes one record for each piece of the call, and one for the length of what is beyond the
// limits.
static __always_inline void emit_pieces(struct connection* connection, struct call* call,
                                        struct piece* piece) {
    struct walk walk = {
        .piece = *piece,
        .iovecs = call->buffer,
        .iovec_count = call->iovecs,
        .in_vector = call->iovecs ? 0 : call->size,
        .left = call->size,
        .kept = call->missing ? 0 : knobs.snaplen,
    };
    walk.piece.address = call->buffer;
    for (int i = 0; i < PIECES_MAX; i++) {
        if (!emit_next(connection, &walk)) break;
    }
    if (walk.left == 0) return;
    walk.piece.size = walk.left;
    walk.piece.missing = call->missing    ? call->missing
                         : walk.kept == 0 ? WIRE_MISSING_SNAPLEN
                                          : WIRE_MISSING_UNREADABLE;
    emit_data(connection, &walk.piece);
}

// The first bytes of the call, for the decision.
static __always_inline void find_first_piece(struct call* call, struct piece* piece) {
    piece->address = call->buffer;
    piece->size = call->size;
    piece->missing = call->missing;
    for (__u32 i = 0; i < 8 && i < call->iovecs; i++) {
        __u64 iovec[2];
        if (bpf_probe_read_user(iovec, sizeof(iovec),
                                (const void*)(call->buffer + i * sizeof(iovec))))
            return;
        piece->address = iovec[0];
        if (iovec[1] > 0) {
            if (iovec[1] < piece->size) piece->size = iovec[1];
            return;
        }
    }
}

static __always_inline int on_transfer(struct task_struct* task, struct call* call) {
    struct tcp_socket tcp = tcp_socket_of(task, call->fd);
    if (!tcp.sk) return 0;
    if (!is_wanted_port(tcp.sk)) {
        count(COUNTER_LEFT_OUT_OTHER_PORT, call->size);
        return 0;
    }
    struct connection* connection = connection_of(&tcp);
    if (!connection) {
        count(COUNTER_PRODUCED, call->size);
        count(COUNTER_LOST_STATE_TABLE_FULL, call->size);
        return 0;
    }
    __u64 written = written_position(connection, tcp.sk);
    __u64 read = extend_sequence(connection, WIRE_RECV, read_sequence(tcp.sk));
    struct piece piece = {
        .position = (call->direction == WIRE_SEND ? written : read) - call->size,
        .other_position = call->direction == WIRE_SEND ? read : written,
        .time_ns = bpf_ktime_get_boot_ns(),
        .syscall = call->syscall,
        .direction = call->direction,
    };
    if (!connection->is_http) {
        find_first_piece(call, &piece);
        if (!decide(connection, &piece)) return 0;
        piece.missing = 0;
    }
    introduce_process(piece.time_ns);
    emit_pieces(connection, call, &piece);
    return 0;
}

#define REGISTERS(task) ((struct pt_regs*)bpf_task_pt_regs((void*)task))

// read(fd, buffer, n) and its like: bytes in one buffer.
static __always_inline int on_buffer(struct trace_event_raw_sys_exit* ctx,
                                     enum wire_direction direction, enum wire_syscall syscall) {
    struct task_struct* task = current_task();
    if (ctx->ret <= 0 || !is_selected(task)) return 0;
    struct pt_regs* regs = REGISTERS(task);
    struct call call = {
        .buffer = PT_REGS_PARM2_SYSCALL(regs),
        .fd = PT_REGS_PARM1_SYSCALL(regs),
        .size = ctx->ret,
        .syscall = syscall,
        .direction = direction,
    };
    return on_transfer(task, &call);
}

// readv(fd, iovecs, n) and writev.
static __always_inline int on_vector(struct trace_event_raw_sys_exit* ctx,
                                     enum wire_direction direction, enum wire_syscall syscall) {
    struct task_struct* task = current_task();
    if (ctx->ret <= 0 || !is_selected(task)) return 0;
    struct pt_regs* regs = REGISTERS(task);
    struct call call = {
        .buffer = PT_REGS_PARM2_SYSCALL(regs),
        .iovecs = PT_REGS_PARM3_SYSCALL(regs),
        .fd = PT_REGS_PARM1_SYSCALL(regs),
        .size = ctx->ret,
        .syscall = syscall,
        .direction = direction,
    };
    return on_transfer(task, &call);
}

// recvmsg(fd, message, flags) and sendmsg.
static __always_inline int on_message(struct task_struct* task, struct call* call,
                                      const void* message) {
    struct {
        __u64 name;
        __u64 name_size;
        __u64 iovecs;
        __u64 iovec_count;
    } header;  // the beginning of struct msghdr
    if (bpf_probe_read_user(&header, sizeof(header), message))
        call->missing = WIRE_MISSING_UNREADABLE;
    call->buffer = header.iovecs;
    call->iovecs = header.iovec_count;
    return on_transfer(task, call);
}

// A call that did not take its bytes from the stream in order: not part of what was said.
static __always_inline bool is_consuming(struct task_struct* task, struct call* call, __u32 flags) {
    if (!(flags & (MSG_PEEK_FLAG | MSG_OOB_FLAG | MSG_ERRQUEUE_FLAG))) return true;
    if (tcp_socket_of(task, call->fd).sk) count(COUNTER_LEFT_OUT_NOT_CONSUMED, call->size);
    return false;
}

SEC("tracepoint/syscalls/sys_exit_read")
int exit_read(struct trace_event_raw_sys_exit* ctx) {
    return on_buffer(ctx, WIRE_RECV, WIRE_READ);
}

SEC("tracepoint/syscalls/sys_exit_write")
int exit_write(struct trace_event_raw_sys_exit* ctx) {
    return on_buffer(ctx, WIRE_SEND, WIRE_WRITE);
}

SEC("tracepoint/syscalls/sys_exit_sendto")
int exit_sendto(struct trace_event_raw_sys_exit* ctx) {
    return on_buffer(ctx, WIRE_SEND, WIRE_SENDTO);
}

SEC("tracepoint/syscalls/sys_exit_readv")
int exit_readv(struct trace_event_raw_sys_exit* ctx) {
    return on_vector(ctx, WIRE_RECV, WIRE_READV);
}

SEC("tracepoint/syscalls/sys_exit_writev")
int exit_writev(struct trace_event_raw_sys_exit* ctx) {
    return on_vector(ctx, WIRE_SEND, WIRE_WRITEV);
}

SEC("tracepoint/syscalls/sys_exit_recvfrom")
int exit_recvfrom(struct trace_event_raw_sys_exit* ctx) {
    struct task_struct* task = current_task();
    if (ctx->ret <= 0 || !is_selected(task)) return 0;
    struct pt_regs* regs = REGISTERS(task);
    __u32 flags = PT_REGS_PARM4_SYSCALL(regs);
    struct call call = {
        .buffer = PT_REGS_PARM2_SYSCALL(regs),
        .fd = PT_REGS_PARM1_SYSCALL(regs),
        .size = ctx->ret,
        .syscall = WIRE_RECVFROM,
        .direction = WIRE_RECV,
        .missing = flags & MSG_TRUNC_FLAG ? WIRE_MISSING_DISCARDED : 0,
    };
    return is_consuming(task, &call, flags) ? on_transfer(task, &call) : 0;
}

SEC("tracepoint/syscalls/sys_exit_recvmsg")
int exit_recvmsg(struct trace_event_raw_sys_exit* ctx) {
    struct task_struct* task = current_task();
    if (ctx->ret <= 0 || !is_selected(task)) return 0;
    struct pt_regs* regs = REGISTERS(task);
    __u32 flags = PT_REGS_PARM3_SYSCALL(regs);
    struct call call = {
        .fd = PT_REGS_PARM1_SYSCALL(regs),
        .size = ctx->ret,
        .syscall = WIRE_RECVMSG,
        .direction = WIRE_RECV,
        .missing = flags & MSG_TRUNC_FLAG ? WIRE_MISSING_DISCARDED : 0,
    };
    if (!is_consuming(task, &call, flags)) return 0;
    return on_message(task, &call, (const void*)PT_REGS_PARM2_SYSCALL(regs));
}

SEC("tracepoint/syscalls/sys_exit_sendmsg")
int exit_sendmsg(struct trace_event_raw_sys_exit* ctx) {
    struct task_struct* task = current_task();
    if (ctx->ret <= 0 || !is_selected(task)) return 0;
    struct pt_regs* regs = REGISTERS(task);
    struct call call = {
        .fd = PT_REGS_PARM1_SYSCALL(regs),
        .size = ctx->ret,
        .syscall = WIRE_SENDMSG,
        .direction = WIRE_SEND,
    };
    return on_message(task, &call, (const void*)PT_REGS_PARM2_SYSCALL(regs));
}

// sendfile(out, in, offset, n): the bytes never were in user space.
SEC("tracepoint/syscalls/sys_exit_sendfile64")
int exit_sendfile(struct trace_event_raw_sys_exit* ctx) {
    struct task_struct* task = current_task();
    if (ctx->ret <= 0 || !is_selected(task)) return 0;
    struct pt_regs* regs = REGISTERS(task);
    struct call call = {
        .fd = PT_REGS_PARM1_SYSCALL(regs),
        .size = ctx->ret,
        .syscall = WIRE_SENDFILE,
        .direction = WIRE_SEND,
        .missing = WIRE_MISSING_SENDFILE,
    };
    return on_transfer(task, &call);
}
