// Collects the bytes of one HTTP/1 message within the limits on what is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "replay/message.h"
#include "replay/message_store.h"

namespace httpprof::replay {

class MessageBuilder {
  public:
    // `kept`: bytes behind the header section that are kept.
    // `store`, which may be null, must outlive the builder.
    explicit MessageBuilder(std::uint64_t kept, MessageStore* store = nullptr)
        : kept_(kept), store_(store) {}
    MessageBuilder(const MessageBuilder&) = delete;
    MessageBuilder& operator=(const MessageBuilder&) = delete;
    ~MessageBuilder();

    Message& message();
    const Message& message() const { return *message_; }

    // The start line and header section; kept whole. `content`: bytes of content that will follow,
    // as far as it is known.
    void set_head(std::string_view bytes, std::uint64_t content);
    // Bytes of the message that are not content: chunk lines, trailers.
    void add_framing(std::string_view bytes, const Origin& origin);
    void add_body(std::string_view bytes, const Origin& origin);
    // Content that is not in the capture.
    void add_body_gap(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    // The same of other bytes behind the header section.
    void add_framing_gap(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    // A gap behind which the place in the message is not known; `known` of it belongs to the body.
    void add_final_gap(std::uint64_t known, format::MissingCause cause);

    // Whether so many more bytes will be kept.
    bool has_room(std::size_t bytes) const { return bytes <= room(); }

    // Where the next byte will stand in the message's raw bytes.
    std::size_t raw_size() const { return raw_size_; }

    // What the message takes in memory, roughly, but for what would go to the store's file.
    std::size_t memory() const;

    // Ends the message and leaves the builder empty. Anomalies are sorted by offset.
    std::shared_ptr<Message> take();

  private:
    // What will be kept of the bytes that follow.
    std::uint64_t room() const { return kept_ - (raw_size_ - message_->head_size); }
    // Returns how many of the bytes were kept.
    std::size_t keep(std::string_view bytes);
    void count_in(std::size_t bytes);
    void count_off();
    void add_content(Range range);
    void add_gap(std::uint64_t length, format::MissingCause cause);

    const std::uint64_t kept_;
    MessageStore* const store_;
    std::size_t raw_size_ = 0;          // of the message
    std::shared_ptr<Message> message_;  // null before the first use: most connections are idle
};

}  // namespace httpprof::replay
