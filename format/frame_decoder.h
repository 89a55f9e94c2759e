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

namespace httpprof::format {

// The most memory that what a frame holds takes once it is decoded, about, whatever that is.
std::size_t decoded_size(const FrameHeader& header);

class FrameDecoder {
  public:
    // What becomes of frames to which the key is not known.
    enum class Sealed { pass, ask_for_key, blame_header };

    // `name` is of the capture, for messages.
    FrameDecoder(std::string name, Sealed sealed) : name_(std::move(name)), sealed_(sealed) {}

    // One with the same settings, for another thread.
    FrameDecoder another() const { return {name_, sealed_}; }

    // A frame whose content cannot be read gives Damage. An Error means that this program cannot
    // read on.
    Result<Frame> decode(const StoredFrame& frame);

    // What a scanner found, as a RecordSource gives it: bytes that are no frame are a Damage.
    Result<std::optional<Frame>> decode(Result<std::optional<FrameScanner::Scanned>> scanned);

  private:
    // For the message of a frame. It is used again: to clear and map new memory for every frame
    // would take a good part of the time that reading takes.
    class Memory {
      public:
        std::span<std::byte> span(std::size_t size);
        // For who keeps what is in it.
        std::shared_ptr<const void> release();

      private:
        static constexpr std::size_t kKept = 8 * 1024 * 1024;  // more than that is not

        std::unique_ptr<std::byte[]> bytes_;
        std::size_t size_ = 0;
    };

    Result<FrameContent> read_content(const StoredFrame& frame);
    Result<std::span<const std::byte>> compressed_payload(const StoredFrame& frame);
    std::optional<Error> why_refused(const StoredFrame& frame) const;
    std::optional<Error> why_refused(const Header& header) const;

    std::string name_;
    Sealed sealed_;
    Decompressor decompressor_;
    Memory memory_;
    std::vector<std::byte> decrypted_;
};

}  // namespace httpprof::format
