#include "format/writer.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <utility>

#include "format/census.h"
#include "format/digest.h"
#include "format/encryption.h"
#include "format/frame_encoder.h"
#include "format/messages.h"
#include "format/preamble.h"
#include "format/random.h"
#include "format/redaction/process_redactor.h"
#include "format/signing.h"

namespace httpprof::format {
namespace {

struct FrameTimes {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

// 0 is that of files of version 1.0.
std::uint32_t random_tag() {
    std::uint32_t tag = 0;
    while (tag == 0)
        tag = std::bit_cast<std::uint32_t>(random_bytes<sizeof tag>());
    return tag;
}

FrameTimes times_of(const RecordBlock& block) {
    FrameTimes range{.first = std::numeric_limits<std::uint64_t>::max()};
    for (std::size_t i = 0; i < block.count(); ++i) {
        const std::uint64_t time_ns = record_time_ns(block.record(i).fixed);
        range.first = std::min(range.first, time_ns);
        range.last = std::max(range.last, time_ns);
    }
    return range;
}

class Writer : public CaptureWriter {
  public:
    Writer(ByteSink& sink, Header header, const WriteOptions& options, std::optional<FileKey> key)
        : sink_(sink),
          header_(std::move(header)),
          sign_key_(options.sign_key),
          frames_(options.zstd_level, std::move(key)) {}

    Result<void> start() {
        const auto preamble = encode_preamble();
        last_digest_ = digest_of(preamble);
        if (auto written = put(preamble); !written) return written;
        if (auto written = add(FrameType::header, messages_.encode(header_)); !written)
            return written;
        return add(FrameType::header_copy, messages_.encode(header_));
    }

    Result<void> write(RecordBlock& block) override {
        if (block.empty()) return {};
        for (std::size_t i = 0; i < block.count(); ++i)
            census_.add(block.record(i));
        return add(FrameType::records, messages_.encode(block),
                   static_cast<std::uint32_t>(block.count()), times_of(block));
    }

    Result<void> write(const Snapshot& snapshot) override {
        return add(FrameType::snapshot, messages_.encode(snapshot), 0,
                   {snapshot.time_ns, snapshot.time_ns});
    }

    Result<void> write(const Stats& stats) override {
        return add(FrameType::stats, messages_.encode(stats), 0, {stats.time_ns, stats.time_ns});
    }

    Result<void> write(const Clock& clock) override {
        auto written = add(FrameType::clock, messages_.encode(clock), 0,
                           {clock.boottime_ns, clock.boottime_ns});
        // Damage to the first ones must not cost the key to all that follows.
        if (!written || header_.recipients.empty()) return written;
        return add(FrameType::header_copy, messages_.encode(header_));
    }

    Result<void> end(End end) override {
        end.totals = census_.totals();
        end.totals->frames = number_;
        end.totals->raw_bytes = raw_bytes_;
        end.index = std::exchange(index_, {});
        if (number_ > kMaxIndexEntries) end.index.clear();
        auto written =
            add(FrameType::end, messages_.encode(end), 0, {end.stats.time_ns, end.stats.time_ns});
        if (!written) return written;
        if (sign_key_)
            written = add(FrameType::signature, messages_.encode(sign(*sign_key_, last_digest_)));
        if (!written) return written;
        failure_ = Error{"the capture has ended"};
        return sink_.sync();
    }

    Digest last_digest() const override { return last_digest_; }
    std::uint64_t bytes_written() const override { return bytes_written_; }
    std::uint64_t frames() const override { return number_; }
    std::uint64_t recorded() const override { return census_.records(); }
    std::uint64_t recorded_bytes() const override { return census_.bytes(); }
    std::vector<Counter> missing() const override { return census_.missing(); }

  private:
    // After a failure the sink may have part of a frame, so nothing more may go there.
    Result<void> put(std::span<const std::byte> bytes) {
        auto written = sink_.write(bytes);
        if (!written)
            failure_ = written.error();
        else
            bytes_written_ += bytes.size();
        return written;
    }

    Result<void> add(FrameType type, const Result<std::span<const std::byte>>& message,
                     std::uint32_t record_count = 0, FrameTimes times = {}) {
        if (failure_) return *failure_;
        if (!message) return message.error();
        const FrameHeader header{.type = static_cast<std::uint8_t>(type),
                                 .number = number_,
                                 .record_count = record_count,
                                 .tag = tag_,
                                 .first_time_ns = times.first,
                                 .last_time_ns = times.last,
                                 .previous = last_digest_};
        auto encoded = frames_.encode(header, *message);
        if (!encoded) return encoded;
        remember(header);
        raw_bytes_ += message->size();
        auto written = put(frames_.bytes());
        if (!written) return written;
        last_digest_ = frames_.digest();
        ++number_;
        return {};
    }

    void remember(const FrameHeader& header) {
        if (index_.size() == kMaxIndexEntries) return;
        index_.push_back({.offset = bytes_written_,
                          .type = header.type,
                          .record_count = header.record_count,
                          .first_time_ns = header.first_time_ns,
                          .last_time_ns = header.last_time_ns});
    }

    ByteSink& sink_;
    Header header_;
    std::optional<SecretKey> sign_key_;
    FrameEncoder frames_;
    MessageEncoder messages_;
    Census census_;
    std::vector<IndexEntry> index_;
    Digest last_digest_{};
    std::uint32_t tag_ = random_tag();
    std::uint64_t number_ = 0;
    std::uint64_t raw_bytes_ = 0;
    std::uint64_t bytes_written_ = 0;
    std::optional<Error> failure_;  // why nothing more may be written
};

// The Header of an encrypted capture can be read without a key.
void hide_secrets(Header& header) {
    SecretNames names;
    RedactionTally uncounted;
    redact_command_line(header.options, names, uncounted);
    redact_command_line(header.derivation, names, uncounted);
}

}  // namespace

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::start(ByteSink& sink, Header header,
                                                            const WriteOptions& options) {
    std::optional<FileKey> key;
    header.recipients.clear();
    if (!options.encrypt_to.empty()) {
        key = generate_file_key();
        hide_secrets(header);
    }
    for (const PublicKey& recipient : options.encrypt_to)
        header.recipients.push_back(seal(*key, recipient));
    auto writer = std::make_unique<Writer>(sink, std::move(header), options, key);
    const auto started = writer->start();
    if (!started) return started.error();
    return std::unique_ptr<CaptureWriter>(std::move(writer));
}

}  // namespace httpprof::format
