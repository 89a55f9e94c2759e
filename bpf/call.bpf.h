/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * A system call that has moved bytes over a socket: what its arguments say, and the way through the
 * memory that its bytes are in.
 */
#ifndef HTTPPROF_BPF_CALL_BPF_H
#define HTTPPROF_BPF_CALL_BPF_H

#include "bpf/state.bpf.h"

/* Messages of one recvmmsg(2) or sendmmsg(2) whose bytes are counted. The latter takes UIO_MAXIOV
 * (1,024) at the most, the former any number. */
#define MESSAGES_AT_ONCE 1024
#define MESSAGES_MAX (1024 * MESSAGES_AT_ONCE)

/* The bytes of a call that were not yet looked at. Three levels, of which a call may have only the
 * last: messages, the iovecs of one, the bytes of one. */
struct cursor {
    __u64 messages; /* address of the struct mmsghdr to come */
    __u64 iovecs;   /* address of the struct iovec to come */
    __u64 address;  /* of the bytes to come */
    __u64 left;     /* bytes of the call */
    __u64 in_message;
    __u64 in_iovec;
    __u32 message_count; /* to come */
    __u32 iovec_count;   /* to come, in the message */
};

struct call {
    struct cursor cursor;
    __u32 syscall;
    __u8 direction;
    __u8 missing; /* not 0: only the length is known, and this is why */
    __u8 urgent;  /* the last byte was sent out of band */
    __u8 ignored; /* its bytes are not what was said next */
};

/* struct msghdr as far as it matters; struct mmsghdr is one and its length. */
struct user_message {
    __u64 name;
    __u64 name_size;
    __u64 iovecs;
    __u64 iovec_count;
    __u64 control;
    __u64 control_size;
    __u64 flags;
    __u32 size; /* of struct mmsghdr: bytes that were moved */
    __u32 padding;
};

enum { USER_MESSAGE_SIZE = 56 }; /* of struct msghdr */

/* The outcome of move_on. */
enum { CURSOR_AT_END, CURSOR_AT_BYTES, CURSOR_BETWEEN };

static __always_inline int enter_message(struct cursor* cursor) {
    struct user_message message;
    if (cursor->message_count == 0 ||
        bpf_probe_read_user(&message, sizeof(message), (const void*)cursor->messages))
        return CURSOR_AT_END;
    cursor->messages += sizeof(message);
    cursor->message_count--;
    cursor->iovecs = message.iovecs;
    cursor->iovec_count = message.iovec_count;
    cursor->in_message = message.size;
    cursor->in_iovec = 0;
    return CURSOR_BETWEEN;
}

static __always_inline int enter_iovec(struct cursor* cursor) {
    __u64 iovec[2]; /* struct iovec: base and length */
    if (cursor->iovec_count == 0 ||
        bpf_probe_read_user(iovec, sizeof(iovec), (const void*)cursor->iovecs))
        return CURSOR_AT_END;
    cursor->iovecs += sizeof(iovec);
    cursor->iovec_count--;
    cursor->address = iovec[0];
    cursor->in_iovec = iovec[1];
    return CURSOR_BETWEEN;
}

/* One step towards the next bytes. Global, so that the verifier sees one step and not every way
 * through all of them. */
__weak __noinline int move_on(struct cursor* cursor) {
    if (!cursor || cursor->left == 0) return CURSOR_AT_END;
    if (cursor->in_message == 0) return enter_message(cursor);
    if (cursor->in_iovec == 0) return enter_iovec(cursor);
    return CURSOR_AT_BYTES;
}

static __always_inline __u64 smaller(__u64 a, __u64 b) {
    return a < b ? a : b;
}

/* Bytes that lie together where the cursor is. */
static __always_inline __u64 bytes_at(struct cursor* cursor) {
    return smaller(cursor->in_message, cursor->in_iovec);
}

static __always_inline void step_over(struct cursor* cursor, __u64 size) {
    cursor->address += size;
    cursor->left -= size;
    cursor->in_message -= size;
    cursor->in_iovec -= size;
}

static __always_inline struct pt_regs* registers(struct task_struct* task) {
    return (struct pt_regs*)bpf_task_pt_regs((void*)task);
}

/* read(fd, buffer, n) and its like. */
static __always_inline void take_buffer(struct call* call, __u64 size) {
    call->cursor.address = PT_REGS_PARM2_SYSCALL(registers(current_task()));
    call->cursor.left = call->cursor.in_message = call->cursor.in_iovec = size;
}

/* readv(fd, iovecs, n) and its like. */
static __always_inline void take_iovecs(struct call* call, __u64 size) {
    call->cursor.iovecs = PT_REGS_PARM2_SYSCALL(registers(current_task()));
    call->cursor.iovec_count = PT_REGS_PARM3_SYSCALL(registers(current_task()));
    call->cursor.left = call->cursor.in_message = size;
}

/* recvmsg(fd, message, flags) and its like. */
static __always_inline void take_message(struct call* call, __u64 size) {
    struct user_message message;
    call->cursor.left = call->cursor.in_message = size;
    if (bpf_probe_read_user(&message, USER_MESSAGE_SIZE,
                            (const void*)PT_REGS_PARM2_SYSCALL(registers(current_task()))))
        return; /* no iovecs: the bytes cannot be found */
    call->cursor.iovecs = message.iovecs;
    call->cursor.iovec_count = message.iovec_count;
}

/* Bytes that the first `count` of some messages have moved, MESSAGES_AT_ONCE of them at the most.
 */
__weak __noinline __u64 bytes_of_messages(__u64 messages, __u32 count) {
    __u64 bytes = 0;
    for (__u32 i = 0; i < MESSAGES_AT_ONCE && i < count; i++) {
        __u32 size = 0;
        bpf_probe_read_user(
            &size, sizeof(size),
            (const void*)(messages + i * sizeof(struct user_message) + USER_MESSAGE_SIZE));
        bytes += size;
    }
    return bytes;
}

/* recvmmsg(fd, messages, n, flags) and its like, which return the number of messages. */
__weak __noinline int take_messages(struct call* call, __u32 count) {
    if (!call) return 0;
    __u64 messages = PT_REGS_PARM2_SYSCALL(registers(current_task()));
    call->cursor.messages = messages;
    call->cursor.message_count = count;
    for (__u32 i = 0; i < MESSAGES_MAX && i < count; i += MESSAGES_AT_ONCE)
        call->cursor.left +=
            bytes_of_messages(messages + i * sizeof(struct user_message), count - i);
    return 0;
}

static __always_inline void take_receive_flags(struct call* call, __u32 flags) {
    if (flags & MSG_TRUNC_FLAG) call->missing = WIRE_MISSING_DISCARDED;
    call->ignored = (flags & (MSG_PEEK_FLAG | MSG_OOB_FLAG | MSG_ERRQUEUE_FLAG)) != 0;
}

static __always_inline void take_send_flags(struct call* call, __u32 flags) {
    call->urgent = (flags & MSG_OOB_FLAG) != 0;
}

/* What the arguments of the call that returns here say, but for splice(2) and sendfile(2). `result`
 * is more than 0, and the direction WIRE_RECV. */
static __always_inline void take_arguments(struct call* call, __u64 result) {
    switch (call->syscall) {
        case WIRE_WRITE:
            call->direction = WIRE_SEND;
            __attribute__((fallthrough));
        case WIRE_READ:
            take_buffer(call, result);
            break;
        case WIRE_WRITEV:
        case WIRE_PWRITEV2:
            call->direction = WIRE_SEND;
            __attribute__((fallthrough));
        case WIRE_READV:
        case WIRE_PREADV2:
            take_iovecs(call, result);
            break;
        case WIRE_SENDTO:
            call->direction = WIRE_SEND;
            take_send_flags(call, PT_REGS_PARM4_SYSCALL(registers(current_task())));
            take_buffer(call, result);
            break;
        case WIRE_RECVFROM:
            take_receive_flags(call, PT_REGS_PARM4_SYSCALL(registers(current_task())));
            take_buffer(call, result);
            break;
        case WIRE_SENDMSG:
            call->direction = WIRE_SEND;
            take_send_flags(call, PT_REGS_PARM3_SYSCALL(registers(current_task())));
            take_message(call, result);
            break;
        case WIRE_RECVMSG:
            take_receive_flags(call, PT_REGS_PARM3_SYSCALL(registers(current_task())));
            take_message(call, result);
            break;
        case WIRE_SENDMMSG:
            call->direction = WIRE_SEND;
            take_send_flags(call, PT_REGS_PARM4_SYSCALL(registers(current_task())));
            take_messages(call, result);
            break;
        case WIRE_RECVMMSG:
            take_receive_flags(call, PT_REGS_PARM4_SYSCALL(registers(current_task())));
            take_messages(call, result);
            break;
    }
}

#endif
