#include "format/keyed_scanner.h"

#include <utility>

namespace httpprof::format {
namespace {

// Neither is encrypted.
const Header* header_in(const Frame& frame) {
    if (const auto* copy = std::get_if<HeaderCopy>(&frame.content)) return &copy->header;
    return std::get_if<Header>(&frame.content);
}

}  // namespace

KeyedScanner::KeyedScanner(FrameScanner scanner, std::shared_ptr<const SecretKey> key,
                           const std::string& name)
    : scanner_(std::move(scanner)),
      key_(std::move(key)),
      name_(name),
      decoder_(name, FrameDecoder::Sealed::pass) {}

Result<std::optional<FrameScanner::Scanned>> KeyedScanner::next() {
    auto scanned = scanner_.next();
    if (!scanned || !*scanned || !key_) return scanned;
    if (auto* frame = std::get_if<StoredFrame>(&**scanned)) {
        if (auto opened = open(*frame); !opened) return opened.error();
        frame->key = file_key_;
    }
    return scanned;
}

Result<void> KeyedScanner::open(const StoredFrame& frame) {
    if (file_key_ || is_encrypted_type(frame.header.type)) return {};
    const auto decoded = decoder_.decode(frame);
    const Header* header = decoded ? header_in(*decoded) : nullptr;
    if (header == nullptr || header->recipients.empty()) return {};
    const auto key = unseal(header->recipients, *key_);
    if (!key) return Error{name_ + " is not encrypted for the key of --key"};
    file_key_ = std::make_shared<const FileKey>(*key);
    return {};
}

}  // namespace httpprof::format
