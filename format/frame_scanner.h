// The first stage of reading: cuts a capture into frames, as they lie in the file. Where bytes are
// no frame it finds the next one. What is within a frame, and whether frames are in order, is left
// to the stages behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "format/encryption.h"
#include "format/frame.h"
#include "format/frame_header.h"
#include "format/input.h"
#include "format/memory_pool.h"
#include "format/result.h"

namespace httpprof::format {

// A frame as it lies in the file. Its header is checked, its digest not.
struct StoredFrame {
    std::uint64_t offset = 0;
    FrameHeader header;
    std::span<const std::byte> bytes;                // header, payload, digest
    std::shared_ptr<const std::byte[]> memory = {};  // of those
    std::shared_ptr<const FileKey> key = {};         // nothing where it is not known
};

// Whether the digest behind the payload is that of header and payload. `frame` is a whole frame.
bool digest_matches(std::span<const std::byte> frame);

class FrameScanner {
  public:
    using Scanned = std::variant<StoredFrame, Damage>;

    explicit FrameScanner(Input input) : input_(std::move(input)) {}

    // See Input.
    void set_cancel(int descriptor) { input_.set_cancel(descriptor); }

    // To be called first. The digest of the preamble; nothing when the file begins with something
    // else and is a capture all the same. Fails when it is none that can be read.
    Result<std::optional<Digest>> pass_preamble();

    // A frame, as soon as all of it is there, or a Damage: bytes that are not one. Nothing at the
    // end.
    Result<std::optional<Scanned>> next();

  private:
    Result<std::optional<Scanned>> scan();
    Result<std::optional<Scanned>> take_frame(const FrameHeader& header);
    Result<std::optional<Scanned>> pass_to_next_frame(std::string why);
    Result<FrameHeader> plausible_header(std::span<const std::byte> bytes) const;
    Result<bool> is_frame(std::size_t at);
    Result<bool> search();
    Result<bool> has_frame_near_start();

    Input input_;
    std::shared_ptr<MemoryPool> memory_ = MemoryPool::make();  // for frames
    std::optional<std::uint32_t> tag_;  // of the file, once a frame of it was found
    // Kept until a frame is seen to follow it: where its size is no longer that of what is in the
    // file, the next frame begins within it.
    std::optional<StoredFrame> last_;
    std::uint64_t hashed_ = 0;  // bytes, in search of frames
};

}  // namespace httpprof::format
