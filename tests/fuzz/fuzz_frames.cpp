// Any bytes as a capture, in three ways: as the whole file; as the stored payload of a frame, with
// checksum, digest and chain made right; and as the message in such a payload, before compression.
// The latter two get past what an attacker can compute and a fuzzer cannot.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "format/compression.h"
#include "format/digest.h"
#include "format/frame_header.h"
#include "format/messages.h"
#include "format/preamble.h"
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
// type, the number of records, and whether it is to be compressed.
std::string framed(std::span<const std::byte> input) {
    Builder builder;
    MessageEncoder encoder;
    add_compressed(builder, 1, 0, encoder.encode(test::sample_header()).value());
    const auto type = std::to_integer<std::uint8_t>(input[0]);
    const auto count = std::to_integer<std::uint32_t>(input[1]);
    const bool compress = input[2] == std::byte{0};
    const auto content = input.subspan(3);
    if (compress)
        add_compressed(builder, type, count, content);
    else
        builder.add({.type = type, .raw_size = 8 * count, .record_count = count}, content);
    return builder.bytes();
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
    for (std::size_t i = 0; i < reading.frames.size(); ++i) {
        const Frame& frame = reading.frames[i];
        require(std::holds_alternative<Header>(frame.content) == (i == 0) ||
                std::holds_alternative<Damage>(frame.content));
        require(frame.offset <= capture.size());
        if (const auto* batch = std::get_if<RecordBatch>(&frame.content))
            for (const Record& record : batch->records)
                newlines += count_newlines(record);
    }
    require(newlines <= kMaxRawSize * reading.frames.size());
}

}  // namespace
}  // namespace httpprof::format

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace httpprof::format;
    read({reinterpret_cast<const char*>(data), size});
    if (size >= 3) read(framed(std::as_bytes(std::span(data, size))));
    return 0;
}
