// Any bytes as a capture. The first byte of the input says what the others are:
//
//     0   the file itself
//     1   the file, with the checksums, digests and chain of its frames made right, but for those
//         frames that the second byte leaves out
//     2   the stored payload of one frame, with everything else made right
//     3   the message in such a payload, before compression
//
// All but the first get past what an attacker can compute and a fuzzer cannot.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

#include "format/compression.h"
#include "format/descriptor.h"
#include "format/digest.h"
#include "format/frame_header.h"
#include "format/info.h"
#include "format/messages.h"
#include "format/preamble.h"
#include "format/verify.h"
#include "tests/fuzz/repair.h"
#include "tests/support/capture_bytes.h"

namespace httpprof::format {
namespace {

class Builder {
  public:
    Builder() {
        const auto preamble = encode_preamble();
        append(preamble);
        previous_ = digest_of(preamble);
    }

    void add(FrameHeader header, std::span<const std::byte> stored) {
        header.number = number_++;
        header.previous = previous_;
        header.stored_size = static_cast<std::uint32_t>(stored.size());
        const std::size_t begin = bytes_.size();
        append(encode_frame_header(header));
        append(stored);
        previous_ = digest_of(std::as_bytes(std::span(bytes_)).subspan(begin));
        append(std::as_bytes(std::span(previous_)));
    }

    const std::string& bytes() const { return bytes_; }

  private:
    void append(std::span<const std::byte> bytes) {
        bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }

    std::string bytes_;
    std::uint64_t number_ = 0;
    Digest previous_;
};

void add_compressed(Builder& builder, std::uint8_t type, std::uint32_t record_count,
                    std::span<const std::byte> raw) {
    static Compressor compressor(1);
    std::vector<std::byte> stored(Compressor::bound(raw.size()));
    stored.resize(compressor.compress(raw, stored).value());
    builder.add({.type = type,
                 .raw_size = static_cast<std::uint32_t>(raw.size()),
                 .record_count = record_count},
                stored);
}

// A good Header frame, and then the input as the payload of a frame. Its first bytes choose the
// type and the number of records.
std::string framed(std::span<const std::byte> input, bool compress) {
    constexpr std::size_t kChoices = 2;
    Builder builder;
    MessageEncoder encoder;
    add_compressed(builder, 1, 0, encoder.encode(test::sample_header()).value());
    if (input.size() < kChoices) return builder.bytes();
    const auto type = std::to_integer<std::uint8_t>(input[0]);
    const auto count = std::to_integer<std::uint32_t>(input[1]);
    const auto content = input.subspan(kChoices);
    if (compress)
        add_compressed(builder, type, count, content);
    else
        builder.add({.type = type, .raw_size = 8 * count, .record_count = count}, content);
    return builder.bytes();
}

std::string capture_of(std::span<const std::byte> input) {
    if (input.empty()) return {};
    const auto kind = std::to_integer<unsigned>(input[0]) % 4;
    const auto rest = input.subspan(1);
    if (kind >= 2) return framed(rest, kind == 3);
    std::string file(reinterpret_cast<const char*>(rest.data()), rest.size());
    if (kind == 0 || file.empty()) return file;
    const auto left_out = static_cast<std::uint8_t>(file[0]);
    return test::repaired(file.substr(1), left_out);
}

void require(bool condition) {
    if (!condition) std::abort();
}

// Touches every byte that a record's views promise.
std::size_t count_newlines(const Record& record) {
    std::size_t count = 0;
    const auto add = [&](std::string_view bytes) {
        for (const char byte : bytes)
            count += byte == '\n';
    };
    if (const auto* data = std::get_if<DataRecord>(&record)) {
        add(data->payload);
        add(data->task.comm);
    } else if (const auto* process = std::get_if<ProcessRecord>(&record)) {
        add(process->arguments);
        add(process->environment);
    }
    return count;
}

void read(const std::string& capture) {
    const test::Reading reading = test::read_all(capture);
    std::size_t newlines = 0;
    std::size_t headers = 0;
    for (const Frame& frame : reading.frames) {
        require(frame.offset <= capture.size());
        if (std::holds_alternative<Header>(frame.content)) ++headers;
        if (const auto* damage = std::get_if<Damage>(&frame.content))
            require(damage->size <= capture.size() && !damage->what.empty());
        if (const auto* batch = std::get_if<RecordBatch>(&frame.content)) {
            require(batch->bytes.size() == batch->records.size());
            for (const Record& record : batch->records)
                newlines += count_newlines(record);
        }
    }
    require(headers <= 1);
    require(newlines <= kMaxRawSize * reading.frames.size());
}

// Each opens the file anew, by the name of a descriptor.
void check(const std::string& capture) {
    const Descriptor file(test::descriptor_of(capture));
    const std::string path = "/proc/self/fd/" + std::to_string(file.get());
    const auto info = read_info(path, {});
    require(!info || info->file_size == capture.size());
    const Verdict verdict = verify_capture(path, {});
    require(verdict.problems.size() <= verdict.problem_count);
}

}  // namespace
}  // namespace httpprof::format

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace httpprof::format;
    const std::string capture = capture_of(std::as_bytes(std::span(data, size)));
    read(capture);
    check(capture);
    return 0;
}
