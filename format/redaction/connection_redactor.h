// Overwrites the secrets in what went through sockets, whatever records carry it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <span>
#include <vector>

#include "format/record.h"
#include "format/redaction/redaction_tally.h"
#include "format/redaction/secret_names.h"
#include "format/redaction/stream_state.h"

namespace httpprof::format {

// Remembers where it stands in each direction of each socket, at the ends of the last records: so a
// record can go on where any of those ended, come late, or bring bytes again that a call only
// looked at.
class ConnectionRedactor {
  public:
    // What is remembered of directions beyond this number is dropped, the one that was not used for
    // longest first.
    static constexpr std::size_t kMaxDirections = 65'536;

    // Both must outlive this.
    ConnectionRedactor(SecretNames& names, RedactionTally& tally) : names_(names), tally_(tally) {}

    // `payload` is that of `record`, to be overwritten.
    void redact(const DataRecord& record, std::span<char> payload);
    void close(const SocketId& socket);

  private:
    struct Key {
        SocketId socket;
        Direction direction = Direction::send;

        auto operator<=>(const Key&) const = default;
    };

    // What comes at a position, as far as it is known.
    struct Place {
        std::uint64_t position = 0;
        StreamState state;
    };

    struct Stream {
        Key key;
        std::vector<Place> places;  // the one that was reached last is the last
    };

    static constexpr std::size_t kMaxPlaces = 6;

    Stream& stream_of(const Key& key);
    void forget(const Key& key);
    static StreamState state_at(const Stream& stream, std::uint64_t position);
    static std::size_t size_before_place(const Stream& stream, std::uint64_t position,
                                         std::size_t size);
    static void reach(Stream& stream, std::uint64_t position, const StreamState& state);

    SecretNames& names_;
    RedactionTally& tally_;
    std::list<Stream> streams_;  // the one that was used last is the first
    std::map<Key, std::list<Stream>::iterator> by_key_;
};

}  // namespace httpprof::format
