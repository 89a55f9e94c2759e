#include "format/info.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "format/census.h"
#include "format/frame_header.h"
#include "format/indexed_info.h"
#include "format/info_builder.h"
#include "format/preamble.h"

namespace httpprof::format {
namespace {

std::uint64_t end_of(const Frame& frame) {
    return frame.offset + frame_size(frame.header.stored_size);
}

// Goes through all frames of a capture.
class InfoScan {
  public:
    void add(Frame frame) {
        if (frame.header.type != 0 && frame.header.number == 0)
            info_.minor_version = minor_version_of(frame.header.previous);
        if (auto* damage = std::get_if<Damage>(&frame.content)) return add(frame, *damage);
        builder_.add(entry_of(frame));
        extend_to(end_of(frame));
        info_.has_end = info_.has_end || has_type(frame, FrameType::end);
        if (!info_.has_end) info_.raw_bytes += frame.header.raw_size;
        std::visit([this](auto& content) { add(content); }, frame.content);
    }

    CaptureInfo finish() {
        if (!info_.has_end) info_.end_reason = last_damage_;
        if (!info_.contents_hidden) {
            const Totals totals = census_.totals();
            info_.record_bytes = census_.bytes();
            info_.connections = totals.connections;
            info_.processes = totals.processes;
        }
        return builder_.finish();
    }

  private:
    void add(const Frame& frame, const Damage& damage) {
        ++info_.damages;
        last_damage_ = damage.what;
        extend_to(frame.header.type == 0 ? damage.offset + damage.size : end_of(frame));
    }
    void add(Header& header) { info_.header = std::move(header); }
    void add(const RecordBatch& batch) {
        for (std::size_t i = 0; i < batch.records.size(); ++i)
            census_.add(batch.records[i], batch.bytes[i].size());
    }
    void add(Stats& stats) { info_.stats = std::move(stats); }
    void add(const Clock& clock) { builder_.add(clock); }
    void add(End& end) {
        info_.stats = std::move(end.stats);
        info_.sources = std::move(end.sources);
        info_.changes = std::move(end.changes);
        info_.end_reason = std::move(end.reason);
    }
    void add(Signature& signature) { info_.signature = std::move(signature); }
    void add(const EncryptedFrame&) { info_.contents_hidden = true; }
    void add(const Snapshot&) {}
    void add(const HeaderCopy&) {}
    void add(const UnknownFrame&) {}
    void add(const Damage&) {}  // never comes here

    void extend_to(std::uint64_t end) { info_.file_size = std::max(info_.file_size, end); }

    InfoBuilder builder_;
    CaptureInfo& info_ = builder_.info;
    Census census_;
    std::string last_damage_;
};

}  // namespace

Result<CaptureInfo> read_info(const std::string& path, const ReadOptions& options) {
    if (path != "-") {
        if (auto info = read_indexed_info(path, options.key)) return *std::move(info);
    }
    ReadOptions all = options;
    all.pass_encrypted = true;
    auto source = open_capture(path, all);
    if (!source) return source.error();
    InfoScan scan;
    while (true) {
        auto frame = (*source)->next();
        if (!frame) return frame.error();
        if (!*frame) return scan.finish();
        scan.add(**std::move(frame));
    }
}

}  // namespace httpprof::format
