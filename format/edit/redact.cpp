#include "format/edit/redact.h"

#include "format/redaction/redactor.h"

namespace httpprof::format {
namespace {

class Redaction final : public Transform {
  public:
    explicit Redaction(const AdditionalNames& additional) : redactor_(additional) {}

    void begin(Header& header) override { redactor_.redact(header); }

    Result<void> take(const Record& record, const WireRecord& bytes, DerivedCapture& out) override {
        return out.add(redactor_.redact(record, bytes));
    }

    Result<void> take(const Snapshot& snapshot, DerivedCapture& out) override {
        Snapshot redacted = snapshot;
        redactor_.redact(redacted);
        return out.add(redacted);
    }

    Result<void> finish(DerivedCapture& out) override {
        for (const Counter& change : redactor_.changes())
            out.count_change(change.cause, change.records, change.bytes);
        return {};
    }

  private:
    Redactor redactor_;
};

}  // namespace

Result<EditOutcome> redact_capture(const std::string& input, const ReadOptions& reading,
                                   const AdditionalNames& additional,
                                   const DeriveOptions& writing) {
    Redaction redaction(additional);
    return run_transform(input, reading, redaction, writing);
}

}  // namespace httpprof::format
