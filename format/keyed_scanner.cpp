#include "format/keyed_scanner.h"

#include <utility>

namespace httpprof::format {
namespace {

// Frames that wait for the key, in case that the Header is damaged or stands behind them.
constexpr std::size_t kMaxWaitingBytes = 64 * 1024 * 1024;

std::size_t size_of(const FrameScanner::Scanned& scanned) {
    const auto* frame = std::get_if<StoredFrame>(&scanned);
    return sizeof(scanned) + (frame == nullptr ? 0 : frame->bytes.size());
}

bool is_encrypted(const FrameScanner::Scanned& scanned) {
    const auto* frame = std::get_if<StoredFrame>(&scanned);
    return frame != nullptr && frame->header.codec == kCodecEncrypted;
}

}  // namespace

KeyedScanner::KeyedScanner(FrameScanner scanner, std::shared_ptr<const SecretKey> key,
                           const std::string& name)
    : scanner_(std::move(scanner)),
      key_(std::move(key)),
      name_(name),
      decoder_(name, FrameDecoder::Sealed::pass) {}

Result<std::optional<FrameScanner::Scanned>> KeyedScanner::next() {
    if (waiting_.empty() || is_looking_) {
        if (auto looked = look_for_key(); !looked) return looked.error();
    }
    if (waiting_.empty()) return std::optional<FrameScanner::Scanned>();
    std::optional<FrameScanner::Scanned> first(std::move(waiting_.front()));
    waiting_.pop_front();
    waiting_bytes_ -= size_of(*first);
    if (auto* frame = std::get_if<StoredFrame>(&*first)) frame->key = file_key_;
    return first;
}

// Scans up to a frame that can be handed out: one that is not encrypted, or whose key is known or
// does not come.
Result<void> KeyedScanner::look_for_key() {
    do {
        auto scanned = scanner_.next();
        if (!scanned) return scanned.error();
        is_looking_ = false;
        if (!*scanned) return {};
        if (const auto* frame = std::get_if<StoredFrame>(&**scanned)) {
            if (auto opened = open(*frame); !opened) return opened.error();
        }
        waiting_bytes_ += size_of(**scanned);
        waiting_.push_back(*std::move(*scanned));
        is_looking_ = key_ && !file_key_ && is_encrypted(waiting_.front()) &&
                      waiting_bytes_ < kMaxWaitingBytes;
    } while (is_looking_);
    return {};
}

Result<void> KeyedScanner::open(const StoredFrame& frame) {
    if (!key_ || file_key_ || is_encrypted_type(frame.header.type)) return {};
    // Neither a Header nor its copy is encrypted.
    const auto decoded = decoder_.decode(frame);
    const Header* header = decoded ? header_in(decoded->content) : nullptr;
    if (header == nullptr || header->recipients.empty()) return {};
    const auto key = unseal(header->recipients, *key_);
    if (!key) return Error{name_ + " is not encrypted for the key of --key"};
    file_key_ = std::make_shared<const FileKey>(*key);
    return {};
}

}  // namespace httpprof::format
