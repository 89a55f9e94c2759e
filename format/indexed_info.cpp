#include "format/indexed_info.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/digest.h"
#include "format/encryption.h"
#include "format/frame_decoder.h"
#include "format/frame_header.h"
#include "format/info_builder.h"
#include "format/preamble.h"

namespace httpprof::format {
namespace {

constexpr std::uint8_t kEnd = static_cast<std::uint8_t>(FrameType::end);
constexpr std::uint8_t kSignature = static_cast<std::uint8_t>(FrameType::signature);
constexpr std::uint8_t kClock = static_cast<std::uint8_t>(FrameType::clock);

// How much of the file's end is searched for the End, in turn. The last is the most that an End and
// a Signature, which is tiny, can take.
constexpr std::array<std::size_t, 3> kTailSizes = {64 * 1024, 1024 * 1024,
                                                   frame_size(kMaxStoredSize) + 4096};

std::optional<FrameHeader> frame_header_in(std::span<const std::byte> bytes) {
    if (bytes.size() < kFrameHeaderSize) return std::nullopt;
    const auto header = decode_frame_header(bytes.first<kFrameHeaderSize>());
    if (!header || header->raw_size > kMaxRawSize || header->stored_size > kMaxStoredSize)
        return std::nullopt;
    return *header;
}

// A capture whose frames are read where they are known to stand.
class CaptureFile {
  public:
    explicit CaptureFile(const std::string& path) : decoder_(path, FrameDecoder::Sealed::pass) {
        struct stat status {};
        // Opening a pipe and closing it again would end whoever writes to it.
        if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
        descriptor_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (descriptor_.open() && ::fstat(descriptor_.get(), &status) == 0)
            size_ = static_cast<std::uint64_t>(status.st_size);
    }

    // 0 when it is no file that can be read from.
    std::uint64_t size() const { return size_; }
    void set_key(const FileKey& key) { key_ = std::make_shared<const FileKey>(key); }

    // All of `size` bytes, or nothing.
    std::optional<std::vector<std::byte>> bytes_at(std::uint64_t offset, std::size_t size) const {
        if (offset > size_ || size > size_ - offset) return std::nullopt;
        std::vector<std::byte> bytes(size);
        std::size_t filled = 0;
        while (filled < size) {
            const ssize_t count = ::pread(descriptor_.get(), bytes.data() + filled, size - filled,
                                          static_cast<off_t>(offset + filled));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return std::nullopt;
            filled += static_cast<std::size_t>(count);
        }
        return bytes;
    }

    // An intact frame whose content is a `Content`, and that content.
    template <typename Content>
    std::optional<std::pair<Frame, Content>> read(std::uint64_t offset) {
        const auto head = bytes_at(offset, kFrameHeaderSize);
        const auto header = head ? frame_header_in(*head) : std::nullopt;
        if (!header || (tag_ && header->tag != *tag_)) return std::nullopt;
        if (key_ && is_encrypted_type(header->type) && header->codec != kCodecEncrypted)
            return std::nullopt;
        const auto bytes = bytes_at(offset, frame_size(header->stored_size));
        if (!bytes) return std::nullopt;
        auto frame = decoder_.decode(
            StoredFrame{.offset = offset, .header = *header, .bytes = *bytes, .key = key_});
        if (!frame) return std::nullopt;
        auto* content = std::get_if<Content>(&frame->content);
        if (content == nullptr) return std::nullopt;
        tag_ = header->tag;
        Content taken = std::move(*content);
        return std::pair(*std::move(frame), std::move(taken));
    }

    // Where an End begins that has nothing but a Signature between it and the end of the file.
    std::optional<std::uint64_t> find_end() const {
        for (const std::size_t most : kTailSizes) {
            const std::size_t size = std::min<std::uint64_t>(most, size_);
            const auto tail = bytes_at(size_ - size, size);
            if (!tail) return std::nullopt;
            if (const auto at = find_end_in(*tail)) return size_ - size + *at;
            if (size == size_) break;
        }
        return std::nullopt;
    }

  private:
    std::optional<std::size_t> find_end_in(std::span<const std::byte> tail) const {
        std::size_t at = find_sync_word(tail);
        while (at < tail.size()) {
            const auto header = frame_header_in(tail.subspan(at));
            if (header && header->type == kEnd && header->tag == tag_ &&
                is_all(*header, tail.subspan(at)))
                return at;
            ++at;
            at += find_sync_word(tail.subspan(at));
        }
        return std::nullopt;
    }

    // Whether `bytes` are the frame of this header and perhaps a Signature.
    static bool is_all(const FrameHeader& header, std::span<const std::byte> bytes) {
        const std::size_t size = frame_size(header.stored_size);
        if (size >= bytes.size()) return size == bytes.size();
        const auto next = frame_header_in(bytes.subspan(size));
        return next && next->type == kSignature &&
               size + frame_size(next->stored_size) == bytes.size();
    }

    Descriptor descriptor_;
    std::uint64_t size_ = 0;
    FrameDecoder decoder_;
    std::optional<std::uint32_t> tag_;  // of the first frame that was read
    std::shared_ptr<const FileKey> key_;
};

// Whether the index is that of the frames up to `end`, as far as it shows, and all that is needed.
bool is_whole(const End& end, const Frame& frame) {
    if (end.index.empty() || !end.totals || end.index.size() != frame.header.number ||
        end.totals->frames != frame.header.number || end.index.front().offset != kPreambleSize ||
        end.index.back().offset >= frame.offset)
        return false;
    std::uint64_t records = 0;
    for (const IndexEntry& entry : end.index) {
        // The frame itself says whether it may be passed over.
        if (!is_known(entry.type)) return false;
        records += entry.record_count;
    }
    return records == end.stats.recorded &&
           std::ranges::adjacent_find(end.index, std::ranges::greater_equal(),
                                      &IndexEntry::offset) == end.index.end();
}

// The Clocks of `index` that tell the wall time at `times`: README.md, "Clock".
std::vector<IndexEntry> clocks_at(const std::vector<IndexEntry>& index,
                                  const std::vector<std::uint64_t>& times) {
    std::vector<IndexEntry> clocks;
    std::ranges::copy_if(index, std::back_inserter(clocks),
                         [](const IndexEntry& entry) { return entry.type == kClock; });
    std::ranges::stable_sort(clocks, std::ranges::less(), &IndexEntry::first_time_ns);
    std::vector<IndexEntry> wanted;
    for (const std::uint64_t time_ns : times) {
        auto clock = std::ranges::upper_bound(clocks, time_ns, std::ranges::less(),
                                              &IndexEntry::first_time_ns);
        if (clock == clocks.end() && clocks.empty()) break;
        if (clock != clocks.begin()) --clock;
        wanted.push_back(*clock);
    }
    return wanted;
}

class IndexedInfo {
  public:
    explicit IndexedInfo(const std::string& path) : file_(path) {}

    std::optional<CaptureInfo> read(const SecretKey* key) {
        if (file_.size() == 0 || !read_header(key) || !read_end() || !read_signature() ||
            !read_clocks())
            return std::nullopt;
        builder_.info.from_index = true;
        builder_.info.file_size = file_.size();
        return builder_.finish();
    }

  private:
    bool read_header(const SecretKey* key) {
        const auto preamble = file_.bytes_at(0, kPreambleSize);
        if (!preamble || !check_preamble(*preamble, {})) return false;
        auto header = file_.read<Header>(kPreambleSize);
        if (!header || header->first.header.number != 0 ||
            header->first.header.previous != digest_of(*preamble))
            return false;
        builder_.info.minor_version = minor_version_of(header->first.header.previous);
        if (!header->second.recipients.empty()) {
            if (key == nullptr) return false;
            const auto file_key = unseal(header->second.recipients, *key);
            if (!file_key) return false;
            file_.set_key(*file_key);
        }
        builder_.info.header = std::move(header->second);
        return true;
    }

    bool read_end() {
        const auto offset = file_.find_end();
        auto end = offset ? file_.read<End>(*offset) : std::nullopt;
        if (!end || !is_whole(end->second, end->first)) return false;
        for (const IndexEntry& entry : end->second.index)
            builder_.add(entry);
        builder_.add(entry_of(end->first));
        take(end->second);
        end_ = std::move(*end);
        return true;
    }

    void take(const End& end) {
        CaptureInfo& info = builder_.info;
        info.raw_bytes = end.totals->raw_bytes;
        info.record_bytes = end.stats.recorded_bytes;
        info.connections = end.totals->connections;
        info.processes = end.totals->processes;
        info.stats = end.stats;
        info.sources = end.sources;
        info.changes = end.changes;
        info.has_end = true;
        info.end_reason = end.reason;
    }

    bool read_signature() {
        const Frame& end = end_.first;
        const std::uint64_t offset = end.offset + frame_size(end.header.stored_size);
        if (offset == file_.size()) return true;
        auto signature = file_.read<Signature>(offset);
        if (!signature || signature->first.header.number != end.header.number + 1 ||
            signature->first.header.previous != end.digest)
            return false;
        builder_.add(entry_of(signature->first));
        builder_.info.signature = std::move(signature->second);
        return true;
    }

    bool read_clocks() {
        for (const IndexEntry& entry : clocks_at(end_.second.index, builder_.wanted_times())) {
            const auto clock = file_.read<Clock>(entry.offset);
            if (!clock || clock->second.boottime_ns != entry.first_time_ns) return false;
            builder_.add(clock->second);
        }
        return true;
    }

    CaptureFile file_;
    InfoBuilder builder_;
    std::pair<Frame, End> end_;
};

}  // namespace

std::optional<CaptureInfo> read_indexed_info(const std::string& path,
                                             const std::shared_ptr<const SecretKey>& key) {
    try {
        return IndexedInfo(path).read(key.get());
    } catch (const std::bad_alloc&) {
        return std::nullopt;
    }
}

}  // namespace httpprof::format
