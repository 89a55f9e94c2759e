// What tools/bench/capture runs:
//
//     capture_bench speed SIZE ROUNDS FOLDER    times writing and reading; a JSON line a round
//     capture_bench make SIZE FILE              writes a capture of about SIZE bytes
//
// SIZE is in MiB: of wire records for `speed`, of the file for `make`.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "format/census.h"
#include "format/compression.h"
#include "format/descriptor.h"
#include "format/digest.h"
#include "format/messages.h"
#include "format/reader.h"
#include "format/writer.h"
#include "tools/bench/capture_file.h"
#include "tools/bench/stopwatch.h"
#include "tools/bench/traffic_records.h"

namespace httpprof::bench {
namespace {

using format::RecordBlock;
using Blocks = std::vector<RecordBlock>;

constexpr std::size_t kMiB = 1024 * 1024;
constexpr int kLevel = 1;  // of zstd

// Its records one after the other, as the kernel wrote them.
std::string bytes_of(const RecordBlock& block) {
    std::string bytes;
    for (std::size_t i = 0; i < block.count(); ++i)
        bytes.append(block.record(i).fixed).append(block.record(i).payload);
    return bytes;
}

// ---- what is timed: each goes once over all blocks, or over what was made of them

double cpu_seconds(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of all threads, and of the programs that were run.
double cpu_seconds() {
    return cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN);
}

using Times = std::map<std::string, double>;

// The steps of writing one after the other, without the file, in CPU time.
void time_steps(Blocks& blocks, Times& times) {
    format::Census census;
    format::MessageEncoder encoder;
    format::Compressor compressor(kLevel);
    std::vector<std::byte> stored;
    for (const char* step : {"count", "encode", "compress", "digest"})
        times[step] = 0;
    for (RecordBlock& block : blocks) {
        Stopwatch watch(CLOCK_THREAD_CPUTIME_ID);
        for (std::size_t i = 0; i < block.count(); ++i)
            census.add(block.record(i));
        times["count"] += watch.lap();
        const auto message = need(encoder.encode(block));
        times["encode"] += watch.lap();
        stored.resize(format::Compressor::bound(message.size()));
        watch.lap();
        const std::size_t size = need(compressor.compress(message, stored));
        times["compress"] += watch.lap();
        format::digest_of(std::span(stored).first(size));
        times["digest"] += watch.lap();
    }
}

void write_capture(Blocks& blocks, const std::string& path) {
    FileSink sink(path);
    const auto writer =
        need(format::CaptureWriter::start(sink, bench_header(), {.zstd_level = kLevel}));
    for (RecordBlock& block : blocks)
        need(writer->write(block));
    finish(*writer);
}

void read_capture(const std::string& path, unsigned jobs, std::size_t expected) {
    const auto source = need(format::open_capture(path, {.jobs = jobs}));
    std::size_t size = 0;
    while (const auto frame = need(source->next())) {
        if (const auto* batch = std::get_if<format::RecordBatch>(&frame->content))
            for (const format::WireRecord& record : batch->bytes)
                size += record.size();
    }
    need(size == expected, "other bytes were read than were written");
}

// With its standard output to /dev/null.
void run(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& argument : command)
        arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    int status = ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    need(status == 0 && ::waitpid(pid, &status, 0) == pid && status == 0,
         "cannot run " + command[0]);
}

// What the program zstd does, in one thread: one frame, in pieces, with a checksum.
void zstd_compress(const std::vector<std::string>& pieces, const std::string& path) {
    FileSink sink(path);
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::vector<std::byte> room(ZSTD_CStreamOutSize());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const bool is_last = i + 1 == pieces.size();
        ZSTD_inBuffer in{pieces[i].data(), pieces[i].size(), 0};
        for (bool done = false; !done;) {
            ZSTD_outBuffer out{room.data(), room.size(), 0};
            const std::size_t left = ZSTD_compressStream2(context.get(), &out, &in,
                                                          is_last ? ZSTD_e_end : ZSTD_e_continue);
            need(ZSTD_isError(left) == 0, "zstd cannot compress");
            need(sink.write(std::span(room).first(out.pos)));
            done = is_last ? left == 0 : in.pos == in.size;
        }
    }
}

void zstd_decompress(const std::string& path, std::size_t expected) {
    const format::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx);
    std::vector<std::byte> stored(ZSTD_DStreamInSize());
    std::vector<std::byte> room(ZSTD_DStreamOutSize());
    std::size_t size = 0;
    while (true) {
        const ssize_t count = ::read(file.get(), stored.data(), stored.size());
        need(count >= 0, "cannot read " + path);
        if (count == 0) break;
        ZSTD_inBuffer in{stored.data(), static_cast<std::size_t>(count), 0};
        while (in.pos < in.size) {
            ZSTD_outBuffer out{room.data(), room.size(), 0};
            need(ZSTD_isError(ZSTD_decompressStream(context.get(), &out, &in)) == 0,
                 "zstd cannot decompress");
            size += out.pos;
        }
    }
    need(size == expected, "zstd gave other bytes than it got");
}

// ---- the commands

Blocks make_blocks(std::size_t size) {
    TrafficRecords traffic;
    Blocks blocks;
    for (std::size_t made = 0; made < size; made += blocks.back().size()) {
        blocks.emplace_back();
        while (!blocks.back().full())
            traffic.add_exchange(blocks.back());
    }
    return blocks;
}

std::size_t size_of_file(const std::string& path) {
    const format::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END));
}

void write_raw(const std::vector<std::string>& pieces, const std::string& path) {
    FileSink sink(path);
    for (const std::string& piece : pieces)
        need(sink.write(std::as_bytes(std::span(piece))));
}

void speed(std::size_t mib, int rounds, const std::string& folder) {
    Blocks blocks = make_blocks(mib * kMiB);
    std::vector<std::string> pieces;
    std::size_t size = 0;
    std::size_t records = 0;
    for (const RecordBlock& block : blocks) {
        pieces.push_back(bytes_of(block));
        size += block.size();
        records += block.count();
    }
    const std::string capture = folder + "/bench.httpprof";
    const std::string raw = folder + "/bench.raw";
    const std::string peer = folder + "/bench.zst";
    const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    write_raw(pieces, raw);
    const std::vector<std::pair<std::string, std::function<void()>>> parts = {
        {"write", [&] { write_capture(blocks, capture); }},
        {"libzstd", [&] { zstd_compress(pieces, peer); }},
        {"zstd",
         [&] {
             run({"zstd", "-q", "-f", "-1", raw, "-o", peer});
         }},
        {"read", [&] { read_capture(capture, threads, size); }},
        {"read_alone", [&] { read_capture(capture, 1, size); }},
        {"libunzstd", [&] { zstd_decompress(peer, size); }},
        {"unzstd",
         [&] {
             run({"zstd", "-q", "-d", "-c", peer});
         }},
    };
    for (const auto& part : parts)  // both files are there, and everything is warm
        part.second();
    for (int round = 0; round < rounds; ++round) {
        Times times;
        time_steps(blocks, times);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto& [name, part] = parts[(i + static_cast<std::size_t>(round)) % parts.size()];
            Stopwatch watch(CLOCK_MONOTONIC);
            const double cpu_before = cpu_seconds();
            part();
            times[name] = watch.lap();
            times[name + "_cpu"] = cpu_seconds() - cpu_before;
        }
        std::printf("{\"bytes\": %zu, \"records\": %zu, \"capture\": %zu, \"zst\": %zu", size,
                    records, size_of_file(capture), size_of_file(peer));
        for (const auto& [name, seconds] : times)
            std::printf(", \"%s\": %.6f", name.c_str(), seconds);
        std::puts("}");
        std::fflush(stdout);
    }
}

void make(std::size_t mib, const std::string& path) {
    FileSink sink(path);
    const auto writer =
        need(format::CaptureWriter::start(sink, bench_header(), {.zstd_level = kLevel}));
    TrafficRecords traffic;
    RecordBlock block;
    need(writer->write(format::Clock{.boottime_ns = 1, .realtime_ns = 1'785'000'000'000'000'000}));
    while (writer->bytes_written() < mib * kMiB) {
        block.clear();
        while (!block.full())
            traffic.add_exchange(block);
        need(writer->write(block));
    }
    finish(*writer);
}

}  // namespace
}  // namespace httpprof::bench

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    try {
        if (arguments.size() == 4 && arguments[0] == "speed")
            httpprof::bench::speed(std::stoul(arguments[1]), std::stoi(arguments[2]), arguments[3]);
        else if (arguments.size() == 3 && arguments[0] == "make")
            httpprof::bench::make(std::stoul(arguments[1]), arguments[2]);
        else
            throw std::runtime_error("see tools/bench/capture --help");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "capture_bench: %s\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
