// Writes a capture, frame by frame, front to back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "format/frame.h"
#include "format/keys.h"
#include "format/record_block.h"
#include "format/result.h"

namespace httpprof::format {

// Takes the bytes of a capture in order. Each call carries one whole frame (or the preamble).
class ByteSink {
  public:
    virtual ~ByteSink() = default;
    virtual Result<void> write(std::span<const std::byte> bytes) = 0;
    // Makes what was written durable where that means something.
    virtual Result<void> sync() = 0;
};

struct WriteOptions {
    int zstd_level = 1;
    std::vector<PublicKey> encrypt_to = {};  // empty: the capture is not encrypted
    std::optional<SecretKey> sign_key = {};  // nothing: it is not signed
};

class CaptureWriter {
  public:
    // Writes the preamble, the Header frame and its copy; the recipients in `header` are filled in.
    // `sink` must outlive the writer.
    static Result<std::unique_ptr<CaptureWriter>> start(ByteSink& sink, Header header,
                                                        const WriteOptions& options);
    virtual ~CaptureWriter() = default;

    // Each writes one frame. An empty block writes nothing; one that is written keeps its records.
    virtual Result<void> write(RecordBlock& block) = 0;
    virtual Result<void> write(const Snapshot& snapshot) = 0;
    virtual Result<void> write(const Stats& stats) = 0;
    virtual Result<void> write(const Clock& clock) = 0;

    // Writes the End frame, whose index and totals are filled in, and the signature, and syncs.
    // Nothing may follow.
    virtual Result<void> end(End end) = 0;

    // Records in the file so far, and their size, headers included.
    virtual std::uint64_t recorded() const = 0;
    virtual std::uint64_t recorded_bytes() const = 0;
    // What those records stand for and do not carry, by cause.
    virtual std::vector<Counter> missing() const = 0;

    // The digest of the last frame written: it vouches for all before it.
    virtual Digest last_digest() const = 0;
    virtual std::uint64_t bytes_written() const = 0;
    virtual std::uint64_t frames() const = 0;
};

}  // namespace httpprof::format
