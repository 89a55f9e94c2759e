// The second stage of reading: what one frame says. Frames are independent of each other, so any
// number of decoders can work side by side.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "format/compression.h"
#include "format/frame_scanner.h"
#include "format/memory_pool.h"

namespace httpprof::format {

// The most memory that what a frame holds takes once it is decoded, about, whatever that is.
std::size_t decoded_size(const FrameHeader& header);

class FrameDecoder {
  public:
    // What becomes of frames to which the key is not known.
    enum class Sealed { pass, ask_for_key, blame_header };

    // `name` is of the capture, for messages.
    FrameDecoder(std::string name, Sealed sealed)
        : FrameDecoder(std::move(name), sealed, MemoryPool::make()) {}

    // One with the same settings, for another thread.
    FrameDecoder another() const { return {name_, sealed_, memory_}; }

    // A frame whose content cannot be read gives Damage. An Error means that this program cannot
    // read on.
    Result<Frame> decode(const StoredFrame& frame);

    // What a scanner found, as a RecordSource gives it: bytes that are no frame are a Damage.
    Result<std::optional<Frame>> decode(Result<std::optional<FrameScanner::Scanned>> scanned);

  private:
    FrameDecoder(std::string name, Sealed sealed, std::shared_ptr<MemoryPool> memory)
        : name_(std::move(name)), sealed_(sealed), memory_(std::move(memory)) {}

    Result<FrameContent> read_content(const StoredFrame& frame);
    Result<std::span<const std::byte>> compressed_payload(const StoredFrame& frame);
    std::optional<Error> why_refused(const StoredFrame& frame) const;
    std::optional<Error> why_refused(const Header& header) const;

    std::string name_;
    Sealed sealed_;
    Decompressor decompressor_;
    std::shared_ptr<MemoryPool> memory_;  // for the messages of frames, shared with the others
    std::vector<std::byte> decrypted_;
};

}  // namespace httpprof::format
