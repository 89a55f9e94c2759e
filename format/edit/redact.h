// Makes a capture that can be shared out of one with secrets.
#pragma once

#include <string>

#include "format/edit/derived_capture.h"
#include "format/edit/transform.h"
#include "format/reader.h"
#include "format/redaction/secret_names.h"
#include "format/result.h"

namespace httpprof::format {

// README.md, "Redaction", says what is overwritten. `additional` are names that are secret as well.
Result<EditOutcome> redact_capture(const std::string& input, const ReadOptions& reading,
                                   const AdditionalNames& additional, const DeriveOptions& writing);

}  // namespace httpprof::format
