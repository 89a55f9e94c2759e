// Collects the bytes of one HTTP/1 message within the limits on what is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replay/message.h"

namespace httpprof::replay {

class MessageBuilder {
  public:
    explicit MessageBuilder(std::uint64_t kept) : kept_(kept) {}

    Message& message() { return message_; }

    // The start line and header section; kept whole.
    void set_head(std::string&& bytes);
    // Bytes of the message that are not content: chunk lines, trailers.
    void add_framing(std::string_view bytes, std::uint64_t time_ns);
    void add_body(std::string_view bytes, std::uint64_t time_ns);
    // Content that is not in the capture.
    void add_body_gap(std::uint64_t length, format::MissingCause cause, std::uint64_t time_ns);
    // A gap behind which the place in the message is not known; `known` of it belongs to the body.
    void add_final_gap(std::uint64_t length, std::uint64_t known, format::MissingCause cause);

    // Ends the message and leaves the builder empty. Anomalies are sorted by offset.
    Message take();

  private:
    void keep(std::string& where, std::string_view bytes);
    void add_gap(std::uint64_t length, format::MissingCause cause);

    std::uint64_t kept_;
    Message message_;
};

}  // namespace httpprof::replay
