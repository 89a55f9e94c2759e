// Wire records taken apart so that they compress well, and put together again, byte for byte: the
// fixed parts as differences, column by column, and the payloads one after the other. README.md,
// "Records in columns", is the specification.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/record.h"
#include "format/record_block.h"
#include "format/result.h"

namespace httpprof::format {

// Writes the columns `references` and `words` of a block that has word counts: two bytes for each
// record, and as many as its fixed parts have. `words` are zeros before. The other two columns are
// the block's word counts and its payloads.
void write_columns(const RecordBlock& block, std::span<char> references, std::span<char> words);

// Views of all columns, as a reader gets them.
struct RecordColumnViews {
    std::string_view word_counts;
    std::string_view references;
    std::string_view words;
    std::string_view payloads;
};

// Records and the memory of their fixed parts.
struct JoinedRecords {
    std::vector<WireRecord> records;
    std::unique_ptr<char[]> fixed_parts;
    std::deque<std::string> in_one_piece;  // records whose header_size is another than in columns
};

// Payloads stay where `columns` point to.
Result<JoinedRecords> join_columns(const RecordColumnViews& columns);

}  // namespace httpprof::format
