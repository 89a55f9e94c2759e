// Overwrites the secrets in what a capture holds. Sizes, positions and all else stay as they are.
// README.md, "Redaction", says what is taken for a secret.
#pragma once

#include <string>
#include <vector>

#include "format/frame.h"
#include "format/record.h"
#include "format/redaction/connection_redactor.h"
#include "format/redaction/redaction_tally.h"
#include "format/redaction/secret_names.h"

namespace httpprof::format {

class Redactor {
  public:
    explicit Redactor(const AdditionalNames& additional = {});
    Redactor(const Redactor&) = delete;
    Redactor& operator=(const Redactor&) = delete;

    // To be called in the order of the capture. `bytes` is what `record` was decoded from; the
    // result is good until the next call.
    std::string_view redact(const Record& record, const WireRecord& bytes);
    void redact(Snapshot& snapshot);
    void redact(Header& header);

    // What was overwritten so far, by cause: "redacted-header", ...
    std::vector<Counter> changes() const { return tally_.counters(); }

  private:
    SecretNames names_;
    RedactionTally tally_;
    ConnectionRedactor connections_{names_, tally_};
    std::string record_;
};

}  // namespace httpprof::format
