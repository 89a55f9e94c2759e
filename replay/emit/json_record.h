// A wire record as fields of a JSON object: see dump_json.h.
#pragma once

#include <string_view>

#include "format/record.h"
#include "replay/emit/json_line.h"

namespace httpprof::replay {

// "data", "process", ...
std::string_view type_name(const format::Record& record);

// All that stands behind the index of the record. `bytes` is what `record` was decoded from.
void put_record(JsonLine& line, const format::Record& record, std::string_view bytes);

}  // namespace httpprof::replay
