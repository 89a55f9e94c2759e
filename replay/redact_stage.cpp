#include "replay/redact_stage.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "format/characters.h"
#include "format/redaction/process_redactor.h"
#include "format/redaction/secret_names.h"
#include "format/redaction/stream_redactor.h"
#include "replay/partial_content.h"

namespace httpprof::replay {
namespace {

// Of redacted processes.
constexpr std::size_t kMostKeptBytes = 16 * 1024 * 1024;

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

std::span<char> writable(std::string& text) {
    return {text.data(), text.size()};
}

std::string redacted(std::string text, format::SecretNames& names, format::RedactionTally& tally) {
    format::redact_text(writable(text), names, tally);
    return text;
}

// Empty lines before a start line (RFC 9112, 2.2), behind which a text would not begin.
std::size_t lines_before(const Message& message) {
    const std::size_t size = std::min(message.raw.find_first_not_of("\r\n"), message.raw.size());
    if (message.gaps.empty()) return size;
    return static_cast<std::size_t>(std::min<std::uint64_t>(size, message.gaps.front().offset));
}

// As what it was on the wire.
void redact_raw(Message& message, format::SecretNames& names, format::RedactionTally& tally) {
    format::StreamState state = format::StreamState::of_text();
    std::uint64_t place = lines_before(message);
    std::span<char> rest = writable(message.raw).subspan(place);
    for (const Gap& gap : message.gaps) {
        const auto size =
            static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), gap.offset - place));
        format::redact_stream(rest.first(size), state, names, tally);
        state.skip(gap.length);
        rest = rest.subspan(size);
        place = gap.offset + gap.length;
    }
    format::redact_stream(rest, state, names, tally);
}

bool is_form(const Message& message) {
    return std::ranges::any_of(message.fields, [&](const Field& field) {
        return equals_ignoring_case(message.name(field), "Content-Type") &&
               format::lower_case(message.value(field)).find(kForm) != std::string::npos;
    });
}

// In a form more is secret than elsewhere, which the bytes alone do not tell from other text.
std::string redacted_body(const Message& message, const std::string& body,
                          format::SecretNames& names, format::RedactionTally& tally) {
    if (!is_form(message)) return redacted(body, names, tally);
    const std::string head =
        std::string("POST / HTTP/1.1\r\nContent-Type: ").append(kForm).append("\r\n\r\n");
    return redacted(head + body, names, tally).substr(head.size());
}

// What only shows where the pieces are joined.
void redact_joined(Message& message, format::SecretNames& names, format::RedactionTally& tally) {
    if (message.content.size() < 2) return;
    const std::string body = redacted_body(message, message.body(), names, tally);
    auto from = body.begin();
    for (const Range& range : message.content) {
        std::copy_n(from, range.size, message.raw.begin() + range.begin);
        from += range.size;
    }
}

// Where the framing broke, what is behind the content may belong to it.
void hide_content(Message& message) {
    if (message.content.empty()) return;
    for (const Range& range : message.content)
        std::fill_n(message.raw.begin() + range.begin, range.size, format::kFiller);
    if (!message.truncated || !message.trailers.empty()) return;
    const Range& last = message.content.back();
    std::fill(message.raw.begin() + last.begin + last.size, message.raw.end(), format::kFiller);
}

// Coded bytes give away what is overwritten in what they stand for.
void redact_decoded(Message& message, format::SecretNames& names, format::RedactionTally& tally) {
    if (message.has_undecoded) hide_content(message);
    if (!message.decoded) return;
    std::string shown = redacted_body(message, *message.decoded, names, tally);
    if (message.has_undecoded && is_partial(message)) std::ranges::fill(shown, format::kFiller);
    if (shown != message.decoded) hide_content(message);
    message.decoded = std::move(shown);
}

// The values that were written over several lines, once more out of the bytes.
void unfold_again(Message& message, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        if (field.unfolded < 0) continue;
        message.unfolded[static_cast<std::size_t>(field.unfolded)] =
            unfolded(message.text(field.value));
    }
}

// What a response says of its request. Target and host are judged in the places where they were
// sent, since secrets in them are told by what is around them.
std::shared_ptr<const RequestHead> redacted_head(const RequestHead& head,
                                                 format::SecretNames& names) {
    format::RedactionTally uncounted;
    const std::string end = "\r\n\r\n";
    const std::string text =
        redacted(head.method + ' ' + head.target + " HTTP/1.1\r\nHost: " + head.host + end, names,
                 uncounted);
    auto shown = std::make_shared<RequestHead>(head);
    shown->target = text.substr(head.method.size() + 1, head.target.size());
    shown->host = text.substr(text.size() - end.size() - head.host.size(), head.host.size());
    return shown;
}

}  // namespace

struct RedactStage::Worker {
    format::SecretNames names;  // judging them needs memory of its own
    // The last of requests, and what was made of it: responses to one have it in common.
    std::shared_ptr<const RequestHead> head = {};
    std::shared_ptr<const RequestHead> redacted_head = {};
};

// A Worker that nobody else uses meanwhile.
class RedactStage::Borrowed {
  public:
    explicit Borrowed(const RedactStage& stage) : stage_(stage) {
        const std::lock_guard lock(stage_.mutex_);
        if (stage_.idle_.empty()) {
            worker_ = std::make_unique<Worker>();
        } else {
            worker_ = std::move(stage_.idle_.back());
            stage_.idle_.pop_back();
        }
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ~Borrowed() {
        const std::lock_guard lock(stage_.mutex_);
        stage_.idle_.push_back(std::move(worker_));
    }

    format::SecretNames& names() { return worker_->names; }

    std::shared_ptr<const RequestHead> redacted(std::shared_ptr<const RequestHead> head) {
        if (worker_->head != head) {
            worker_->redacted_head = redacted_head(*head, names());
            worker_->head = std::move(head);
        }
        return worker_->redacted_head;
    }

  private:
    const RedactStage& stage_;
    std::unique_ptr<Worker> worker_;
};

RedactStage::RedactStage() = default;
RedactStage::~RedactStage() = default;

Result<bool> RedactStage::apply(Event& event) const {
    Borrowed borrowed(*this);
    format::RedactionTally tally;
    Message& message = *event.message;
    redact_raw(message, borrowed.names(), tally);
    redact_joined(message, borrowed.names(), tally);
    redact_decoded(message, borrowed.names(), tally);
    unfold_again(message, message.fields);
    unfold_again(message, message.trailers);
    if (event.request) event.request = borrowed.redacted(std::move(event.request));
    event.process = show(std::move(event.process));
    return true;
}

std::shared_ptr<const Process> RedactStage::show(std::shared_ptr<const Process> process) const {
    if (auto known = kept(process)) return known;
    Borrowed borrowed(*this);
    format::RedactionTally tally;
    auto redacted = std::make_shared<Process>(*process);
    if (redacted->arguments) {
        format::redact_arguments(writable(*redacted->arguments), borrowed.names(), tally);
    }
    if (redacted->environment) {
        format::redact_environment(writable(*redacted->environment), borrowed.names(), tally);
    }
    keep(process, redacted);
    return redacted;
}

std::shared_ptr<const Process> RedactStage::kept(
    const std::shared_ptr<const Process>& process) const {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(process);
    return found == kept_.end() ? nullptr : found->second;
}

void RedactStage::keep(const std::shared_ptr<const Process>& process,
                       const std::shared_ptr<const Process>& redacted) const {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = memory_of(*redacted);
    if (kept_bytes_ + bytes > kMostKeptBytes) {
        kept_.clear();
        kept_bytes_ = 0;
    }
    if (kept_.emplace(process, redacted).second) kept_bytes_ += bytes;
}

}  // namespace httpprof::replay
