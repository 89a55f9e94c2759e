// Frames with the key to them, which stands in the Header and its copies.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "format/frame_decoder.h"
#include "format/frame_scanner.h"

namespace httpprof::format {

class KeyedScanner {
  public:
    // Without `key` no frame gets one. `name` is of the capture, for messages.
    KeyedScanner(FrameScanner scanner, std::shared_ptr<const SecretKey> key,
                 const std::string& name);

    // See Input.
    void set_cancel(int descriptor) { scanner_.set_cancel(descriptor); }

    // As FrameScanner::next(). An Error, too, when the capture is encrypted for others than `key`.
    Result<std::optional<FrameScanner::Scanned>> next();

  private:
    Result<void> look_for_key();
    Result<void> open(const StoredFrame& frame);

    FrameScanner scanner_;
    std::shared_ptr<const SecretKey> key_;
    std::string name_;
    FrameDecoder decoder_;  // of Headers
    std::shared_ptr<const FileKey> file_key_;
    std::deque<FrameScanner::Scanned> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool is_looking_ = false;  // the first that waits is encrypted, and its key may yet come
};

}  // namespace httpprof::format
