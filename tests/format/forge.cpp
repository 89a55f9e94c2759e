#include "tests/format/forge.h"

#include "format/bytes.h"
#include "format/compression.h"
#include "format/messages.h"
#include "format/preamble.h"
#include "tests/support/capture_bytes.h"

namespace httpprof::test {
namespace {

template <typename Bytes>
std::string as_string(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename Content>
std::string encoded(Content&& content) {
    format::MessageEncoder encoder;
    return as_string(encoder.encode(content).value());
}

}  // namespace

std::string message(const format::Header& header) {
    return encoded(header);
}

std::string message(const format::Stats& stats) {
    return encoded(stats);
}

std::string message(const format::Clock& clock) {
    return encoded(clock);
}

std::string message(const format::End& end) {
    return encoded(end);
}

std::string records_message(const std::vector<std::string>& records) {
    format::RecordBlock block;
    for (const std::string& record : records)
        block.append(record);
    return encoded(block);
}

std::string words(const std::vector<std::uint64_t>& values) {
    std::string bytes(8 * values.size(), '\0');
    for (std::size_t i = 0; i < values.size(); ++i)
        format::store_little_endian(bytes.data() + 8 * i, values[i]);
    return bytes;
}

std::string compressed(const std::string& raw) {
    std::string stored(format::Compressor::bound(raw.size()), '\0');
    static format::Compressor compressor(1);
    const auto size = compressor.compress(as_span(raw), std::as_writable_bytes(std::span(stored)));
    stored.resize(size.value());
    return stored;
}

// RFC 8878: a frame of a single segment with one block of type Raw.
std::string stored_plainly(const std::string& raw) {
    std::string frame("\x28\xB5\x2F\xFD\xA0", 5);
    const auto size = static_cast<std::uint32_t>(raw.size());
    frame.resize(12);
    format::store_little_endian(frame.data() + 5, size);
    constexpr unsigned kLastBlock = 1;
    for (unsigned i = 0; i < 3; ++i)
        frame[9 + i] = static_cast<char>((size << 3 | kLastBlock) >> 8 * i);
    return frame + raw;
}

Forge::Forge(const ForgedFile& file) : tag_(file.tag) {
    auto preamble = format::encode_preamble();
    preamble[8] = std::byte{file.major_version};
    preamble[10] = std::byte{file.minor_version};
    preamble[12] = std::byte{file.features};
    bytes_ = as_string(preamble);
    previous_ = format::digest_of(preamble);
}

Forge& Forge::add(format::FrameType type, const std::string& raw, std::uint32_t record_count,
                  const Change& change) {
    std::string stored = compressed(raw);
    format::FrameHeader header{.type = static_cast<std::uint8_t>(type),
                               .stored_size = static_cast<std::uint32_t>(stored.size()),
                               .raw_size = static_cast<std::uint32_t>(raw.size()),
                               .number = number_,
                               .record_count = record_count,
                               .tag = tag_,
                               .previous = previous_};
    if (change) {
        change(header, stored);
        if (header.stored_size <= format::kMaxStoredSize)
            header.stored_size = static_cast<std::uint32_t>(stored.size());
    }
    const std::string frame = as_string(format::encode_frame_header(header)) + stored;
    previous_ = format::digest_of(as_span(frame));
    bytes_ += frame + as_string(previous_);
    ++number_;
    return *this;
}

Forge& Forge::add_header() {
    return add(format::FrameType::header, message(sample_header()));
}

Forge& Forge::add_clock(std::uint64_t boottime_ns, const Change& change) {
    return add(format::FrameType::clock,
               message(format::Clock{.boottime_ns = boottime_ns, .realtime_ns = 0}), 0, change);
}

Forge& Forge::add_records(const std::vector<std::string>& records, const Change& change) {
    return add(format::FrameType::records, records_message(records),
               static_cast<std::uint32_t>(records.size()), change);
}

Forge& Forge::add_end() {
    return add(format::FrameType::end, message(format::End{.reason = "forged", .stats = {}}));
}

}  // namespace httpprof::test
