#include "record/host.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

#include <sys/random.h>
#include <sys/utsname.h>

#include "bpf/wire.h"

namespace httpprof::record {
namespace {

std::int64_t now(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// The 16 bytes behind /proc's text of 32 hexadecimal digits and dashes; zeros where it has none.
std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string digits;
    for (char c; file.get(c);) {
        if (std::isxdigit(static_cast<unsigned char>(c))) digits += c;
    }
    digits.resize(32, '0');
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return bytes;
}

}  // namespace

std::uint64_t boottime_now() {
    return static_cast<std::uint64_t>(now(CLOCK_BOOTTIME));
}

format::Clock read_clocks() {
    // Of a few tries, the one that took least: nothing came between its two readings.
    format::Clock best;
    std::int64_t shortest = INT64_MAX;
    for (int i = 0; i < 5; ++i) {
        const std::int64_t before = now(CLOCK_BOOTTIME);
        const std::int64_t real = now(CLOCK_REALTIME);
        const std::int64_t took = now(CLOCK_BOOTTIME) - before;
        if (took >= shortest) continue;
        shortest = took;
        best = {.boottime_ns = static_cast<std::uint64_t>(before + took / 2), .realtime_ns = real};
    }
    return best;
}

Result<format::Header> describe_host(const std::vector<std::string>& command_line) {
    utsname host{};
    ::uname(&host);
    std::array<char, 16> id{};
    if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size()))
        return Error{std::string("cannot name the capture: ") + std::strerror(errno)};
    format::Header header;
    header.host = host.nodename;
    header.kernel = std::string(host.release) + " " + host.version;
    header.machine = host.machine;
    header.boot_id = boot_id();
    header.capture_id.assign(id.data(), id.size());
    header.writer = "httpprof " HTTPPROF_VERSION;
    header.wire_version = WIRE_VERSION;
    header.options = command_line;
    return header;
}

std::string default_output_name() {
    utsname host{};
    ::uname(&host);
    const std::time_t seconds = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char time[32];
    std::strftime(time, sizeof(time), "%Y%m%dT%H%M%SZ", &utc);
    return "httpprof-" + std::string(host.nodename) + "-" + time + ".httpprof";
}

}  // namespace httpprof::record
