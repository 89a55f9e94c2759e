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

// Iovecs in which the first bytes of a call are looked for.
#define START_IOVECS_MAX 8

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

static __always_inline __u64 smaller(__u64 a, __u64 b) {
    return a < b ? a : b;
}

// Adds bytes to the `have` that are in `bytes`, up to HTTP_START_MAX; how many there are then.
static __always_inline __u32 add_to_start(char* bytes, __u32 have, __u64 address, __u64 size) {
    if (have >= HTTP_START_MAX) return have;
    if (size > HTTP_START_MAX) size = HTTP_START_MAX;
    barrier_var(size);  // keeps the bound in the register that the helper gets
    if (size > HTTP_START_MAX || bpf_probe_read_user(bytes + have, size, (const void*)address))
        return have;
    return smaller(have + size, HTTP_START_MAX);
}

// The same with the first bytes of a call.
static __always_inline __u32 add_call_to_start(char* bytes, __u32 have, struct call* call) {
    if (call->missing) return have;
    if (!call->iovecs) return add_to_start(bytes, have, call->buffer, call->size);
    __u64 left = call->size;
    for (__u32 i = 0; i < START_IOVECS_MAX && i < call->iovecs && left > 0; i++) {
        __u64 iovec[2];  // struct iovec: base and length
        if (bpf_probe_read_user(iovec, sizeof(iovec),
                                (const void*)(call->buffer + i * sizeof(iovec))))
            return have;
        __u64 size = smaller(iovec[1], left);
        have = add_to_start(bytes, have, iovec[0], size);
        left -= size;
    }
    return have;
}

// Whether the call makes the connection an HTTP one. Bytes that may still become the start of a
// message are held back until they do.
static __always_inline enum http_start match_call(struct connection* connection, struct call* call,
                                                  struct piece* piece) {
    struct held* held = &connection->held[piece->direction == WIRE_RECV];
    __u32 size = held->size;
    if (size > HTTP_START_MAX || held->position + size != piece->position) size = 0;
    __u32 have = add_call_to_start(held->bytes, size, call);
    enum http_start start = http_start(held->bytes, have);
    if (start == HTTP_START_YES) {
        held->size = size;
        return start;
    }
    if (start == HTTP_START_NO || have != size + call->size) {
        if (held->size) count(COUNTER_LEFT_OUT_NOT_HTTP, held->size);
        held->size = 0;
        return HTTP_START_NO;
    }
    if (size == 0) {
        held->position = piece->position;
        held->time_ns = piece->time_ns;
        held->syscall = piece->syscall;
    }
    held->size = have;
    return HTTP_START_MORE;
}

// Not 0: the connection is recorded from this call on.
__weak __noinline int decide(struct connection* connection, struct call* call,
                             struct piece* piece) {
    if (!connection || !call || !piece) return 0;
    enum http_start start = match_call(connection, call, piece);
    if (start == HTTP_START_NO) count(COUNTER_LEFT_OUT_NOT_HTTP, call->size);
    if (start != HTTP_START_YES) return 0;
    connection->is_http = 1;
    emit_held(connection, &connection->held[0], WIRE_SEND, piece);
    emit_held(connection, &connection->held[1], WIRE_RECV, piece);
    return 1;
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

static __always_inline int on_transfer(struct call* call) {
    struct tcp_socket tcp = tcp_socket_of(current_task(), call->fd);
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
    if (!connection->is_http && !decide(connection, call, &piece)) return 0;
    introduce_process(piece.time_ns);
    emit_pieces(connection, call, &piece);
    return 0;
}

static __always_inline struct pt_regs* registers(void) {
    return (struct pt_regs*)bpf_task_pt_regs((void*)current_task());
}

// The call that returns here, as far as all are alike; of size 0 when it is not to be recorded.
static __always_inline struct call returning_call(struct trace_event_raw_sys_exit* ctx,
                                                  enum wire_direction direction,
                                                  enum wire_syscall syscall) {
    struct call call = {};
    if (ctx->ret <= 0 || !is_selected(current_task())) return call;
    call.buffer = PT_REGS_PARM2_SYSCALL(registers());
    call.fd = PT_REGS_PARM1_SYSCALL(registers());
    call.size = ctx->ret;
    call.syscall = syscall;
    call.direction = direction;
    return call;
}

// read(fd, buffer, n) and its like: bytes in one buffer.
static __always_inline int on_buffer(struct trace_event_raw_sys_exit* ctx,
                                     enum wire_direction direction, enum wire_syscall syscall) {
    struct call call = returning_call(ctx, direction, syscall);
    return call.size ? on_transfer(&call) : 0;
}

// readv(fd, iovecs, n) and writev.
static __always_inline int on_vector(struct trace_event_raw_sys_exit* ctx,
                                     enum wire_direction direction, enum wire_syscall syscall) {
    struct call call = returning_call(ctx, direction, syscall);
    if (!call.size) return 0;
    call.iovecs = PT_REGS_PARM3_SYSCALL(registers());
    return on_transfer(&call);
}

// recvmsg(fd, message, flags) and sendmsg.
static __always_inline int on_message(struct call* call) {
    struct {
        __u64 name;
        __u64 name_size;
        __u64 iovecs;
        __u64 iovec_count;
    } header;  // the beginning of struct msghdr
    if (bpf_probe_read_user(&header, sizeof(header), (const void*)call->buffer))
        call->missing = WIRE_MISSING_UNREADABLE;
    call->buffer = header.iovecs;
    call->iovecs = header.iovec_count;
    return on_transfer(call);
}

// False for a call that did not take its bytes from the stream in order: they are not what was said
// next. Notes where the flags mean that the bytes never reached the buffer.
static __always_inline bool apply_receive_flags(struct call* call, __u32 flags) {
    if (flags & MSG_TRUNC_FLAG) call->missing = WIRE_MISSING_DISCARDED;
    if (!(flags & (MSG_PEEK_FLAG | MSG_OOB_FLAG | MSG_ERRQUEUE_FLAG))) return true;
    if (tcp_socket_of(current_task(), call->fd).sk)
        count(COUNTER_LEFT_OUT_NOT_CONSUMED, call->size);
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
    struct call call = returning_call(ctx, WIRE_RECV, WIRE_RECVFROM);
    if (!call.size || !apply_receive_flags(&call, PT_REGS_PARM4_SYSCALL(registers()))) return 0;
    return on_transfer(&call);
}

SEC("tracepoint/syscalls/sys_exit_recvmsg")
int exit_recvmsg(struct trace_event_raw_sys_exit* ctx) {
    struct call call = returning_call(ctx, WIRE_RECV, WIRE_RECVMSG);
    if (!call.size || !apply_receive_flags(&call, PT_REGS_PARM3_SYSCALL(registers()))) return 0;
    return on_message(&call);
}

SEC("tracepoint/syscalls/sys_exit_sendmsg")
int exit_sendmsg(struct trace_event_raw_sys_exit* ctx) {
    struct call call = returning_call(ctx, WIRE_SEND, WIRE_SENDMSG);
    return call.size ? on_message(&call) : 0;
}

// sendfile(out, in, offset, n): the bytes never were in user space.
SEC("tracepoint/syscalls/sys_exit_sendfile64")
int exit_sendfile(struct trace_event_raw_sys_exit* ctx) {
    struct call call = returning_call(ctx, WIRE_SEND, WIRE_SENDFILE);
    if (!call.size) return 0;
    call.missing = WIRE_MISSING_SENDFILE;
    return on_transfer(&call);
}
