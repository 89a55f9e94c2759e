// Wire records taken apart so that they compress well, and put together again, byte for byte: the
// fixed parts as differences, column by column, and the payloads one after the other. README.md,
// "Records in columns", is the specification.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"

namespace httpprof::format {

class RecordBlock;

struct RecordColumns {
    std::string word_counts;
    std::string references;
    std::string words;
    std::string payloads;
};

// Views of the same, as a reader gets them.
struct RecordColumnViews {
    std::string_view word_counts;
    std::string_view references;
    std::string_view words;
    std::string_view payloads;
};

// False: a record has a fixed part that is not made of whole words of 8 bytes, or is none; the
// columns are of no use then. The memory of `columns` is used again.
bool split_into_columns(const RecordBlock& block, RecordColumns& columns);

// The records in one piece of memory, and where each one ends.
struct JoinedRecords {
    std::string bytes;
    std::vector<std::size_t> ends;
};

// The result is never larger than what `columns` point to.
Result<JoinedRecords> join_columns(const RecordColumnViews& columns);

}  // namespace httpprof::format
