#include "replay/redact_stage.h"

#include <span>
#include <string>
#include <utility>

#include "format/edit/process_redactor.h"
#include "format/edit/stream_redactor.h"

namespace httpprof::replay {
namespace {

std::span<char> writable(std::string& text) {
    return {text.data(), text.size()};
}

// The values that were written over several lines, once more out of the bytes.
void unfold_again(Message& message, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        if (field.unfolded < 0) continue;
        message.unfolded[static_cast<std::size_t>(field.unfolded)] =
            unfolded(message.text(field.value));
    }
}

// What a response says of its request. The target is judged in the place where it was sent, since
// secrets in it are told by what is around them.
std::shared_ptr<const RequestHead> redacted_head(const RequestHead& head,
                                                 format::SecretNames& names,
                                                 format::RedactionTally& tally) {
    std::string line = head.method + ' ' + head.target + " HTTP/1.1\r\n\r\n";
    format::redact_text(writable(line), names, tally);
    auto redacted = std::make_shared<RequestHead>(head);
    redacted->target = line.substr(head.method.size() + 1, head.target.size());
    return redacted;
}

}  // namespace

// SecretNames that nobody else uses meanwhile.
class RedactStage::Borrowed {
  public:
    explicit Borrowed(const RedactStage& stage) : stage_(stage) {
        const std::lock_guard lock(stage_.mutex_);
        if (stage_.idle_.empty()) {
            names_ = std::make_unique<format::SecretNames>();
        } else {
            names_ = std::move(stage_.idle_.back());
            stage_.idle_.pop_back();
        }
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ~Borrowed() {
        const std::lock_guard lock(stage_.mutex_);
        stage_.idle_.push_back(std::move(names_));
    }

    format::SecretNames& names() { return *names_; }

  private:
    const RedactStage& stage_;
    std::unique_ptr<format::SecretNames> names_;
};

RedactStage::RedactStage() = default;
RedactStage::~RedactStage() = default;

Result<bool> RedactStage::apply(Event& event) const {
    Borrowed borrowed(*this);
    format::RedactionTally tally;
    Message& message = *event.message;
    format::redact_text(writable(message.raw), borrowed.names(), tally);
    if (message.decoded) {
        format::redact_text(writable(*message.decoded), borrowed.names(), tally);
    }
    unfold_again(message, message.fields);
    unfold_again(message, message.trailers);
    if (event.request) event.request = redacted_head(*event.request, borrowed.names(), tally);
    event.process = show(std::move(event.process));
    return true;
}

std::shared_ptr<const Process> RedactStage::show(std::shared_ptr<const Process> process) const {
    Borrowed borrowed(*this);
    format::RedactionTally tally;
    auto redacted = std::make_shared<Process>(*process);
    if (redacted->arguments) {
        format::redact_arguments(writable(*redacted->arguments), borrowed.names(), tally);
    }
    if (redacted->environment) {
        format::redact_environment(writable(*redacted->environment), borrowed.names(), tally);
    }
    return redacted;
}

}  // namespace httpprof::replay
