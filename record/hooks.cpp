#include "record/hooks.h"

#include "bpf/wire.h"

namespace httpprof::record {
namespace {

constexpr Hook kHooks[] = {
    {"exit_transfer", "syscalls/sys_exit_read", WIRE_READ, true},
    {"exit_transfer", "syscalls/sys_exit_write", WIRE_WRITE, true},
    {"exit_transfer", "syscalls/sys_exit_readv", WIRE_READV, true},
    {"exit_transfer", "syscalls/sys_exit_writev", WIRE_WRITEV, true},
    {"exit_transfer", "syscalls/sys_exit_preadv2", WIRE_PREADV2, true},
    {"exit_transfer", "syscalls/sys_exit_pwritev2", WIRE_PWRITEV2, true},
    {"exit_transfer", "syscalls/sys_exit_recvfrom", WIRE_RECVFROM, true},
    {"exit_transfer", "syscalls/sys_exit_sendto", WIRE_SENDTO, true},
    {"exit_transfer", "syscalls/sys_exit_recvmsg", WIRE_RECVMSG, true},
    {"exit_transfer", "syscalls/sys_exit_sendmsg", WIRE_SENDMSG, true},
    {"exit_transfer", "syscalls/sys_exit_recvmmsg", WIRE_RECVMMSG, true},
    {"exit_transfer", "syscalls/sys_exit_sendmmsg", WIRE_SENDMMSG, true},
    {"exit_splice", "syscalls/sys_exit_sendfile64", WIRE_SENDFILE, true},
    {"exit_splice", "syscalls/sys_exit_splice", WIRE_SPLICE, true},
    // Absent from kernels built without io_uring, which then cannot be used either.
    {"exit_io_uring", "syscalls/sys_exit_io_uring_setup", 0, false},
    {"exit_io_uring", "syscalls/sys_exit_io_uring_enter", 0, false},
    {"sock_set_state", "inet_sock_set_state", 0, true},
    {"destroy_sock", "tcp_destroy_sock", 0, true},
    {"process_fork", "sched_process_fork", 0, true},
    {"process_exit", "sched_process_exit", 0, true},
};

}  // namespace

std::span<const Hook> all_hooks() {
    return kHooks;
}

}  // namespace httpprof::record
