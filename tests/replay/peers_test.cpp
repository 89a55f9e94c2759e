#include "replay/peers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::uint64_t kWrap = std::uint64_t{1} << 32;

format::Endpoint endpoint(std::uint16_t port) {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1}, port};
}

// The first record of the client's end: it sends at `sent`.
format::DataRecord client(std::uint64_t sent, std::uint64_t received) {
    format::DataRecord record;
    record.socket.local = endpoint(50'000);
    record.socket.remote = endpoint(80);
    record.direction = format::Direction::send;
    record.position = sent;
    record.other_position = received;
    return record;
}

// That of the server's: it receives what the client sent.
format::DataRecord server(std::uint64_t received, std::uint64_t sent) {
    format::DataRecord record;
    record.socket.local = endpoint(80);
    record.socket.remote = endpoint(50'000);
    record.direction = format::Direction::recv;
    record.position = received;
    record.other_position = sent;
    return record;
}

TEST(Peers, HaveEachOthersAddressesAndPositions) {
    Peers peers;
    peers.add(1, client(1000, 7'000'000'000));
    EXPECT_THAT(peers.pairs(), IsEmpty());
    peers.add(2, server(1000, 7'000'000'000));
    EXPECT_THAT(peers.pairs(), ElementsAre(Pair(1, 2)));
}

TEST(Peers, CountHowOftenPositionsWrappedForThemselves) {
    Peers peers;
    peers.add(1, server(kWrap + 10, 2 * kWrap - 5));
    peers.add(2, client(5 * kWrap - 20, 4));
    EXPECT_THAT(peers.pairs(), ElementsAre(Pair(1, 2)));
}

TEST(Peers, AreFoundWhereOnePositionIsNotKnown) {
    Peers peers;
    peers.add(1, client(1000, 0));
    peers.add(2, server(1000, 900'000'000));
    EXPECT_THAT(peers.pairs(), ElementsAre(Pair(1, 2)));
}

TEST(Peers, KnowEachOther) {
    Peers peers;
    peers.add(1, client(1000, kWrap - 5));
    EXPECT_FALSE(peers.other_end_of(1));
    peers.add(2, server(1000, 3 * kWrap - 5));
    EXPECT_EQ(peers.other_end_of(1), 2u);
    EXPECT_EQ(peers.other_end_of(2), 1u);

    peers.add(3, server(9000, 2000));
    peers.add(4, client(9060, 2000));
    EXPECT_EQ(peers.other_end_of(4), 3u);
    EXPECT_FALSE(peers.other_end_of(5));
}

TEST(Peers, AreNotThoseThatUseTheirAddressesAgain) {
    Peers peers;
    peers.add(1, client(1000, 2'000'000'000));
    peers.add(2, server(1'000'001'000, 2'000'000'000));
    peers.add(3, client(1'000'001'000, 2'000'000'000));
    EXPECT_THAT(peers.pairs(), ElementsAre(Pair(2, 3)));
}

TEST(Peers, AreToldApartInNamespacesWithTheSameAddresses) {
    Peers peers;
    peers.add(1, client(1000, 3'000'000'000));
    peers.add(2, client(2'000'000'000, 1'500'000'000));
    peers.add(3, server(2'000'000'000, 1'500'000'000));
    peers.add(4, server(1000, 3'000'000'000));
    EXPECT_THAT(peers.pairs(), ElementsAre(Pair(2, 3), Pair(1, 4)));
}

TEST(Peers, AreTakenOnce) {
    Peers peers;
    peers.add(1, client(1000, 2000));
    peers.add(2, server(1000, 2000));
    peers.add(3, server(1000, 2000));
    EXPECT_THAT(peers.pairs(), ElementsAre(Pair(1, 2)));
}

TEST(Peers, AreLookedForAmongTheLastConnections) {
    for (const std::size_t limit : {3u, 4u}) {
        Peers peers(limit);
        peers.add(1, client(1000, 2000));
        for (std::uint64_t i = 2; i < 5; ++i) {
            format::DataRecord other = client(1000, 2000);
            other.socket.remote.port = static_cast<std::uint16_t>(100 + i);
            peers.add(i, other);
        }
        peers.add(5, server(1000, 2000));
        EXPECT_EQ(peers.pairs().size(), limit - 3);
    }
}

TEST(Peers, OfTheSameAddressesAreFew) {
    Peers peers;
    for (std::uint64_t i = 1; i <= 17; ++i)
        peers.add(i, client(i * 200'000'000, 2000));
    peers.add(18, server(200'000'000, 2000));
    EXPECT_THAT(peers.pairs(), IsEmpty());
    peers.add(19, server(17 * 200'000'000ull, 2000));
    EXPECT_THAT(peers.pairs(), ElementsAre(Pair(17, 19)));
}

}  // namespace
}  // namespace httpprof::replay
