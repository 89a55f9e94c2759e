// The places in the kernel where the BPF programs of bpf/ are attached.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace httpprof::record {

struct Hook {
    const char* program;     // of bpf/, by its function's name
    const char* tracepoint;  // "syscalls/sys_exit_read"; without a category: a raw tracepoint
    std::uint64_t cookie;    // what the program is told of this hook: enum wire_syscall, or 0
    bool required;           // without it whole connections would be misunderstood

    // Tracepoints of a category are found there, those that stand for system calls among them.
    bool is_in_tracefs() const {
        return std::string_view(tracepoint).find('/') != std::string_view::npos;
    }
};

std::span<const Hook> all_hooks();

}  // namespace httpprof::record
