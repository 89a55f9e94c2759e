// Events as JSON lines: one object for each HTTP message.
//
// Text in JSON is UTF-8, but bytes on the wire may be anything. A body or raw payload that is not
// UTF-8 goes into `body_base64` or `raw_payload_base64`. Small texts that are not (field values,
// url, reason, comm, cmdline, ...) are taken as ISO-8859-1, byte by byte.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "replay/emit/emitter.h"
#include "replay/emit/event_fields.h"
#include "replay/emit/output.h"

namespace httpprof::replay {

struct JsonlOptions {
    EventFields fields = EventFields().set();
    // Bytes of a body that are shown, and of the raw payload behind its header section.
    std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();
};

// Appends the line of an event, with its end.
void append_json_line(const Event& event, const JsonlOptions& options, std::string& text);

class JsonlEmitter final : public Emitter {
  public:
    // `output` must outlive the emitter.
    explicit JsonlEmitter(Output& output, const JsonlOptions& options = {})
        : output_(output), options_(options) {}

    bool wants_environments() const override { return false; }

    void render(const Event& event, std::string& text) const override {
        append_json_line(event, options_, text);
    }
    Result<void> rendered(std::string_view text) override { return output_.write_json(text); }
    Result<void> flush() override { return output_.flush(); }
    Result<void> finish() override { return output_.finish(); }

  private:
    Output& output_;
    const JsonlOptions options_;
};

}  // namespace httpprof::replay
