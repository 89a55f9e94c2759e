#include "format/record_columns.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "bpf/wire.h"
#include "format/bytes.h"

namespace httpprof::format {
namespace {

constexpr std::size_t kHeaderWords = sizeof(wire_header) / kWordSize;
constexpr std::size_t kTimeWord = offsetof(wire_header, time_ns) / kWordSize;
constexpr std::size_t kMostBack = 0xFFFF;  // records to a reference: it is two bytes

// Small differences in either direction become small numbers: 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
std::uint64_t zigzag(std::uint64_t difference) {
    return difference << 1 ^ (difference >> 63 == 0 ? 0 : ~std::uint64_t{0});
}

std::uint64_t unzigzag(std::uint64_t number) {
    return number >> 1 ^ ((number & 1) == 0 ? 0 : ~std::uint64_t{0});
}

std::uint64_t word(const char* fixed, std::size_t index) {
    return load_little_endian<std::uint64_t>(fixed + index * kWordSize);
}

// The struct of bpf/wire.h that the bytes begin with.
template <typename Struct>
Struct load(std::string_view bytes) {
    Struct loaded;
    std::memcpy(&loaded, bytes.data(), sizeof(loaded));
    return loaded;
}

// The fixed part of a record, 0 beyond its end.
struct Fixed {
    const char* bytes = nullptr;
    std::size_t words = 0;

    std::uint64_t operator[](std::size_t index) const {
        return index < words ? word(bytes, index) : 0;
    }
};

// What the word is the difference to: the record before for the time, the reference for the rest.
std::uint64_t base(const Fixed& before, const Fixed& reference, std::size_t index) {
    return index == kTimeWord ? before[index] : reference[index];
}

// How many numbers each column has: one for each record with that word in its fixed part.
class ColumnLengths {
  public:
    explicit ColumnLengths(std::string_view word_counts) {
        for (const char count : word_counts)
            ++lengths_[static_cast<unsigned char>(count)];
        // So far: records with exactly so many words. A word belongs to all that have more.
        std::size_t longer = 0;
        for (std::size_t index = lengths_.size(); index-- > 0;) {
            const std::size_t exactly = lengths_[index];
            lengths_[index] = longer;
            longer += exactly;
            numbers_ += lengths_[index];
        }
    }

    std::size_t operator[](std::size_t index) const { return lengths_[index]; }
    std::size_t numbers() const { return numbers_; }  // of all columns

    // Where each column begins, when they stand one after the other and a number takes `size`.
    std::array<std::size_t, kMostWords + 1> starts(std::size_t size) const {
        std::array<std::size_t, kMostWords + 1> starts;
        std::size_t start = 0;
        for (std::size_t index = 0; index < lengths_.size(); ++index) {
            starts[index] = start;
            start += size * lengths_[index];
        }
        return starts;
    }

  private:
    std::array<std::size_t, kMostWords + 1> lengths_{};  // by word
    std::size_t numbers_ = 0;
};

// Puts numbers into planes: for each column eight, one for each byte of a number.
class PlaneWriter {
  public:
    // `planes` are zeros: most numbers are small, and most of their bytes need no place.
    PlaneWriter(ColumnLengths lengths, char* planes)
        : lengths_(lengths), planes_(planes), next_(lengths.starts(kWordSize)) {}

    void put(std::size_t index, std::uint64_t value) {
        const std::size_t stride = lengths_[index];
        std::size_t place = next_[index]++;
        for (; value != 0; place += stride, value >>= 8)
            planes_[place] = static_cast<char>(value);
    }

  private:
    const ColumnLengths lengths_;
    char* planes_;
    std::array<std::size_t, kMostWords + 1> next_;  // by word: in its first plane
};

// The same numbers out of planes. It puts all of them together first, plane by plane, because
// nearly all planes are zeros, and the others are quickly added many bytes at a time.
class PlaneReader {
  public:
    PlaneReader(const ColumnLengths& lengths, std::string_view planes)
        : numbers_(lengths.numbers()), next_(lengths.starts(1)) {
        for (std::size_t index = 0; index < next_.size(); ++index) {
            const std::span column = std::span(numbers_).subspan(next_[index], lengths[index]);
            for (std::size_t byte = 0; byte < kWordSize; ++byte) {
                add_plane(planes.substr(0, column.size()), 8 * byte, column);
                planes.remove_prefix(column.size());
            }
        }
    }

    std::uint64_t get(std::size_t index) { return numbers_[next_[index]++]; }

  private:
    static void add_plane(std::string_view plane, std::size_t shift,
                          std::span<std::uint64_t> column) {
        const bool is_zeros =
            plane.empty() ||
            (plane[0] == 0 && plane.substr(1) == plane.substr(0, plane.size() - 1));
        if (is_zeros) return;
        for (std::size_t i = 0; i < column.size(); ++i)
            column[i] |= std::uint64_t{static_cast<unsigned char>(plane[i])} << shift;
    }

    std::vector<std::uint64_t> numbers_;
    std::array<std::size_t, kMostWords + 1> next_;  // by word
};

// Finds a record that is likely to be much like another: of the same direction of a socket. What it
// finds need not be one, so that it needs no more than a table of the last ones by a few bits.
class Likeness {
  public:
    // Records from this one to the one that `record` is like; 0: to none. Remembers `record`.
    std::size_t back(std::string_view record, std::size_t index) {
        std::size_t& last = last_[slot(record)];
        const std::size_t back = last == 0 ? 0 : index + 1 - last;
        last = index + 1;
        return back <= kMostBack ? back : 0;
    }

  private:
    static constexpr std::size_t kSlots = 4096;

    static std::size_t slot(std::string_view record) {
        const auto header = load<wire_header>(record);
        std::uint64_t key = header.type;
        if (header.type == WIRE_DATA && header.header_size >= sizeof(wire_data)) {
            const auto data = load<wire_data>(record);
            key += (data.socket.inode * 2 + data.direction) << 8;
        }
        constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;  // spreads the bits (Knuth)
        return key * kGoldenRatio >> 52;
    }

    std::array<std::size_t, kSlots> last_{};  // index + 1 of the last record; 0: none
};

Fixed fixed_part(std::string_view record, char word_count) {
    return {record.data(), static_cast<unsigned char>(word_count)};
}

// Low bytes, then high bytes.
std::size_t reference_of(std::string_view references, std::size_t index) {
    const std::size_t count = references.size() / 2;
    return static_cast<unsigned char>(references[index]) |
           static_cast<std::size_t>(static_cast<unsigned char>(references[count + index])) << 8;
}

Result<void> check(const RecordColumnViews& columns, const ColumnLengths& lengths) {
    for (const char count : columns.word_counts) {
        if (static_cast<unsigned char>(count) < kHeaderWords)
            return Error{"a record in columns is too short for a header"};
    }
    if (columns.references.size() != 2 * columns.word_counts.size())
        return Error{"it has another number of references than of records"};
    if (columns.words.size() != kWordSize * lengths.numbers())
        return Error{"its columns are not as long as its records"};
    return {};
}

class Joiner {
  public:
    Joiner(const RecordColumnViews& columns, const ColumnLengths& lengths)
        : columns_(columns), words_(lengths, columns.words), payloads_(columns.payloads) {
        joined_.fixed_parts = std::make_unique_for_overwrite<char[]>(columns.words.size());
        joined_.records.reserve(columns.word_counts.size());
        next_fixed_ = joined_.fixed_parts.get();
    }

    Result<JoinedRecords> join() {
        for (std::size_t i = 0; i < columns_.word_counts.size(); ++i) {
            if (auto added = add(i); !added) return added.error();
        }
        if (!payloads_.empty()) return Error{"it has payload that belongs to no record"};
        return std::move(joined_);
    }

  private:
    Fixed fixed(std::size_t index) const {
        return fixed_part(joined_.records[index].fixed, columns_.word_counts[index]);
    }

    Result<void> add(std::size_t index) {
        const std::size_t back = reference_of(columns_.references, index);
        if (back > index) return Error{"a record refers to one before the first"};
        const Fixed before = index == 0 ? Fixed{} : fixed(index - 1);
        const Fixed reference = back == 0 ? Fixed{} : fixed(index - back);
        const std::size_t words = static_cast<unsigned char>(columns_.word_counts[index]);
        char* const fixed = std::exchange(next_fixed_, next_fixed_ + words * kWordSize);
        for (std::size_t w = 0; w < words; ++w) {
            const std::uint64_t difference = unzigzag(words_.get(w));
            store_little_endian(fixed + w * kWordSize, base(before, reference, w) + difference);
        }
        return add_payload({fixed, words * kWordSize});
    }

    Result<void> add_payload(std::string_view fixed) {
        const auto header = load<wire_header>(fixed);
        if (header.size < fixed.size() || header.size - fixed.size() > payloads_.size())
            return Error{"the payload of a record in columns is not there"};
        WireRecord record{fixed, payloads_.substr(0, header.size - fixed.size())};
        payloads_.remove_prefix(record.payload.size());
        if (header.header_size != fixed.size()) {
            std::string memory;
            joined_.in_one_piece.emplace_back(record.joined(memory));
            record = {joined_.in_one_piece.back()};
        }
        joined_.records.push_back(record);
        return {};
    }

    const RecordColumnViews& columns_;
    PlaneReader words_;
    std::string_view payloads_;  // that are left
    JoinedRecords joined_;
    char* next_fixed_;
};

}  // namespace

void write_columns(const RecordBlock& block, std::span<char> references, std::span<char> words) {
    const std::size_t count = block.count();
    const std::string_view word_counts = block.word_counts();
    PlaneWriter planes(ColumnLengths(word_counts), words.data());
    Likeness likeness;
    Fixed before;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view record = block.record(i).fixed;
        const Fixed fixed = fixed_part(record, word_counts[i]);
        const std::size_t back = likeness.back(record, i);
        references[i] = static_cast<char>(back);
        references[count + i] = static_cast<char>(back >> 8);
        const Fixed reference =
            back == 0 ? Fixed{} : fixed_part(block.record(i - back).fixed, word_counts[i - back]);
        for (std::size_t w = 0; w < fixed.words; ++w)
            planes.put(w, zigzag(fixed[w] - base(before, reference, w)));
        before = fixed;
    }
}

Result<JoinedRecords> join_columns(const RecordColumnViews& columns) {
    const ColumnLengths lengths(columns.word_counts);
    if (auto checked = check(columns, lengths); !checked) return checked.error();
    return Joiner(columns, lengths).join();
}

}  // namespace httpprof::format
