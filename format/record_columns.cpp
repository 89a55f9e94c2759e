#include "format/record_columns.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "bpf/wire.h"
#include "format/bytes.h"
#include "format/writer.h"

namespace httpprof::format {
namespace {

constexpr std::size_t kWordSize = 8;
constexpr std::size_t kMostWords = 255;  // of a fixed part: a count is one byte
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

// Where the bytes of each column are: for each word of a fixed part eight planes, one for each of
// its bytes, as long as there are records that have this word.
class Planes {
  public:
    explicit Planes(std::string_view word_counts) {
        for (const char count : word_counts)
            ++lengths_[static_cast<unsigned char>(count)];
        // So far: records with exactly so many words. A word belongs to all that have more.
        std::size_t longer = 0;
        for (std::size_t index = lengths_.size(); index-- > 0;) {
            const std::size_t exactly = lengths_[index];
            lengths_[index] = longer;
            longer += exactly;
        }
        std::size_t start = 0;
        for (std::size_t index = 0; index < lengths_.size(); ++index) {
            next_[index] = start;
            start += kWordSize * lengths_[index];
        }
        size_ = start;
    }

    std::size_t size() const { return size_; }

    // Into planes that are zeros: most numbers are small, and most of their bytes need no place.
    void put(char* planes, std::size_t index, std::uint64_t value) {
        const std::size_t stride = lengths_[index];
        std::size_t place = next_[index]++;
        for (; value != 0; place += stride, value >>= 8)
            planes[place] = static_cast<char>(value);
    }
    std::uint64_t get(const char* planes, std::size_t index) {
        const std::size_t stride = lengths_[index];
        std::size_t place = next_[index]++;
        std::uint64_t value = 0;
        for (std::size_t byte = 0; byte < kWordSize; ++byte, place += stride)
            value |= std::uint64_t{static_cast<unsigned char>(planes[place])} << (8 * byte);
        return value;
    }

  private:
    std::array<std::size_t, kMostWords + 1> lengths_{};  // by word
    std::array<std::size_t, kMostWords + 1> next_{};     // by word: in its first plane
    std::size_t size_ = 0;
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
        wire_header header;
        std::memcpy(&header, record.data(), sizeof(header));
        std::uint64_t key = header.type;
        if (header.type == WIRE_DATA && header.header_size >= sizeof(wire_data)) {
            wire_data data;
            std::memcpy(&data, record.data(), sizeof(data));
            key += (data.socket.inode * 2 + data.direction) << 8;
        }
        constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;  // spreads the bits (Knuth)
        return key * kGoldenRatio >> 52;
    }

    std::array<std::size_t, kSlots> last_{};  // index + 1 of the last record; 0: none
};

// Nothing when the record cannot be taken apart.
std::size_t whole_words(std::string_view record) {
    if (record.size() < sizeof(wire_header)) return 0;
    wire_header header;
    std::memcpy(&header, record.data(), sizeof(header));
    const bool is_whole = header.header_size % kWordSize == 0 &&
                          header.header_size >= sizeof(wire_header) &&
                          header.header_size <= record.size() && header.size == record.size();
    const std::size_t words = header.header_size / kWordSize;
    return is_whole && words <= kMostWords ? words : 0;
}

bool count_words(const RecordBlock& block, std::string& word_counts) {
    word_counts.clear();
    for (std::size_t i = 0; i < block.count(); ++i) {
        const std::size_t words = whole_words(block.record(i));
        if (words == 0) return false;
        word_counts += static_cast<char>(words);
    }
    return true;
}

Fixed fixed_part(std::string_view record, char word_count) {
    return {record.data(), static_cast<unsigned char>(word_count)};
}

// Low bytes, then high bytes.
std::size_t reference_of(std::string_view references, std::size_t index) {
    const std::size_t count = references.size() / 2;
    return static_cast<unsigned char>(references[index]) |
           static_cast<std::size_t>(static_cast<unsigned char>(references[count + index])) << 8;
}

Result<void> check(const RecordColumnViews& columns, std::size_t planes_size) {
    for (const char count : columns.word_counts) {
        if (static_cast<unsigned char>(count) < kHeaderWords)
            return Error{"a record in columns is too short for a header"};
    }
    if (columns.references.size() != 2 * columns.word_counts.size())
        return Error{"it has another number of references than of records"};
    if (columns.words.size() != planes_size)
        return Error{"its columns are not as long as its records"};
    return {};
}

class Joiner {
  public:
    Joiner(const RecordColumnViews& columns, Planes& planes)
        : columns_(columns), planes_(planes), payloads_(columns.payloads) {
        // All that there is belongs to some record, so that this is where they end in the end.
        joined_.bytes.resize(columns.words.size() + columns.payloads.size());
    }

    Result<JoinedRecords> join() {
        for (std::size_t i = 0; i < columns_.word_counts.size(); ++i) {
            if (auto added = add(i); !added) return added.error();
        }
        if (!payloads_.empty()) return Error{"it has payload that belongs to no record"};
        return std::move(joined_);
    }

  private:
    std::size_t start_of(std::size_t index) const {
        return index == 0 ? 0 : joined_.ends[index - 1];
    }
    Fixed fixed(std::size_t index) const {
        return {joined_.bytes.data() + start_of(index),
                static_cast<unsigned char>(columns_.word_counts[index])};
    }

    Result<void> add(std::size_t index) {
        const std::size_t back = reference_of(columns_.references, index);
        if (back > index) return Error{"a record refers to one before the first"};
        const Fixed before = index == 0 ? Fixed{} : fixed(index - 1);
        const Fixed reference = back == 0 ? Fixed{} : fixed(index - back);
        const std::size_t words = static_cast<unsigned char>(columns_.word_counts[index]);
        char* const record = joined_.bytes.data() + start_of(index);
        for (std::size_t w = 0; w < words; ++w) {
            const std::uint64_t difference = unzigzag(planes_.get(columns_.words.data(), w));
            store_little_endian(record + w * kWordSize, base(before, reference, w) + difference);
        }
        return add_payload(record, words * kWordSize);
    }

    Result<void> add_payload(char* record, std::size_t fixed_size) {
        const auto size = load_little_endian<std::uint32_t>(record);
        if (size < fixed_size || size - fixed_size > payloads_.size())
            return Error{"the payload of a record in columns is not there"};
        payloads_.copy(record + fixed_size, size - fixed_size);
        payloads_.remove_prefix(size - fixed_size);
        joined_.ends.push_back(start_of(joined_.ends.size()) + size);
        return {};
    }

    const RecordColumnViews& columns_;
    Planes& planes_;
    std::string_view payloads_;  // that are left
    JoinedRecords joined_;
};

}  // namespace

bool split_into_columns(const RecordBlock& block, RecordColumns& columns) {
    if (!count_words(block, columns.word_counts)) return false;
    const std::size_t count = block.count();
    Planes planes(columns.word_counts);
    columns.words.assign(planes.size(), '\0');
    columns.references.resize(2 * count);
    columns.payloads_size = block.size();
    Likeness likeness;
    Fixed before;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view record = block.record(i);
        const Fixed fixed = fixed_part(record, columns.word_counts[i]);
        const std::size_t back = likeness.back(record, i);
        columns.references[i] = static_cast<char>(back);
        columns.references[count + i] = static_cast<char>(back >> 8);
        const Fixed reference =
            back == 0 ? Fixed{} : fixed_part(block.record(i - back), columns.word_counts[i - back]);
        for (std::size_t w = 0; w < fixed.words; ++w)
            planes.put(columns.words.data(), w, zigzag(fixed[w] - base(before, reference, w)));
        columns.payloads_size -= fixed.words * kWordSize;
        before = fixed;
    }
    return true;
}

void copy_payloads(const RecordBlock& block, const RecordColumns& columns, char* to) {
    for (std::size_t i = 0; i < block.count(); ++i) {
        std::string_view payload = block.record(i);
        payload.remove_prefix(fixed_part(payload, columns.word_counts[i]).words * kWordSize);
        to += payload.copy(to, payload.size());
    }
}

Result<JoinedRecords> join_columns(const RecordColumnViews& columns) {
    Planes planes(columns.word_counts);
    if (auto checked = check(columns, planes.size()); !checked) return checked.error();
    return Joiner(columns, planes).join();
}

}  // namespace httpprof::format
