// Captures that are wrong in one chosen way and right in every other: what no writer makes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "format/digest.h"
#include "format/frame_header.h"
#include "format/writer.h"

namespace httpprof::test {

// An encoded message (capture.capnp), as it is before compression.
std::string message(const format::Header& header);
std::string message(const format::Stats& stats);
std::string message(const format::Clock& clock);
std::string message(const format::End& end);
std::string records_message(const std::vector<std::string>& records);

// Words of 8 bytes, little endian, for messages made by hand.
std::string words(const std::vector<std::uint64_t>& values);

std::string compressed(const std::string& raw);
// As a zstd frame in which they stand as they are. At most 128 KiB, and more than 255 bytes.
std::string stored_plainly(const std::string& raw);

// What a Forge writes: by default a capture of version 1.0.
struct ForgedFile {
    std::uint8_t major_version = 1;
    std::uint8_t minor_version = 0;
    std::uint8_t features = 0;
    std::uint32_t tag = 0;
};

class Forge {
  public:
    using Change = std::function<void(format::FrameHeader& header, std::string& stored)>;

    // A preamble. Its versions can be such that do not exist yet.
    explicit Forge(const ForgedFile& file = {});

    // Adds a frame. `change` sees its header and its stored payload, with everything right, just
    // before checksum and digest are made.
    Forge& add(format::FrameType type, const std::string& raw, std::uint32_t record_count = 0,
               const Change& change = {});
    Forge& add_header();
    Forge& add_clock(std::uint64_t boottime_ns, const Change& change = {});
    Forge& add_records(const std::vector<std::string>& records, const Change& change = {});
    Forge& add_end();

    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
    std::uint32_t tag_;
    std::uint64_t number_ = 0;
    format::Digest previous_;
};

}  // namespace httpprof::test
