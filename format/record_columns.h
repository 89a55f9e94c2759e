// Wire records taken apart so that they compress well, and put together again, byte for byte: the
// fixed parts as differences, column by column, and the payloads one after the other. README.md,
// "Records in columns", is the specification.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/record.h"
#include "format/result.h"

namespace httpprof::format {

class RecordBlock;

// All columns but the payloads, which copy_payloads() takes from the block to where they are to go.
struct RecordColumns {
    std::string word_counts;
    std::string references;
    std::string words;
    std::size_t payloads_size = 0;  // bytes
};

// Views of all columns, as a reader gets them.
struct RecordColumnViews {
    std::string_view word_counts;
    std::string_view references;
    std::string_view words;
    std::string_view payloads;
};

// False: a record has a fixed part that is not made of whole words of 8 bytes, or is none; the
// columns are of no use then. The memory of `columns` is used again.
bool split_into_columns(const RecordBlock& block, RecordColumns& columns);

// The payloads of the block that `columns` were made of; `to` has room for payloads_size bytes.
void copy_payloads(const RecordBlock& block, const RecordColumns& columns, char* to);

// Records and the memory of their fixed parts.
struct JoinedRecords {
    std::vector<WireRecord> records;
    std::unique_ptr<char[]> fixed_parts;
    std::deque<std::string> in_one_piece;  // records whose header_size is another than in columns
};

// Payloads stay where `columns` point to.
Result<JoinedRecords> join_columns(const RecordColumnViews& columns);

}  // namespace httpprof::format
