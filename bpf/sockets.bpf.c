// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What processes say over their TCP sockets, seen where their system calls return. The arguments
// are still in the task's saved registers there (bpf_task_pt_regs, Linux 5.15), so that one hook a
// call is enough; and only there is it known how many bytes moved.
//
// A program always returns 0; what goes wrong is counted.

#include "bpf/call.bpf.h"
#include "bpf/emit.bpf.h"
#include "bpf/process.bpf.h"
#include "bpf/socket.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// Steps through the iovecs of a call at the most. One call has up to 1,024 (UIO_MAXIOV); the
// messages of sendmmsg(2) could have as many each.
#define STEPS_MAX 4096
#define STEPS_AT_ONCE 64

// Bytes of which one record tells the length, and such records of one call at the most: sendmmsg(2)
// sends UIO_MAXIOV messages of less than 2 GiB.
#define LENGTH_MAX (1U << 31)
#define LENGTHS_MAX 1024

// Steps in which the first bytes of a call are looked for.
#define START_STEPS_MAX 32

// Bytes of a call that are looked at for a first line, in steps. Each is one more way that the
// verifier has to follow.
#define LINE_MAX 2048
#define LINE_STEP_MAX 64
#define LINE_STEPS_MAX 256

// Writes the process record at the first record of a process.
static __always_inline void introduce_process(struct process* process, __u64 time_ns) {
    if (process->introduced) return;
    process->introduced = 1;
    if (emit_process(time_ns)) process->introduced = 0;  // the next call tries again
}

// Adds bytes to the `have` that are in `bytes`, up to HTTP_START_MAX; how many there are then.
static __always_inline __u32 add_to_start(char* bytes, __u32 have, __u64 address, __u64 size) {
    __u64 offset = have;
    barrier_var(offset);  // keeps the bounds in the registers that the helper gets
    if (offset >= HTTP_START_MAX) return have;
    if (size > HTTP_START_MAX) size = HTTP_START_MAX;
    barrier_var(size);
    if (size > HTTP_START_MAX || bpf_probe_read_user(bytes + offset, size, (const void*)address))
        return have;
    return smaller(offset + size, HTTP_START_MAX);
}

// The same with the bytes that one step of a call leads to, if any. A global function, so that the
// verifier sees one step and not every way through all of them.
__weak __noinline int add_next_to_start(struct held* held, __u32 have, struct cursor* cursor) {
    if (!held || !cursor || move_on(cursor) != CURSOR_AT_BYTES) return have;
    __u64 address = cursor->address;
    __u64 size = bytes_at(cursor);
    step_over(cursor, size);
    return add_to_start(held->bytes, have, address, size);
}

// The same with the first bytes of a call. A global function, for the stack frame of its own.
__weak __noinline int add_call_to_start(struct held* held, __u32 have, struct call* call) {
    if (!held || !call || call->missing) return have;
    struct cursor cursor = call->cursor;
    for (int i = 0; i < START_STEPS_MAX && cursor.left > 0 && have < HTTP_START_MAX; i++)
        have = add_next_to_start(held, have, &cursor);
    return have;
}

// A global function, so that the verifier follows one way from here and not one for each number.
__weak __noinline int blank_bytes_held(struct held* held, __u32 size) {
    return held ? blank_bytes(held->bytes, size) : 0;
}

// Likewise.
__weak __noinline int match_held(struct held* held, __u32 have) {
    if (!held) return HTTP_START_NO;
    __u32 blank = blank_bytes_held(held, have);
    barrier_var(blank);  // keeps the bound in the register that the address is made of
    return blank <= HTTP_BLANK_MAX ? http_start(held->bytes + blank, have - blank) : HTTP_START_NO;
}

// Takes a step through the call's first line. A global function, so that the verifier sees one.
__weak __noinline int look_at_first_line(struct first_line* line, struct cursor* cursor) {
    if (!line || !cursor) return HTTP_START_NO;
    int where = move_on(cursor);
    if (where != CURSOR_AT_BYTES) return where == CURSOR_BETWEEN ? HTTP_START_MORE : HTTP_START_NO;
    char bytes[LINE_STEP_MAX] = {};  // older verifiers want all of it to be set
    __u32 size = smaller(bytes_at(cursor), LINE_STEP_MAX);
    if (bpf_probe_read_user(bytes, size, (const void*)cursor->address)) return HTTP_START_NO;
    for (__u32 i = 0; i < LINE_STEP_MAX && i < size; i++) {
        enum http_start start = add_to_first_line(line, bytes[i]);
        if (start != HTTP_START_MORE) return start;
    }
    step_over(cursor, size);
    return HTTP_START_MORE;
}

// Likewise.
__weak __noinline int match_first_line(struct call* call) {
    if (!call || call->missing) return HTTP_START_NO;
    struct first_line line = {};
    struct cursor cursor = call->cursor;
    for (int i = 0; i < LINE_STEPS_MAX && call->cursor.left - cursor.left < LINE_MAX; i++) {
        enum http_start start = look_at_first_line(&line, &cursor);
        if (start != HTTP_START_MORE) return start;
    }
    return HTTP_START_NO;
}

// Whether the call makes the connection an HTTP one. Bytes that may still become the start of a
// message are held back until they do.
static __always_inline enum http_start match_call(struct connection* connection, struct call* call,
                                                  struct piece* piece) {
    __u32 which = piece->direction == WIRE_RECV;
    struct held* held = &connection->held[which];
    __u8* has_begun = &connection->has_begun[which];
    __u32 size = held->size;
    if (size > HTTP_START_MAX || held->position + size != piece->position) {
        leave_out_held(held);
        size = 0;
    }
    __u32 have = add_call_to_start(held, size, call);
    enum http_start start = match_held(held, have);
    if (start == HTTP_START_NO && !*has_begun) start = match_first_line(call);
    if (start == HTTP_START_MORE && *has_begun && (__u32)blank_bytes_held(held, have) == have)
        start = HTTP_START_NO;  // they end what was left out
    if (start == HTTP_START_YES) return start;
    if (start == HTTP_START_NO || have != size + call->cursor.left) {
        if (call->cursor.left > call->urgent) *has_begun = 1;
        leave_out_held(held);
        return HTTP_START_NO;
    }
    if (size == 0) {
        held->position = piece->position;
        held->time_ns = piece->time_ns;
        held->syscall = piece->syscall;
    }
    set_held_size(held, have);
    return HTTP_START_MORE;
}

// Not 0: the connection is recorded from this call on.
__weak __noinline int decide(struct connection* connection, struct call* call,
                             struct piece* piece) {
    if (!connection || !call || !piece) return 0;
    enum http_start start = match_call(connection, call, piece);
    if (start == HTTP_START_NO) count(COUNTER_LEFT_OUT_NOT_HTTP, call->cursor.left);
    if (start != HTTP_START_YES) return 0;
    connection->is_recorded = 1;
    emit_held(connection, &connection->held[0], WIRE_SEND, piece);
    emit_held(connection, &connection->held[1], WIRE_RECV, piece);
    return 1;
}

// Whether the cursor, behind some bytes, could go on to the next ones in one step.
static __always_inline bool reach_next(struct cursor* cursor) {
    if (cursor->in_message == 0 || cursor->in_iovec != 0) return false;
    return enter_iovec(cursor) == CURSOR_BETWEEN && cursor->in_iovec != 0;
}

// Writes the next bytes that lie together, at most `limit`, into one record with the `head` bytes
// before them; how many there are.
static __always_inline __u32 emit_with_head(struct connection* connection, struct cursor* cursor,
                                            struct piece* piece, __u64 head_address, __u32 head,
                                            __u32 limit) {
    __u32 size = smaller(smaller(bytes_at(cursor), limit), WIRE_PAYLOAD_MAX - HEAD_MAX);
    piece->address = cursor->address;
    piece->size = size;
    emit_data_with_head(connection, piece, head_address, head);
    step_over(cursor, size);
    return head + size;
}

// Takes one step through a call, and writes a record if it leads to bytes; not 0 while there is
// more. `piece->size` is what may still be kept of the call.
__weak __noinline int emit_next(struct connection* connection, struct cursor* cursor,
                                struct piece* piece) {
    if (!connection || !cursor || !piece || piece->size == 0) return 0;
    int where = move_on(cursor);
    if (where != CURSOR_AT_BYTES) return where == CURSOR_BETWEEN;
    __u32 kept = piece->size;
    __u32 size = smaller(smaller(bytes_at(cursor), kept), WIRE_PAYLOAD_MAX);
    __u64 address = cursor->address;
    step_over(cursor, size);
    if (size <= HEAD_MAX && size < kept && reach_next(cursor)) {
        size = emit_with_head(connection, cursor, piece, address, size, kept - size);
    } else {
        piece->address = address;
        piece->size = size;
        emit_data(connection, piece);
    }
    piece->position += size;
    piece->size = kept - size;
    return 1;
}

// Takes STEPS_AT_ONCE steps at the most; not 0 while there is more. A function of its own, so that
// the verifier sees so many and not all.
__weak __noinline int emit_steps(struct connection* connection, struct cursor* cursor,
                                 struct piece* piece) {
    for (int i = 0; i < STEPS_AT_ONCE; i++) {
        if (!emit_next(connection, cursor, piece)) return 0;
    }
    return 1;
}

// Writes one record for some of the bytes that are `left`; not 0 while there are more.
__weak __noinline int emit_next_length(struct connection* connection, struct piece* piece,
                                       __u64* left) {
    if (!connection || !piece || !left || *left == 0) return 0;
    piece->size = smaller(*left, LENGTH_MAX);
    emit_data(connection, piece);
    piece->position += piece->size;
    *left -= piece->size;
    return 1;
}

__weak __noinline int emit_length(struct connection* connection, struct piece* piece, __u64 size,
                                  __u8 missing) {
    if (!connection || !piece) return 0;
    piece->missing = missing;
    for (int i = 0; i < LENGTHS_MAX; i++) {
        if (!emit_next_length(connection, piece, &size)) break;
    }
    return 0;
}

// Writes one record for each piece of the call, and one for the length of what is beyond the
// limits, or several where that is gigabytes.
static __always_inline void emit_pieces(struct connection* connection, struct call* call,
                                        struct piece* piece) {
    struct cursor* cursor = &call->cursor;
    __u8 urgent = call->urgent;
    int has_more = 1;
    cursor->left -= urgent;
    piece->size = call->missing ? 0 : smaller(knobs.snaplen, cursor->left);
    for (int i = 0; i < STEPS_MAX && has_more; i += STEPS_AT_ONCE)
        has_more = emit_steps(connection, cursor, piece);
    __u8 missing = call->missing      ? call->missing
                   : piece->size == 0 ? WIRE_MISSING_SNAPLEN
                   : has_more         ? WIRE_MISSING_IOVECS
                                      : WIRE_MISSING_UNREADABLE;
    emit_length(connection, piece, cursor->left, missing);
    emit_length(connection, piece, urgent, WIRE_MISSING_URGENT);
}

// An urgent byte that the peer sent lies between this call's bytes and those of the last one: reads
// step over it (tcp_recvmsg_locked) unless SO_OOBINLINE is set. So does the kernel when the next
// one comes (tcp_check_urg), and then knows only of that one.
static __always_inline bool is_after_urgent_byte(struct connection* connection, struct sock* sk,
                                                 __u64 start, enum access access) {
    struct tcp_sock* tcp = (struct tcp_sock*)sk;
    __u64 claimed = connection->direction[1].claimed;
    __u32 urgent = READ(access, tcp, urg_seq);
    bool is_new = urgent != connection->urgent_sequence;
    connection->urgent_sequence = urgent;
    return claimed && claimed + 1 == start && (is_new || urgent == (__u32)claimed);
}

// A global function, for the stack frame of its own.
__weak __noinline int emit_urgent_byte(struct connection* connection, struct piece* piece) {
    if (!connection || !piece) return 0;
    struct piece urgent = *piece;
    urgent.position = connection->direction[1].claimed;
    connection->direction[1].claimed = urgent.position + 1;
    if (connection->is_recorded) emit_length(connection, &urgent, 1, WIRE_MISSING_URGENT);
    return 0;
}

// Where the call's bytes are in their stream; false where they cannot be of this socket.
static __always_inline bool place(struct piece* piece, struct connection* connection,
                                  struct tcp_socket* tcp, struct call* call, enum access access) {
    __u64 size = call->cursor.left;
    bool is_sent = call->direction == WIRE_SEND;
    struct direction_state* direction = &connection->direction[!is_sent];
    __u64 written = written_position(connection, tcp, is_sent ? size : 0, access);
    __u64 read = read_position(connection, tcp, is_sent ? 0 : size, access);
    piece->other_position = is_sent ? read : written;
    if (!is_sent && is_after_urgent_byte(connection, tcp->sk, read - size, access))
        emit_urgent_byte(connection, piece);
    piece->position = claim(direction, tcp, is_sent ? written : read, size, call->direction);
    return piece->position;
}

// The ends of directions that had come before the first record, which tells of the connection.
__weak __noinline int emit_earlier_fins(struct connection* connection, struct tcp_socket* tcp) {
    if (!connection || !tcp) return 0;
    connection->has_records = 1;
    if (connection->has_sent_fin) emit_fin(connection, WIRE_SEND, connection->direction[0].latest);
    if (has_peer_fin(tcp->sk, ACCESS_BY_COPY))
        emit_fin(connection, WIRE_RECV, received_position(connection, tcp->sk));
    return 0;
}

static __always_inline int on_transfer(struct tcp_socket* tcp, struct call* call,
                                       enum access access) {
    if (call->cursor.left == 0) return 0;
    if (!is_wanted_port(tcp->sk, access)) {
        count(COUNTER_LEFT_OUT_OTHER_PORT, call->cursor.left);
        return 0;
    }
    if (has_upper_protocol(tcp->sk, access)) {
        count(COUNTER_LEFT_OUT_KERNEL_TLS, call->cursor.left);
        return 0;
    }
    if (call->ignored) {
        count(COUNTER_LEFT_OUT_NOT_CONSUMED, call->cursor.left);
        return 0;
    }
    struct process* process = process_of(current_task());
    struct connection* connection = process ? connection_of(tcp) : NULL;
    if (!connection) {
        lose_for_full_table(call->cursor.left);
        return 0;
    }
    if (!has_wanted_environment(process)) return 0;
    struct piece piece = {
        .time_ns = bpf_ktime_get_boot_ns(),
        .syscall = call->syscall,
        .direction = call->direction,
    };
    if (!place(&piece, connection, tcp, call, access)) {
        count(COUNTER_PRODUCED, call->cursor.left);
        count(COUNTER_LOST_MISPLACED, call->cursor.left);
        return 0;
    }
    if (!connection->is_recorded && !decide(connection, call, &piece)) return 0;
    introduce_process(process, piece.time_ns);
    emit_pieces(connection, call, &piece);
    if (!connection->has_records) emit_earlier_fins(connection, tcp);
    return 0;
}

static __always_inline bool is_of_interest(struct trace_event_raw_sys_exit* ctx,
                                           struct task_struct* task) {
    return ctx->ret > 0 && recording && is_wanted_process(task);
}

static __always_inline int on_exit(struct trace_event_raw_sys_exit* ctx, enum access access) {
    struct task_struct* task = current_task();
    if (!is_of_interest(ctx, task)) return 0;
    __u64 result = ctx->ret;
    struct tcp_socket tcp = tcp_socket_of(task, PT_REGS_PARM1_SYSCALL(registers(task)), access);
    if (!tcp.sk) return 0;
    struct call call = {.syscall = bpf_get_attach_cookie(ctx), .direction = WIRE_RECV};
    take_arguments(&call, result);
    return on_transfer(&tcp, &call, access);
}

// splice(in, offset, out, ...) and sendfile(out, in, ...): the other descriptor is a pipe or, of
// what sendfile reads, a file.
static __always_inline int on_splice_exit(struct trace_event_raw_sys_exit* ctx,
                                          enum access access) {
    struct task_struct* task = current_task();
    if (!is_of_interest(ctx, task)) return 0;
    __u64 result = ctx->ret;
    struct call call = {.syscall = bpf_get_attach_cookie(ctx), .direction = WIRE_SEND};
    bool is_splice = call.syscall == WIRE_SPLICE;
    __u32 first = PT_REGS_PARM1_SYSCALL(registers(task));
    __u32 out = is_splice ? PT_REGS_PARM3_SYSCALL(registers(task)) : first;
    struct tcp_socket tcp = tcp_socket_of(task, out, access);
    if (!tcp.sk) {
        call.direction = WIRE_RECV;
        __u32 in = is_splice ? first : PT_REGS_PARM2_SYSCALL(registers(task));
        tcp = tcp_socket_of(task, in, access);
    }
    if (!tcp.sk) return 0;
    call.missing = is_splice ? WIRE_MISSING_SPLICE : WIRE_MISSING_SENDFILE;
    call.cursor.left = result;
    return on_transfer(&tcp, &call, access);
}

// Attached to the exits of all system calls that can move bytes over a socket and have its
// descriptor first; the cookie tells which one it is (Linux 5.15). Of each pair of programs one is
// loaded, by what the kernel has.
SEC("tracepoint")
int exit_transfer(struct trace_event_raw_sys_exit* ctx) {
    return on_exit(ctx, ACCESS_DIRECTLY);
}

SEC("tracepoint")
int exit_transfer_by_copy(struct trace_event_raw_sys_exit* ctx) {
    return on_exit(ctx, ACCESS_BY_COPY);
}

SEC("tracepoint")
int exit_splice(struct trace_event_raw_sys_exit* ctx) {
    return on_splice_exit(ctx, ACCESS_DIRECTLY);
}

SEC("tracepoint")
int exit_splice_by_copy(struct trace_event_raw_sys_exit* ctx) {
    return on_splice_exit(ctx, ACCESS_BY_COPY);
}

// io_uring moves bytes without the calls above. That it is used is all that is seen of it.
SEC("tracepoint")
int exit_io_uring(struct trace_event_raw_sys_exit* ctx) {
    struct task_struct* task = current_task();
    if (ctx->ret < 0 || !recording || !is_wanted_process(task)) return 0;
    struct process* process = process_of(task);
    if (!process) lose_for_full_table(0);
    if (!process || !has_wanted_environment(process)) return 0;
    count(COUNTER_LEFT_OUT_IO_URING, 0);
    if (process->has_io_uring) return 0;
    process->has_io_uring = 1;
    if (emit_io_uring()) process->has_io_uring = 0;  // the next call tries again
    return 0;
}
