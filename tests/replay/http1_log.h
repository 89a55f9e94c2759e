// Writes down all that an Http1Parser says, one line for each fact, so that two parses can be
// compared and an expected one be written by hand. The form is described in
// testdata/http1/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/protocol/http1.h"

namespace httpprof::test {

// Printable ASCII as it is; the rest, the backslash and the quote as \r \n \t \\ \" \xHH.
std::string escaped(std::string_view bytes);

class Http1Log : public replay::Http1Sink {
  public:
    // `answers`: the methods of the requests that the responses answer, in order; "" for unknown.
    explicit Http1Log(std::vector<std::string> answers = {}) : answers_(std::move(answers)) {}

    // What awaits_answer() says from now on.
    void set_awaits_answer(bool awaits) { awaits_answer_ = awaits; }

    void on_begin(const replay::Origin& first, const replay::StartLine& line) override;
    void on_message(std::shared_ptr<replay::Message> message) override;
    void on_skipped(std::uint64_t offset, std::uint64_t bytes) override;
    std::string_view method_answered_by(int status) override;
    bool awaits_answer() override { return awaits_answer_; }
    void on_protocol_change(std::string_view protocol) override;
    void on_opaque(std::uint64_t bytes) override;
    // Not part of the text; checked against the messages.
    void on_boundary(const replay::Boundary& boundary) override;

    std::string text() const;
    const std::vector<std::shared_ptr<replay::Message>>& messages() const { return messages_; }
    const std::vector<replay::Boundary>& boundaries() const { return boundaries_; }
    // Whether each byte of `captured`, all that was fed, is in exactly one message or was skipped
    // or opaque, and skipped ones where they are said to be; else what is wrong. `missing`: the
    // lengths of the gaps. To be asked after finish().
    std::string account_error(std::string_view captured, std::uint64_t missing = 0) const;

  private:
    struct Account {
        std::string raw;                           // compared with the captured bytes
        std::uint64_t bytes = 0;                   // not compared
        std::optional<std::uint64_t> offset = {};  // in the stream, gaps included
    };

    void line(std::string_view text);
    void count(std::string_view what, std::uint64_t bytes);
    void flush_count();
    void check_protocol(std::string_view call, bool wants_open);
    void check_boundaries(const replay::Message& message);

    std::vector<std::string> answers_;
    std::string lines_;
    std::string counted_what_;
    std::uint64_t counted_ = 0;
    std::vector<std::shared_ptr<replay::Message>> messages_;
    std::vector<Account> accounts_;
    std::vector<replay::Boundary> boundaries_;
    std::string error_;
    bool open_ = false;
    bool awaits_answer_ = false;
};

}  // namespace httpprof::test
