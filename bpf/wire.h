/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The layout of a ring-buffer record: what the BPF programs write and what a capture file keeps,
 * byte for byte. Shared by BPF (C) and user space (C++).
 *
 * All fields are little endian, as on every machine the recorder runs on (x86_64, arm64). Structs
 * have no hidden padding. A record grows only at the end of its fixed part: a reader finds the
 * payload with `header_size` and takes fields it does not find as zero.
 *
 * Kernel addresses never appear: a socket is named by its inode number, its network namespace and
 * the time it was first seen; a process by pid and start time.
 */
#ifndef HTTPPROF_BPF_WIRE_H
#define HTTPPROF_BPF_WIRE_H

#include <stdint.h>

#define WIRE_VERSION 1

enum wire_limits {
    WIRE_COMM_SIZE = 16,               /* TASK_COMM_LEN, the terminating NUL included */
    WIRE_ADDRESS_SIZE = 16,            /* IPv6; IPv4 is written as IPv4-mapped (RFC 4291 2.5.5.2) */
    WIRE_PAYLOAD_MAX = 64 * 1024,      /* payload bytes of one data record */
    WIRE_ARGUMENTS_MAX = 32 * 1024,    /* captured bytes of a process's command line */
    WIRE_ENVIRONMENT_MAX = 128 * 1024, /* captured bytes of a process's environment */
    WIRE_CGROUP_MAX = 2 * 1024         /* captured bytes of the names of a process's cgroups */
};

enum wire_type {
    WIRE_DATA = 1,    /* struct wire_data: bytes that crossed a socket */
    WIRE_PROCESS = 2, /* struct wire_process: a process, at its first captured event */
    WIRE_FIN = 3,     /* struct wire_fin: one direction of a connection ended */
    WIRE_CLOSE = 4,   /* struct wire_close: the kernel destroyed a socket; nothing follows */
    WIRE_IO_URING = 5 /* struct wire_io_uring: a process uses io_uring, which is not recorded */
};

/* As seen from the process whose socket it is. */
enum wire_direction { WIRE_SEND = 1, WIRE_RECV = 2 };

/* Where the bytes were seen. */
enum wire_source { WIRE_SOURCE_SYSCALL = 1 };

/* Why a data record carries fewer bytes than crossed the socket. */
enum wire_missing {
    WIRE_MISSING_NOTHING = 0,
    WIRE_MISSING_SNAPLEN = 1,    /* beyond the bytes kept of one call */
    WIRE_MISSING_UNREADABLE = 2, /* the memory could not be read */
    WIRE_MISSING_SENDFILE = 3,   /* sendfile(2): the bytes never were in user space */
    WIRE_MISSING_DISCARDED = 4,  /* recv with MSG_TRUNC: the kernel threw the bytes away */
    WIRE_MISSING_IOVECS = 5,     /* in more iovecs than are looked at */
    WIRE_MISSING_SPLICE = 6,     /* splice(2): the bytes never were in user space */
    WIRE_MISSING_URGENT = 7      /* MSG_OOB: a byte with a position that no read in line returns */
};

enum wire_syscall {
    WIRE_READ = 1,
    WIRE_WRITE = 2,
    WIRE_READV = 3,
    WIRE_WRITEV = 4,
    WIRE_RECVFROM = 5,
    WIRE_SENDTO = 6,
    WIRE_RECVMSG = 7,
    WIRE_SENDMSG = 8,
    WIRE_SENDFILE = 9,
    WIRE_PREADV2 = 10,
    WIRE_PWRITEV2 = 11,
    WIRE_RECVMMSG = 12,
    WIRE_SENDMMSG = 13,
    WIRE_SPLICE = 14
};

/* Starts every record. */
struct wire_header {
    uint32_t size;        /* bytes of the whole record, this header and the payload included */
    uint16_t type;        /* enum wire_type */
    uint16_t header_size; /* bytes before the payload */
    uint64_t time_ns;     /* CLOCK_BOOTTIME when the system call returned */
};

struct wire_task {
    uint32_t pid;      /* thread group id, in the initial pid namespace */
    uint32_t tid;      /* thread id, likewise */
    uint64_t start_ns; /* CLOCK_BOOTTIME when the process started; tells reused pids apart */
    char comm[WIRE_COMM_SIZE]; /* of the thread group leader; NUL-terminated */
};

struct wire_socket {
    uint64_t inode;         /* in sockfs; what /proc/PID/fd shows as socket:[inode] */
    uint64_t first_seen_ns; /* CLOCK_BOOTTIME; with the inode it names the socket for good */
    uint32_t netns;         /* inode number of the network namespace */
    uint16_t local_port;    /* host byte order */
    uint16_t remote_port;   /* host byte order */
    uint8_t local_address[WIRE_ADDRESS_SIZE];
    uint8_t remote_address[WIRE_ADDRESS_SIZE];
};

/* Followed by captured_size bytes of payload. */
struct wire_data {
    struct wire_header header;
    struct wire_task task;
    struct wire_socket socket;
    uint64_t position; /* of the first byte in its TCP stream: the low 32 bits are its sequence
                       number, the upper count the times that number has wrapped */
    uint64_t other_position; /* where the other direction of the socket stood at that time: one past
                                the last byte that the process had read or written there */
    uint32_t original_size;  /* bytes that crossed the socket */
    uint32_t captured_size;  /* bytes that follow, the first of those */
    uint8_t direction;       /* enum wire_direction */
    uint8_t source;          /* enum wire_source */
    uint8_t missing;         /* enum wire_missing: why captured_size < original_size */
    uint8_t reserved;        /* 0 */
    uint32_t syscall;        /* enum wire_syscall */
};

/* What was left out of the environment on purpose. */
enum wire_environment {
    WIRE_ENVIRONMENT_WHOLE = 0,
    WIRE_ENVIRONMENT_BY_PREFIX = 1, /* all but variables whose names start in a wanted way */
    WIRE_ENVIRONMENT_NONE = 2       /* all of it */
};

/* Followed by arguments_captured bytes of NUL-terminated arguments, by environment_captured bytes
 * of NUL-terminated NAME=VALUE, and by cgroup_captured bytes of NUL-terminated names. Captured less
 * than the size: too long, or not readable.
 *
 * The names are those of the process's cgroup (v2) and of its ancestors, itself first; the last one
 * is the root's, which is empty, unless there are too many. */
struct wire_process {
    struct wire_header header;
    struct wire_task task;
    uint32_t arguments_size;
    uint32_t arguments_captured;
    uint32_t environment_size; /* without what was left out on purpose */
    uint32_t environment_captured;
    uint64_t exec_id;       /* another one, after exec, is another program in the process */
    uint32_t uid;           /* real user id, in the initial user namespace */
    uint32_t namespace_pid; /* thread group id in its own pid namespace */
    uint32_t pid_namespace; /* inode numbers, as in /proc/PID/ns; 0: not known */
    uint32_t mount_namespace;
    uint32_t user_namespace;
    uint32_t network_namespace;
    uint32_t cgroup_captured;
    uint8_t environment_kept;   /* enum wire_environment */
    uint8_t reserved;           /* 0 */
    uint16_t address_space_tag; /* made by wire_address_space_tag; 0: not known */
};

/* Of the address of a process's command line. Where the kernel places stacks at random it tells the
 * programs that a process executed apart, also those with the same arguments, and does not give the
 * address away. */
static inline uint16_t wire_address_space_tag(uint64_t arguments_address) {
    return (uint16_t)(arguments_address ^ arguments_address >> 16);
}

/* May arrive before the last data records of its direction: the process may read them later. */
struct wire_fin {
    struct wire_header header;
    struct wire_socket socket;
    uint64_t position; /* one past the direction's last byte */
    uint8_t direction; /* enum wire_direction */
    uint8_t reserved[7];
};

/* Positions are 0 where they are not known. */
struct wire_close {
    struct wire_header header;
    struct wire_socket socket;
    uint64_t written_position;  /* one past the last byte that was written to the socket */
    uint64_t read_position;     /* one past the last byte that was read from it */
    uint64_t received_position; /* one past the last byte that came and could have been read */
};

/* Once per process and program. */
struct wire_io_uring {
    struct wire_header header;
    struct wire_task task;
};

#ifdef __cplusplus
#define WIRE_ASSERT(condition) static_assert(condition, #condition)
#else
#define WIRE_ASSERT(condition) _Static_assert(condition, #condition)
#endif
WIRE_ASSERT(sizeof(struct wire_header) == 16);
WIRE_ASSERT(sizeof(struct wire_task) == 32);
WIRE_ASSERT(sizeof(struct wire_socket) == 56);
WIRE_ASSERT(sizeof(struct wire_data) == 136);
WIRE_ASSERT(sizeof(struct wire_process) == 104);
WIRE_ASSERT(sizeof(struct wire_fin) == 88);
WIRE_ASSERT(sizeof(struct wire_close) == 96);
WIRE_ASSERT(sizeof(struct wire_io_uring) == 48);
#undef WIRE_ASSERT

#endif
